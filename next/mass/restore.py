"""restore.py QUEUE.out KEPT: puts networks and controls of an earlier session back into artifacts/, by the project's own
cache; networks are KEPT/*.lept. Says what differs: file_bytes by some bytes (rows of the earlier coder), xz_tflite_bytes."""
import os,sys,json
CHECKOUT=os.environ['CHECKOUT']; sys.path.insert(0,CHECKOUT)
from lepton_sweeps import deep_compression as d
from lepton_compress import recipe
from lepton_helpers import models
from lepton_helpers.coding import container
def tup(h): return {k:tuple(v) if isinstance(v,list) else tup(v) if isinstance(v,dict) else v for k,v in h.items()}
def loaded(path,plain):
    made=models.compiled(models.BY_NAME[plain.name]()); made.set_weights(container.load(path).get_weights())
    made.optimizer.build(made.trainable_variables)
    return made
for line in open(sys.argv[1]):
    f,kw,row,_,name=json.loads(line); kw=tup(kw)
    if f=='rung' and kw['step'] not in (*d.LADDER,d.UNROUNDED,*d.VIEWED): print('gone',kw); continue
    if name:
        recipe.small=lambda plain,*a,_p=os.path.join(sys.argv[2],name),**k: loaded(_p,plain)
        again=getattr(d,f)(**kw)
    elif f=='control':
        d.accuracies=lambda *a,_r=row: _r; recipe.small=lambda *a,**k: None
        again=getattr(d,f)(**kw)
    else: continue
    diff={k:(v,again.get(k)) for k,v in row.items() if again.get(k)!=v}
    print(f,kw,'same' if not diff else diff,flush=True)
