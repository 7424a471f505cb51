import sys, os, numpy as np, time
sys.path.insert(0,'CHECKOUT'); os.environ['LEPTON_HOME']='PROTO/home'; os.environ['TQDM_DISABLE']='1'
seed=int(sys.argv[1]); epochs=int(sys.argv[2])
from lepton_helpers.quiet import keras, tf
tf.config.threading.set_intra_op_parallelism_threads(1); tf.config.threading.set_inter_op_parallelism_threads(1)
from lepton_helpers import data, models, training
import views as V
train,val,test=data.load(data.MNIST)
m=models.small_cnn(seed=seed,widths=(16,32,64),dropout=.3); rng=np.random.default_rng(seed)
steps=epochs*-(-len(train.images)//128)
models.compiled(m,keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.,steps-400,warmup_target=4e-3,warmup_steps=400)))
t=time.time()
for e in range(epochs):
    m.fit(V.affine(train.images,rng),train.labels,batch_size=128,epochs=1,verbose=0)
    p=m.predict(val.images,batch_size=1000,verbose=0); print(seed,e,(p.argmax(1)==val.labels).mean(),round(time.time()-t),flush=True)
m.save_weights(f'PROTO/t2_{seed}.h5')
