"""restore.py QUEUE.out KEPT: puts networks and controls of an earlier session back into artifacts/, by the project's own cache."""
import os,sys,json
CHECKOUT=os.environ['CHECKOUT']; sys.path.insert(0,CHECKOUT)
from lepton_sweeps import deep_compression as d
from lepton_compress import recipe
from lepton_helpers.coding import container
def tup(h): return {k:tuple(v) if isinstance(v,list) else tup(v) if isinstance(v,dict) else v for k,v in h.items()}
for line in open(sys.argv[1]):
    f,kw,row,_,name=json.loads(line); kw=tup(kw)
    if name:
        recipe.small=lambda *a,_p=os.path.join(sys.argv[2],name),**k: container.load(_p)
        again=getattr(d,f)(**kw)
    elif f=='control':
        d.accuracies=lambda *a,_r=row: _r; recipe.small=lambda *a,**k: None
        again=getattr(d,f)(**kw)
    else: continue
    print(f,kw, 'same' if again==row else ('DIFFERS',again,row))
