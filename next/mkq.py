import json,sys
sys.path.insert(0,'CHECKOUT')
from lepton_sweeps import deep_compression as d, references as r
S=d.SCAN; jobs=[]
def J(w,n,how,seeds):
    for s in seeds: jobs.append(['scanned',dict(which=w,name=n,seed=s)|how])
A=(0,1,2)
M=S['fashion','mlp']
for h in M:
    J('fashion','mlp',h,A if h['density'] in(.022,.024,.0245,.06,.062) else (0,))
for st in d.LADDER:
    for s in A: jobs.append(['rung',dict(step=st,seed=s)])
for h in S['digits','lenet_300_100']: J('digits','lenet_300_100',h,A if h['density']>=.015 else (0,))
for n in('lenet_300_100','lenet_5'):
    for how in r.DIGITS:
        for s in A: jobs.append(['on_digits',dict(name=n,how=how,seed=s)])
for h in S['digits','lenet_5']: J('digits','lenet_5',h,A)
for h in S['fashion','lenet_300_100']: J('fashion','lenet_300_100',h,A if h['density']>.025 else (0,))
for st in d.VIEWED:
    for s in A: jobs.append(['rung',dict(step=st,seed=s)])
J('fashion','lenet_5',S['fashion','lenet_5'][0],A)
open('TEMP/mass1','w').write('\n'.join(json.dumps(j) for j in jobs)+'\n'); print(len(jobs))
