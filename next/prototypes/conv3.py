"""LeNet-5 with few living units. args as key=value."""
import sys, os, json, time, numpy as np
sys.path.insert(0,'CHECKOUT'); sys.path.insert(0,'PROTO')
os.environ.setdefault('LEPTON_HOME','PROTO/home'); os.environ.setdefault('TF_NUM_INTRAOP_THREADS','1')
os.environ.setdefault('OMP_NUM_THREADS','1')
A=dict(data='digits',net='6-12-24',dens=.32,top=3,seed=0,e1=40,e2=12,g=.6,lam=1e-5,lam2=0.,white=.5,mix=.5,T=2.,lr=3e-3,batch=128,K=8,bias=0,tri=28,score='lamp',lr2=6.,tag='',mag=0.,end=.7,whitef=0,qs=1.,top2=0)
for a in sys.argv[1:]:
    k,v=a.split('='); A[k]=type(A[k])(float(v)) if not isinstance(A[k],str) else v
from types import SimpleNamespace as NS
a=NS(**A)
from lepton_helpers.quiet import tf
tf.config.threading.set_intra_op_parallelism_threads(1); tf.config.threading.set_inter_op_parallelism_threads(1)
from lepton_helpers import data
train,val,test=data.load(data.MNIST) if a.data=='digits' else data.load()
import coder3
C=np.load(f'PROTO/x_{a.data}{a.tag}.npy',mmap_mode='r')[:a.K]; K=len(C)
def coefs(x): return x.astype(np.float32)[...,None]
P=np.load(f'PROTO/p_{a.data}{a.tag}.npy',mmap_mode='r')
Y=train.labels.astype(np.int32); N=len(Y)
u1,u2,u3=map(int,a.net.split('-'))
shapes=[(5,5,1,u1),(5,5,u1,u2),(16*u2,u3),(u3,10)]
total=sum(int(np.prod(q)) for q in shapes)
rng=np.random.default_rng(a.seed); tf.random.set_seed(a.seed)
W=[tf.Variable((rng.normal(0,1,q)*np.sqrt(2/np.prod(q[:-1]))).astype(np.float32)) for q in shapes]
Bs=[tf.Variable(np.zeros(o,np.float32)) for o in (u1,u2,u3,10)]
M=[tf.Variable(np.ones(w.shape,np.float32)) for w in W]
PR=[tf.Variable(np.zeros(w.shape,np.float32)) for w in W]
ST=[tf.Variable(1.) for w in W]
last=len(W)-1
tv=W+[b for l,b in enumerate(Bs) if l==last or a.bias]
m1=[tf.Variable(tf.zeros_like(v)) for v in tv+ST]; m2=[tf.Variable(tf.zeros_like(v)) for v in tv+ST]
TOP=lambda l: int(a.top2 or a.top) if l==last else a.top
def rnd(x): return x+tf.stop_gradient(tf.round(x)-x)
def eff(l,q):
    w=W[l]*M[l]
    if not q: return w
    pace=1/tf.sqrt(tf.maximum(tf.reduce_sum(M[l]),1)*TOP(l))
    s=tf.abs(ST[l])+1e-8; s=s*pace+tf.stop_gradient(s*(1-pace))
    return rnd(tf.clip_by_value(w/s,-TOP(l),TOP(l)))*s
def fwd(x,ws):
    for l,w in enumerate(ws):
        if l==2: # rows ordered channel, row, column in the matrix view; keras flattens row, column, channel
            x=tf.reshape(x,(-1,16*u2))
        if l<2:
            x=tf.nn.conv2d(x,w,1,'VALID')+Bs[l]
            x=tf.nn.max_pool2d(tf.nn.relu(x),2,2,'VALID')
        else:
            x=x@w+Bs[l]
            if l<last: x=tf.nn.relu(x)
    return x
@tf.function
def run(x,y,p,order,step0,steps,peak,warm,lam,q):
    for i in tf.range(tf.shape(order)[0]):
        r=order[i]; xb=tf.cast(tf.gather(x,r),tf.float32)[...,None]/255.; yb=tf.gather(y,r); pb=tf.cast(tf.gather(p,r),tf.float32)
        t=tf.cast(step0+i,tf.float32)
        lr=tf.where(t<warm,peak*t/warm,peak*.5*(1+tf.cos(np.pi*(t-warm)/(steps-warm))))
        vs=tv+(ST if q else [])
        with tf.GradientTape() as g:
            z=fwd(xb,[eff(l,q) for l in range(len(W))])
            soft=tf.nn.softmax(tf.math.log(tf.maximum(pb,1e-7))/a.T)
            loss=a.mix*a.T**2*tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(soft,z/a.T))+(1-a.mix)*tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(yb,z))
            loss+=lam*sum(tf.reduce_sum(PR[l]*tf.abs(W[l]*M[l])) for l in range(len(W)))
        gs=g.gradient(loss,vs)
        k=t+1
        for v,gr,s1,s2 in zip(vs,gs,m1,m2):
            s1.assign(.9*s1+.1*gr); s2.assign(.999*s2+.001*gr*gr)
            v.assign_sub(lr*(s1/(1-.9**k))/(tf.sqrt(s2/(1-.999**k))+1e-7))
nv=dict(v=coefs(val.images),t=coefs(test.images))
def acc(q):
    ws=[eff(l,q) for l in range(len(W))]
    return [float((np.concatenate([fwd(nv[s][i:i+1000],ws).numpy() for i in range(0,len(nv[s]),1000)]).argmax(1)==y.labels).mean()) for s,y in (('v',val),('t',test))]
def inputs_rms():
    x=tf.constant(nv['v'][:1000]); out=[]
    for l in range(len(W)):
        if l==2: x=tf.reshape(x,(-1,16*u2))
        r=np.sqrt((x.numpy()**2).mean(tuple(range(x.ndim-1)))+1e-12)
        out.append(np.tile(r,25) if l<2 else r)
        w=W[l]*M[l]
        if l<2: x=tf.nn.max_pool2d(tf.nn.relu(tf.nn.conv2d(x,w,1,'VALID')+Bs[l]),2,2,'VALID')
        else: x=tf.nn.relu(x@w+Bs[l])
    return out
def flat(w): return w.reshape(-1,w.shape[-1])
def logit(p): return np.log(p/(1-p))
def prices():
    for l in range(len(W)):
        m=flat(M[l].numpy()); R,Cc=m.shape
        pr=(m.sum(1)+.5*m.mean())/(Cc+.5); pc=(m.sum(0)+.5*m.mean())/(R+.5); pa=np.clip(m.mean(),1e-4,1-1e-4)
        x=logit(np.clip(pr,1e-4,1-1e-4))[:,None]+logit(np.clip(pc,1e-4,1-1e-4))[None]-logit(pa)
        p=1/(1+np.exp(-x)); PR[l].assign((-np.log2(np.maximum(p,1e-4))+np.log2(np.maximum(1-p,1e-4))+2.6).clip(1,20).astype(np.float32).reshape(W[l].shape))
def prune(epoch):
    left=max(0,1-epoch/(a.end*a.e1)); d=a.dens*total
    cells=total
    now=d+(cells-d)*left**3
    rm=inputs_rms(); sc=[]
    for l in range(len(W)):
        w=flat(np.abs((W[l]*M[l]).numpy()))
        if a.score=='adam':
            v=flat(m2[l].numpy()); s=(w*w*np.maximum(v,1e-16)/flat(PR[l].numpy())**a.g).ravel().astype(np.float64)*(w>0).ravel(); sc.append(s); continue
        w=w*np.sqrt(rm[l])[:,None]
        m=flat(M[l].numpy())
        if a.g: # usage of row and column
            u=np.clip(m.mean(1),1e-3,1)[:,None]*np.clip(m.mean(0),1e-3,1)[None]/max(m.mean(),1e-3)
            w=w*np.clip(u,1e-3,1)**a.g
        s2=np.square(w.ravel().astype(np.float64)); o=np.argsort(s2); rest=np.cumsum(s2[o][::-1])[::-1]
        s=np.empty_like(s2); s[o]=s2[o]/np.maximum(rest,1e-30); sc.append(s)
    k=int(min(now,cells)); al=np.concatenate(sc); th=np.partition(al,-k)[-k]
    for l in range(len(W)): M[l].assign(((sc[l]>=th)&(sc[l]>0)).astype(np.float32).reshape(W[l].shape))
def start(l):
    k=(W[l]*M[l]).numpy(); k=k[k!=0]; ss=np.linspace(.05,1.2,60)*np.abs(k).max()/TOP(l)
    e=[np.square(k-np.clip(np.round(k/s),-TOP(l),TOP(l))*s).sum() for s in ss]; ST[l].assign(ss[int(np.argmin(e))])
def phase(E,q,peak):
    for v in m1+m2: v.assign(tf.zeros_like(v))
    S=N//a.batch; steps=float(E*S); r=np.random.default_rng(a.seed*100+q)
    for e in range(E):
        if not q:
            if e: prices()
            prune(e)
            if e==int(a.qs*E):
                for l in range(len(W)): start(l)
        o=r.permutation(N)[:S*a.batch].reshape(S,a.batch).astype(np.int32)
        k=e%K
        xs=tf.constant(np.ascontiguousarray(C[k])); ps=tf.constant(np.ascontiguousarray(P[k]))
        run(xs,tf.constant(Y),ps,tf.constant(o),tf.constant(e*S),tf.constant(steps),tf.constant(peak),tf.constant(steps/50),tf.constant(a.lam2 if q else a.lam),q or e>=a.qs*E)
def symbols():
    out=[]
    for l in range(len(W)):
        s=float(np.abs(ST[l].numpy())+1e-8); out.append(np.clip(np.round((W[l]*M[l]).numpy()/s),-TOP(l),TOP(l)).astype(int))
    return out
def size(sy):
    code=coder3.Bits(); tot=13+18+2*len(sy)+a.bias*(u1+u2+u3)*.75+10*.75+2; prev=None
    for l,q in enumerate(sy):
        m=flat(q)
        if l in (1,2): # to channel-major
            ch=q.shape[2] if l==1 else u2
            sp=25 if l==1 else 16
            m=m.reshape(sp,ch,-1).transpose(1,0,2)[prev].reshape(len(prev)*sp,-1)
        elif l==3: m=m[prev]
        rows=(m!=0).any(1); cols=(m!=0).any(0)
        code.by['rows']=code.by.get('rows',0)+0; code.n+=len(rows)*.35
        k=m[rows][:,cols]; o=coder3.sort_columns(k) if l<last else np.arange(k.shape[1])
        prev=np.flatnonzero(cols)[o]; k=k[:,o]
        coder3.walk(k,TOP(l),code,tie=l<last)
    return tot+code.n/8,{k:round(v/8) for k,v in code.by.items()}
t0=time.time()
phase(a.e1,False,a.lr); prune(a.e1); before=acc(False)
# final mask frozen
if a.qs>=1:
    for l in range(len(W)): start(l)
prices(); phase(a.e2,True,a.lr/a.lr2); after=acc(True)
sy=symbols(); by,parts=size(sy)
res=dict(args={k:v for k,v in A.items()},before=before,after=after,bytes=round(by),parts=parts,nz=[int((s!=0).sum()) for s in sy],live=[[int(flat(s!=0).any(1).sum()),int(flat(s!=0).any(0).sum())] for s in sy],hist=[np.bincount(np.abs(np.concatenate([s.ravel() for s in sy])))[1:].tolist()],time=round(time.time()-t0))
print(json.dumps(res),flush=True)
np.savez(f'PROTO/sy_{a.data}_{a.net}_{os.getpid()}.npz',*sy)
