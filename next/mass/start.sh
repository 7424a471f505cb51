# CHECKOUT, LEPTON_HOME: (re)start two workers on q; claims without a row are freed
export QUEUE=$(cd $(dirname $0) && pwd)/q; pkill -f mass.py; sleep 1
python3 - <<'P'
import json,os
q=os.environ['QUEUE']; jobs=[json.loads(l) for l in open(q) if l.strip()]
done=[json.dumps(json.loads(l)[:2],sort_keys=True) for l in open(q+'.out')] if os.path.exists(q+'.out') else []
os.makedirs(q+'.claims',exist_ok=True)
for i,j in enumerate(jobs):
    d=f'{q}.claims/{i}'; is_done=json.dumps(j,sort_keys=True) in done
    if os.path.isdir(d) and not is_done: os.rmdir(d)
    if is_done and not os.path.isdir(d): os.mkdir(d)
P
export MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=17179869184 MALLOC_TOP_PAD_=134217728
for i in 1 2; do nohup $CHECKOUT/.venv/bin/python $(dirname $QUEUE)/mass.py $QUEUE >> $QUEUE.log$i 2>&1 & done
