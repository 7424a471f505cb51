"""restore.py OUT...: puts networks (kept/*.npz beside this file) and controls of earlier sessions back into artifacts/,
by the project's own cache. $CHECKOUT, $LEPTON_HOME. Says where a row differs."""
import os,sys,json
CHECKOUT=os.environ['CHECKOUT']; sys.path.insert(0,CHECKOUT)
import numpy as np
from lepton_sweeps import deep_compression as d, ladder
from lepton_compress import recipe
from lepton_helpers import models
from lepton_helpers.coding import container
from lepton_helpers.evidence import scores
KEPT=os.path.join(os.path.dirname(os.path.abspath(__file__)),'kept')
def tup(h): return {k:tuple(v) if isinstance(v,list) else tup(v) if isinstance(v,dict) else v for k,v in h.items()}
def loaded(path,plain):
    made=models.compiled(models.BY_NAME[plain.name]())
    if path.endswith('.lept'): made.set_weights(container.load(path).get_weights())
    else:
        with np.load(path) as z: made.set_weights([z[k] for k in z.files])
    made.optimizer.build(made.trainable_variables)
    return made
measured,correct,packed,small=d.accuracies,scores.correct,d.packed,recipe.small
for line in (l for p in sys.argv[1:] for l in open(p)):
    d.accuracies,scores.correct,d.packed,recipe.small=measured,correct,packed,small
    f,kw,row,_,name=json.loads(line); kw=tup(kw)
    if f=='rung' and kw['step'] not in (*ladder.LADDER,ladder.UNROUNDED,*ladder.VIEWED,*ladder.WIDTHS):
        if kw['step']!='+ waves': print('gone',kw); continue
        kw['step']='+ slow waves in place of pixels'; row['step']=kw['step']
    if name:
        stem=os.path.join(KEPT,name.rsplit('.',1)[0]); path=next((stem+e for e in ('.lept','.npz') if os.path.exists(stem+e)),None)
        if path is None: print('lost',kw); continue
        recipe.small=lambda plain,*a,_p=path,**k: loaded(_p,plain)
        again=getattr(ladder if f=='rung' else d,f)(**kw)
    elif f=='control' and 'right' in row:
        d.accuracies=lambda *a,_r=row: {k:v for k,v in _r.items() if k!='right'}; recipe.small=lambda *a,**k: None
        d.packed=lambda *a,_r=row: _r['right']; scores.correct=lambda *a: [None]
        again=d.control(**kw)
    else: continue
    diff={k:(v,again.get(k)) for k,v in row.items() if again.get(k)!=v}
    print(f,kw,'same' if not diff else diff,flush=True)
