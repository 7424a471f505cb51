"""What of the committed claims stays English in Chinese."""
import sys,re,json,glob,time; sys.path.insert(0,'CHECKOUT')
import nbformat
from lepton_teaching import language
t=time.time(); n=bad=0
for p in sorted(glob.glob('CHECKOUT/notebooks/[0-9]*.ipynb')):
    if '10_' in p: continue
    for c in nbformat.read(p,4).cells:
        for o in c.get('outputs',[]):
            if 'text/markdown' in o.get('data',{}) and 'lepton' in o.get('metadata',{}):
                s=o['data']['text/markdown']; z=language.said(s,'zh_CN'); n+=1
                plain=re.sub(r'`[^`]*`|\*[^*]+\*','',z)
                runs=re.findall(r"(?:[A-Za-z][A-Za-z'-]*[ ,]+){3,}[A-Za-z]+",plain)
                if runs: bad+=1; print(p[-30:-6],'|',s[:300],'\n      ->',z[:300])
print(n,bad,time.time()-t)
