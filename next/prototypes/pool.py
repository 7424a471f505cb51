import sys,subprocess,threading,queue
q=queue.Queue(); out=sys.argv[1]; script=sys.argv[2]
for l in sys.stdin:
    if l.strip(): q.put(l.split())
def w():
    while True:
        try: a=q.get_nowait()
        except queue.Empty: return
        r=subprocess.run(['CHECKOUT/.venv/bin/python',script,*a],capture_output=True,text=True,cwd='PROTO')
        line=[l for l in r.stdout.splitlines() if l.startswith('{')]
        open(out,'a').write((line[0] if line else 'FAIL '+' '.join(a)+' '+r.stderr[-300:].replace('\n',' '))+'\n')
ts=[threading.Thread(target=w) for _ in range(int(sys.argv[3]))]; [t.start() for t in ts]; [t.join() for t in ts]
