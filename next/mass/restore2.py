"""restore2.py OUT...: puts networks (kept/*.lept or .npz beside this file) and controls of earlier sessions back into artifacts/,
by the project's own cache. $CHECKOUT, $LEPTON_HOME. Rows are computed by `lepton sweep` afterwards."""
import os,sys,json
CHECKOUT=os.environ['CHECKOUT']; sys.path.insert(0,CHECKOUT)
import numpy as np
from lepton_sweeps import ladder, recipes, uncompressed
from lepton_compress import recipe
from lepton_helpers import models
from lepton_helpers.coding import container
KEPT=os.path.join(os.path.dirname(os.path.abspath(__file__)),'kept')
def tup(h): return {k:tuple(v) if isinstance(v,list) else tup(v) if isinstance(v,dict) else v for k,v in h.items()}
def loaded(path,plain):
    made=models.compiled(models.BY_NAME[plain.name]())
    if path.endswith('.lept'): made.set_weights(container.load(path).get_weights())
    else:
        with np.load(path) as z: made.set_weights([z[k] for k in z.files])
    made.optimizer.build(made.trainable_variables)
    return made
OLD={'+ waves':'+ slow waves in place of pixels','all of these, 31 levels, so many weights fewer that the bytes are equal':ladder.FINE}
dense,count=uncompressed.dense,0
for line in (l for p in sys.argv[1:] for l in open(p)):
    f,kw,row,_,name=json.loads(line); kw=tup(kw)
    if f=='control':
        if 'right' not in row: continue
        how=kw.pop('how',{}); kw['epochs']=kw.get('epochs') or how.get('epochs') or {('fashion','lenet_300_100'):(200,80)}.get((kw['which'],kw['name']),(100,40))
        uncompressed.recipe.small=lambda *a,**k: None
        uncompressed.scores.accuracies=lambda *a,_r=row: {k:v for k,v in _r.items() if k!='right'}
        uncompressed.scores.correct=lambda *a: [None]; uncompressed.results.bits_text=lambda *a,_r=row: _r['right']
        uncompressed.views.views=lambda *a: None
        uncompressed.control(**kw); count+=1; continue
    if f=='rung':
        step=OLD.get(kw['step'],kw['step'])
        if step not in ladder.DENSITIES: print('gone',kw); continue
        density=kw.get('density') or (0.011 if step in ladder.VIEWED else ladder.DENSITIES[step][0])
        which,net,how=ladder.recipe_of(step); kw=dict(which=which,name=net,density=density,seed=kw['seed'],**how)
    if not name or f not in ('rung','scanned'): continue
    stem=os.path.join(KEPT,name.rsplit('.',1)[0]); path=next((stem+e for e in ('.npz','.lept') if os.path.exists(stem+e)),None)
    if path is None: print('lost',kw); continue
    recipe.small=lambda plain,*a,_p=path,**k: loaded(_p,plain)
    views=recipes.views.views; recipes.views.views=lambda *a: None
    recipes.compressed(**kw); recipes.views.views=views; count+=1
print(count,'put back')
