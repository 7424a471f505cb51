"""digits_out.py: copies the references of the digits out of $LEPTON_HOME's artifacts, by job, to digits/ (run in the checkout that made them)."""
import os,sys,shutil,json
sys.path.insert(0,os.environ['CHECKOUT'])
from lepton_helpers import artifacts, data, paths
from lepton_sweeps import references as r
from lepton_sweeps import results
out=os.path.join(os.path.dirname(os.path.abspath(__file__)),'digits'); os.makedirs(out,exist_ok=True)
for name in ('lenet_300_100','lenet_5'):
    for i,how in enumerate(r.DIGITS):
        for seed in results.SEEDS:
            recipe=dict(name=name,seed=seed,folder=str(data.MNIST),**how)
            f=paths.artifacts()/f"digits-{name}-{artifacts.fingerprint(f'digits-{name}',artifacts.train_recipe,recipe)}"
            d=os.path.join(out,f'{name}-{i}-{seed}')
            if sys.argv[1:]==['in']:
                if os.path.isdir(d) and not f.exists(): shutil.copytree(d,f); print('in',d)
            elif f.exists(): shutil.copytree(f,d,dirs_exist_ok=True); print('out',d)
            else: print('missing',name,how,seed)
