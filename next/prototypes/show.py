import json,sys
base=None
for f in sys.argv[1:]:
    for l in open(f):
        if l[0]!='{': continue
        r=json.loads(l); a=r['args']; base=base or a
        print({k:v for k,v in a.items() if v!=base[k]} or 'base', r['before'][0], r['after'][0], 'test',r['after'][1], r['bytes'], r['nz'], r['live'], r['hist'][0], r['parts'], r['time'])
