import nbformat, sys, os, time
from nbclient import NotebookClient
nb=nbformat.read('TEMP/nb/23_clinic.ipynb',4)
nb.cells[1].source='import sys; sys.path.insert(0,"CHECKOUT"); sys.path.insert(0,"TEMP/k3")\n'+nb.cells[1].source+'\nimport keras3; models.from_keras3=keras3.from_keras3'
t=time.time()
c=NotebookClient(nb,timeout=600,allow_errors=True,kernel_name='python3'); c.execute()
print('seconds',time.time()-t)
for i,cell in enumerate(nb.cells):
    if cell.cell_type=='code':
        for o in cell.outputs:
            if o.output_type=='error': print('#####',i,o.ename,o.evalue[:500]); print(cell.source[:200])
            elif o.output_type=='stream': print(i,o.name,o.text[:300])
            elif 'text/markdown' in o.get('data',{}): print(i,o.data['text/markdown'][:250])
            elif 'text/html' in o.get('data',{}):
                import re; print(i,re.sub(r'\s+',' ',re.sub(r'<style.*?</style>|<[^>]+>',' ',o.data['text/html'],flags=re.S))[:700])
nbformat.write(nb,'TEMP/nb/23_ran.ipynb')
