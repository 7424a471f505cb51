import sys; sys.path.insert(0,'TEMP/k3'); sys.path.insert(0,'CHECKOUT')
import numpy as np, importlib
import keras3
k=importlib.import_module('keras'); L=k.layers; R=np.random.default_rng(0)
def rnd(m):
    m.set_weights([np.abs(R.normal(0,.3,w.shape))+.1 if 'variance' in v.path else R.normal(0,.3,w.shape) for v,w in zip(m.weights,m.get_weights())]); return m
seq=k.Sequential([k.Input((12,12,1)),L.Rescaling(2.,.1),L.Conv2D(4,3,padding='same',strides=2),L.BatchNormalization(),L.ReLU(6.),L.DepthwiseConv2D(3,padding='same',activation='swish'),L.MaxPooling2D(),L.Dropout(.3),L.Flatten(),L.Dense(9,activation='gelu'),L.Dense(3,activation='softmax')])
i=k.Input((8,8,3)); x=L.Conv2D(4,3,padding='same',activation='relu')(i); y=L.DepthwiseConv2D(3,padding='same')(x); z=L.Add()([x,y]); w=L.Concatenate()([z,x]); d=L.Dense(8,activation='tanh'); w=d(d(w)); o=L.Dense(3,activation='softmax')(L.GlobalAveragePooling2D()(w)); f=k.Model(i,o)
a,b=k.Input((5,),name='a'),k.Input((7,),name='b'); two=k.Model([a,b],[L.Dense(2)(L.Concatenate()([b,a])),L.Dense(3)(a)])
lazy=k.Sequential([L.Dense(4)]); lazy(np.zeros((2,6),'f4'))
for m,ins in ((seq,[R.random((5,12,12,1))]),(f,[R.random((5,8,8,3))]),(two,[R.random((4,5)),R.random((4,7))]),(lazy,[R.random((3,6))])):
    rnd(m); ins=[x.astype('f4') for x in ins]; t=keras3.from_keras3(m)
    p,q=m.predict(ins if len(ins)>1 else ins[0],verbose=0),t.predict(ins if len(ins)>1 else ins[0],verbose=0)
    for u,v in zip(p if isinstance(p,list) else [p],q if isinstance(q,list) else [q]): print(m.name,np.abs(u-v).max())
for bad in (k.Sequential([k.Input((4,)),L.Dense(3),L.LayerNormalization()]),k.Sequential([k.Input((4,)),L.Dense(3,activation=lambda x:x)]),k.Sequential([L.Dense(3)]),3):
    try: keras3.from_keras3(bad); print('passed?!')
    except (ValueError,TypeError) as e: print(type(e).__name__,str(e)[:200])
