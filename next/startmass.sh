# restart the workers: claims without a row are freed
cd /tmp; pkill -f TEMP/mass.py; sleep 1
python3 - <<'P'
import json,os
jobs=[json.loads(l) for l in open('TEMP/mass1') if l.strip()]
done=[json.dumps(json.loads(l)[:2],sort_keys=True) for l in open('TEMP/mass1.out')] if os.path.exists('TEMP/mass1.out') else []
for i,j in enumerate(jobs):
    d=f'TEMP/mass1.claims/{i}'
    if os.path.isdir(d) and json.dumps(j,sort_keys=True) not in done: os.rmdir(d)
P
export MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=17179869184 MALLOC_TOP_PAD_=134217728
for i in 1 2; do nohup CHECKOUT/.venv/bin/python TEMP/mass.py TEMP/mass1 >> TEMP/mass1.log$i 2>&1 & done
