import json,sys,os
sys.path.insert(0,os.environ['CHECKOUT'])
from lepton_sweeps import deep_compression as d, references as r
S=d.SCAN; jobs=[]; A=(0,1,2)
def J(w,n,how,seeds):
    for s in seeds: jobs.append(['scanned',dict(which=w,name=n,seed=s)|how])
def C(w,n,how):
    for s in A: jobs.append(['control',dict(which=w,name=n,seed=s,how={k:v for k,v in how.items() if k!='density'})])
M=S['fashion','mlp']
for h in M:
    J('fashion','mlp',h,A if h['density'] in(.022,.024,.06,.062) else (0,))
for st in d.LADDER:
    for s in A: jobs.append(['rung',dict(step=st,seed=s)])
C('fashion','mlp',d.SHORT)
for h in S['digits','lenet_300_100']: J('digits','lenet_300_100',h,A if h['density']>=.015 else (0,))
for h in S['digits','lenet_5']: J('digits','lenet_5',h,A)
for h in S['fashion','lenet_300_100']: J('fashion','lenet_300_100',h,A if h['density']>.025 else (0,))
J('fashion','lenet_5',S['fashion','lenet_5'][0],A)
for st in d.VIEWED:
    for s in A: jobs.append(['rung',dict(step=st,seed=s)])
C('digits','lenet_300_100',S['digits','lenet_300_100'][0]); 
for n in('lenet_300_100','lenet_5'):
    for how in r.DIGITS:
        for s in A: jobs.append(['on_digits',dict(name=n,how=how,seed=s)])
C('fashion','mlp',d.LONG); C('digits','lenet_5',S['digits','lenet_5'][0]); C('digits','lenet_5',S['digits','lenet_5'][2]); C('fashion','lenet_300_100',S['fashion','lenet_300_100'][1]); C('fashion','lenet_5',S['fashion','lenet_5'][0])
q=sys.argv[1]
open(q,'w').write('\n'.join(json.dumps(j) for j in jobs)+'\n'); print(len(jobs))
