"""apply.py: puts every known pair (English -> Chinese) of all json into the catalogs; what is left goes to NAME.en2.json"""
import sys,json,io,glob,os; sys.path.insert(0,'CHECKOUT')
from babel.messages import pofile
from lepton_teaching import words
from lepton_helpers import paths
from lepton_teaching import language
pairs={}
for f in glob.glob('TEMP/tr/*.zh.json'):
    en=json.load(open(f.replace('.zh.','.en.'))); zh=json.load(open(f))
    pairs|={en[n]:t for n,t in zh.items() if n in en}
for f in glob.glob('TEMP/tr/*.zh[2-9].json'):
    en=json.load(open(f.replace('.zh','.en'))); zh=json.load(open(f)); pairs|={en[n]:t for n,t in zh.items() if n in en}
for f in ('TEMP/tr_more_12_16.json',):
    if os.path.exists(f): pairs|=json.load(open(f))
w=words.wanted(); out=int(sys.argv[1]) if len(sys.argv)>1 else 2
for name in w:
    known=words.updated(name,w[name],'zh_CN')
    for m in known:
        if m.id and (not m.string or m.fuzzy) and m.id in pairs: m.string=pairs[m.id]; m.flags.discard('fuzzy')
    room=io.BytesIO(); pofile.write_po(room,known,width=110,omit_header=True)
    p=paths.NOTEBOOKS/'zh_CN'/f'{name}.po'; p.parent.mkdir(exist_ok=True); p.write_bytes(room.getvalue())
    left={str(i):m.id for i,m in enumerate(words.lacking(known))}
    if left: json.dump(left,open(f'TEMP/tr/{name}.en{out}.json','w'),ensure_ascii=False,indent=1)
    print(name,len(w[name]),'left',len(left))
