"""lept.py: writes KEPT/*.lept for rows whose network is there as .npz alone (not for those that nothing has rounded)."""
import os,sys,json,glob
sys.path.insert(0,os.environ['CHECKOUT'])
import numpy as np
from lepton_helpers import models
from lepton_helpers.coding import container
K='kept/'
for p in ('rows.out','q.out','qx.out'):
    if not os.path.exists(p): continue
    for l in open(p):
        f,kw,r,t,n=json.loads(l)
        if not n: continue
        stem=K+n.rsplit('.',1)[0]
        if os.path.exists(stem+'.lept') or not os.path.exists(stem+'.npz'): continue
        if kw.get('step','').endswith('not rounded'): print('kept as npz',stem); continue
        name=kw.get('name') or ('lenet_300_100' if kw['step'].startswith('digits') else 'lenet_5' if kw['step'].startswith('LeNet-5') else 'mlp')
        m=models.BY_NAME[name]()
        with np.load(stem+'.npz') as z: m.set_weights([z[k] for k in z.files])
        m=models.compiled(m); c=container.encode(m)
        if len(c)!=r['file_bytes']: print('differs',kw,len(c),r['file_bytes'])
        open(stem+'.lept','wb').write(c); print('made',stem,len(c))
