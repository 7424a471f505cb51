"""mass.py QUEUE: takes jobs (JSON lines) one after another; rows to QUEUE.out, networks as .lept to kept/."""
import os,sys,json,time,traceback,hashlib
for k in ('TF_NUM_INTRAOP_THREADS','TF_NUM_INTEROP_THREADS','OMP_NUM_THREADS'): os.environ[k]='1'
os.environ['TQDM_DISABLE']='1'; CHECKOUT=os.environ['CHECKOUT']; sys.path.insert(0,CHECKOUT)
from lepton_helpers.quiet import tf
tf.config.threading.set_intra_op_parallelism_threads(1); tf.config.threading.set_inter_op_parallelism_threads(1)
import numpy as np
from lepton_sweeps import deep_compression as d, ladder, references
from lepton_compress import recipe
from lepton_helpers.coding import container
q=sys.argv[1]; os.makedirs(q+'.claims',exist_ok=True); KEPT=os.path.join(os.path.dirname(q),'kept'); os.makedirs(KEPT,exist_ok=True)
def tup(h): return {k:tuple(v) if isinstance(v,list) else tup(v) if isinstance(v,dict) else v for k,v in h.items()}
small=recipe.small
made=[]
def watched(net,answers,density,seed,**how):
    m=small(net,answers,density,seed,**how); made.append(m); return m
recipe.small=watched
while True:
    jobs=[l for l in open(q) if l.strip()]; took=None
    for i,l in enumerate(jobs):
        try: os.mkdir(f'{q}.claims/{i}')
        except FileExistsError: continue
        took=l; break
    if took is None: break
    f,kw=json.loads(took); t=time.time(); made.clear(); name=None
    try:
        fn=next(getattr(m,f) for m in (d,ladder,references) if hasattr(m,f))
        r=fn(**tup(kw))
        if made and f!='control':
            name=hashlib.sha256(took.encode()).hexdigest()[:16]+'.npz'
            np.savez_compressed(os.path.join(KEPT,name),*made[-1].get_weights())
    except Exception as e:
        traceback.print_exc(); r={'FAIL':str(e)[:300]}
    open(q+('.failed' if 'FAIL' in r else '.out'),'a').write(json.dumps([f,kw,r,round(time.time()-t),name],default=str)+'\n')
