"""mass.py QUEUE WORKER: takes jobs (JSON lines) one after another; results to QUEUE.out"""
import os,sys,json,time,traceback
for k in ('TF_NUM_INTRAOP_THREADS','TF_NUM_INTEROP_THREADS','OMP_NUM_THREADS'): os.environ[k]='1'
os.environ['TQDM_DISABLE']='1'; sys.path.insert(0,'CHECKOUT')
from lepton_helpers.quiet import tf
tf.config.threading.set_intra_op_parallelism_threads(1); tf.config.threading.set_inter_op_parallelism_threads(1)
from lepton_sweeps import deep_compression as d, references
q=sys.argv[1]; os.makedirs(q+'.claims',exist_ok=True)
def tup(h): return {k:tuple(v) if isinstance(v,list) else v for k,v in h.items()}
while True:
    jobs=[l for l in open(q) if l.strip()]; took=None
    for i,l in enumerate(jobs):
        try: os.mkdir(f'{q}.claims/{i}')
        except FileExistsError: continue
        took=l; break
    if took is None: break
    f,kw=json.loads(took); t=time.time()
    try:
        fn=getattr(d,f) if hasattr(d,f) else getattr(references,f)
        r=fn(**tup(kw))
    except Exception as e:
        traceback.print_exc(); r={'FAIL':str(e)[:300]}
    open(q+'.out','a').write(json.dumps([f,kw,r,round(time.time()-t)])+'\n')
