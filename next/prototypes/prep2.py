import sys, os, numpy as np, time
sys.path.insert(0,'CHECKOUT'); os.environ['LEPTON_HOME']='PROTO/home'
which,K=sys.argv[1],int(sys.argv[2])
from lepton_helpers.quiet import keras, tf
tf.config.threading.set_intra_op_parallelism_threads(1)
from lepton_helpers import data, models
from lepton_helpers.compress import distillation
import views as V
train,val,test=data.load(data.MNIST) if which=='digits' else data.load()
if which=='fashion': nets=distillation.fold_teachers()
else:
    nets=[]
    for s in sys.argv[3].split(','):
        m=models.small_cnn(seed=0,widths=(16,32,64),dropout=.3); m.load_weights(f'PROTO/t2_{s}.h5'); nets.append(m)
flip=which=='fashion'; rng=np.random.default_rng(5)
def say(x):
    o=0
    for m in nets:
        o=o+m.predict(x,batch_size=1000,verbose=0)
        if flip: o=o+m.predict(x[:,:,::-1],batch_size=1000,verbose=0)
    return (o/o.sum(1,keepdims=True)).astype(np.float16)
print('val acc',(say(val.images).argmax(1)==val.labels).mean(),flush=True)
X=[];P=[]
for k in range(K):
    x=train.images if k==0 else (V.affine(train.images,rng) if which=='digits' else V.shifted(train.images,rng))
    X.append(np.round(x*255).astype(np.uint8)); P.append(say(x)); print(k,(P[-1].argmax(1)==train.labels).mean(),flush=True)
np.save(f'x_{which}.npy',np.stack(X)); np.save(f'p_{which}.npy',np.stack(P))
