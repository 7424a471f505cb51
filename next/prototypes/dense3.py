"""Dense nets on DCT coefficients. args as key=value."""
import sys, os, json, time, numpy as np
sys.path.insert(0,'CHECKOUT'); sys.path.insert(0,'PROTO')
os.environ.setdefault('LEPTON_HOME','PROTO/home'); os.environ.setdefault('TF_NUM_INTRAOP_THREADS','1')
os.environ.setdefault('OMP_NUM_THREADS','1')
A=dict(data='fashion',net='mlp',dens=.03,top=3,seed=0,e1=60,e2=20,g=.6,lam=1e-5,lam2=0.,white=.5,mix=.5,T=2.,lr=6e-3,batch=256,K=8,bias=0,tri=28,score='lamp',lr2=6.,tag='',mag=0.,end=.7,whitef=0,qs=1.,top2=0)
for a in sys.argv[1:]:
    k,v=a.split('='); A[k]=type(A[k])(float(v)) if not isinstance(A[k],str) else v
from types import SimpleNamespace as NS
a=NS(**A)
from lepton_helpers.quiet import tf
tf.config.threading.set_intra_op_parallelism_threads(1); tf.config.threading.set_inter_op_parallelism_threads(1)
from lepton_helpers import data
train,val,test=data.load(data.MNIST) if a.data=='digits' else data.load()
import coder3
n=np.arange(28); D=np.cos(np.pi*(2*n+1)*n[:,None]/56)*np.sqrt(2/28); D[0]/=np.sqrt(2); D=D.astype(np.float32)
uv=[(u,s-u) for s in range(55) for u in range(28) if 0<=s-u<28 and s<a.tri]
idx=np.array([u*28+v for u,v in uv]); f2=np.array([u*u+v*v for u,v in uv])
F=len(uv)
law=(1+.2*f2)**-.5   # spread of coefficients falls with frequency
def coefs(x): # (n,28,28) float
    c=np.einsum('ui,nij,vj->nuv',D,x,D,optimize=True).reshape(len(x),-1)[:,idx]
    return (c*(law**a.white_exp)).astype(np.float32) 
# W = D^T (q*s) D : input seen by q is s*coef ; half whitening: s = law^-0.5?  measured spread ~ law ; whiten fully = coef/law
a.white_exp=-a.white
cache=f'PROTO/c_{a.data}{a.tag}_{a.tri}_{a.white}_{a.K}.npy'
rms=None
if not os.path.exists(cache):
    X=np.load(f'PROTO/x_{a.data}{a.tag}.npy',mmap_mode='r')[:a.K]
    C=np.stack([np.concatenate([coefs(np.asarray(X[k][i:i+5000],np.float32)/255) for i in range(0,X.shape[1],5000)]).astype(np.float16) for k in range(len(X))])
    np.save(cache+f'.{os.getpid()}.npy',C); os.replace(cache+f'.{os.getpid()}.npy',cache)
C=np.load(cache,mmap_mode='r'); K=len(C)
P=np.load(f'PROTO/p_{a.data}{a.tag}.npy',mmap_mode='r')
Y=train.labels.astype(np.int32); N=len(Y)
sizes={'mlp':[F,128,10],'lenet300':[F,300,100,10]}[a.net]
total={'mlp':784*128+1280,'lenet300':784*300+30000+1000}[a.net]
rng=np.random.default_rng(a.seed); tf.random.set_seed(a.seed)
scale0=float(np.sqrt(np.mean(np.asarray(C[0][:2000],np.float32)**2)))
W=[tf.Variable((rng.normal(0,1,(i,o))*np.sqrt(2/i)/(scale0 if l==0 else 1)).astype(np.float32)) for l,(i,o) in enumerate(zip(sizes,sizes[1:]))]
Bs=[tf.Variable(np.zeros(o,np.float32)) for o in sizes[1:]]
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
        x=x@w+Bs[l]
        if l<last: x=tf.nn.relu(x)
    return x
@tf.function(jit_compile=True)
def run(x,y,p,order,step0,steps,peak,warm,lam,q):
    for i in tf.range(tf.shape(order)[0]):
        r=order[i]; xb=tf.cast(tf.gather(x,r),tf.float32); yb=tf.gather(y,r); pb=tf.cast(tf.gather(p,r),tf.float32)
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
    return [float((fwd(nv[s],ws).numpy().argmax(1)==y.labels).mean()) for s,y in (('v',val),('t',test))]
def inputs_rms():
    x=nv['v'][:2000]; out=[]
    for l in range(len(W)):
        out.append(np.sqrt((x**2).mean(0)+1e-12)); x=np.maximum(x@(W[l]*M[l]).numpy()+Bs[l].numpy(),0)
    return out
def logit(p): return np.log(p/(1-p))
def prices():
    for l in range(len(W)):
        m=M[l].numpy(); R,Cc=m.shape
        pr=(m.sum(1)+.5*m.mean())/(Cc+.5); pc=(m.sum(0)+.5*m.mean())/(R+.5); pa=np.clip(m.mean(),1e-4,1-1e-4)
        x=logit(np.clip(pr,1e-4,1-1e-4))[:,None]+logit(np.clip(pc,1e-4,1-1e-4))[None]-logit(pa)
        p=1/(1+np.exp(-x)); PR[l].assign((-np.log2(np.maximum(p,1e-4))+np.log2(np.maximum(1-p,1e-4))+2.6).clip(1,20).astype(np.float32))
def prune(epoch):
    left=max(0,1-epoch/(a.end*a.e1)); d=a.dens*total
    cells=sum(w.shape[0]*w.shape[1] for w in W)
    now=d+(cells-d)*left**3
    rm=inputs_rms(); sc=[]
    for l in range(len(W)):
        w=np.abs((W[l]*M[l]).numpy())
        if a.score=='adam':
            v=m2[l].numpy(); s=(w*w*np.maximum(v,1e-16)/PR[l].numpy()**a.g).ravel().astype(np.float64)*(w>0).ravel(); sc.append(s); continue
        w=w*np.sqrt(rm[l])[:,None]
        m=M[l].numpy()
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
    for l in range(last): # dead units
        dead=(out[l+1]!=0).sum(1)==0; out[l][:,dead]=0
        b=Bs[l].numpy(); quiet=((out[l]!=0).sum(0)==0)&(b<=0); out[l+1][quiet]=0
    return out
def size(sy,parts=None):
    code=coder3.Bits()
    total=13+12+3*len(sy)+ (10 if not a.bias else 10+sum(sizes[1:-1])*.8)
    perm=None
    sy=[s.copy() for s in sy]
    for l,s in enumerate(sy):
        rows=(s!=0).any(1); cols=(s!=0).any(0)
        if l==0:
            live=np.zeros((28,28),int); live.ravel()[idx[rows]]=1; coder3.bitmap(live,code)
        # rows of later layers: living = living cols before (permuted)
        s=s[rows][:,cols]
        if perm is not None: pass
        o=coder3.sort_columns(s); s=s[:,o]
        if l<last: # permute next rows
            nxt=sy[l+1][cols][o]; sy[l+1]=nxt
        coder3.walk(s,TOP(l),code,tie=l<last); total+=2
    return total+code.n/8, {k:round(v/8) for k,v in code.by.items()}
t0=time.time()
phase(a.e1,False,a.lr); prune(a.e1); before=acc(False)
# final mask frozen
if a.qs>=1:
    for l in range(len(W)): start(l)
prices(); phase(a.e2,True,a.lr/a.lr2); after=acc(True)
sy=symbols(); by,parts=size(sy)
res=dict(args={k:v for k,v in A.items()},before=before,after=after,bytes=round(by),parts=parts,nz=[int((s!=0).sum()) for s in sy],live=[[int((s!=0).any(1).sum()),int((s!=0).any(0).sum())] for s in sy],hist=[np.bincount(np.abs(np.concatenate([s.ravel() for s in sy])))[1:].tolist()],time=round(time.time()-t0))
print(json.dumps(res),flush=True)
np.savez(f'PROTO/sy_{a.data}_{a.net}_{os.getpid()}.npz',*sy,idx=idx)
