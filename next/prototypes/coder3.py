"""Proto: margins coder. cost in bits computed by log2 (fast), no arithmetic coder."""
import math, numpy as np
EDGE=2815
SQ=[max(1, round(65536/(1+math.exp(-x/256)))) for x in range(-EDGE,EDGE+1)]
ST=[round(256*math.log((p+.5)/(16383.5-p))) for p in range(16384)]
def st(p): return ST[max(0,min(16383,p>>2))]
def sq(x): return SQ[max(-EDGE,min(EDGE,x))+EDGE]
class Bits:
    def __init__(s): s.n=0.0; s.by={}
    def __call__(s,p,bit,what='x'):
        c=-math.log2((p if bit else 65536-p)/65536); s.n+=c; s.by[what]=s.by.get(what,0)+c; return bit
def adapt(table,key,init=32768,lim=60):
    c=table.get(key)
    if c is None: c=table[key]=[init,0]
    return c
def up(c,bit,lim=255):
    c[0]+=(bit*65535-c[0])*2//(2*c[1]+3); c[1]+=c[1]<lim
def sort_columns(M):
    """columns in descending lexicographic order, row 0 first"""
    return np.lexsort([-M[r] for r in range(len(M)-1,-1,-1)])
def walk(M, top, code, near=None, tie=True, lim=255, ka=24, kr=4, kc=4, bucket=96, raw_sign=True):
    R,C=M.shape; M=M.tolist()
    table,sizes,ties,signs={}, {}, {}, {}
    coln=[0]*C; tot=0; pace=16384; tied=[True]*C; tied[0]=False
    for r in range(R):
        n=0
        row=M[r]
        for o in range(C):
            v=row[o]
            if tie and tied[o]:
                c=adapt(ties,(row[o-1]!=0, ),55000)
                same=code(c[0],int(v==row[o-1]),'tie'); up(c,same)
                if same:
                    n+=v!=0; coln[o]+=v!=0; tot+=v!=0; continue
                tied[o]=False
            pr=(n*65536+kr*pace)//(o+kr)
            pa=(tot*65536+ka*pace)//(r*C+o+ka) if r else pace
            pc=(coln[o]*65536+kc*pa)//(r+kc)
            x=st(pr)+st(pc)-st(pa)
            nb=0 if near is None else sum(M[q][o]!=0 for q in near[r])
            c=adapt(table,(max(-12,min(12,x//bucket)),nb),sq(x))
            p=(c[0]*min(c[1],20)+sq(x)*(20-min(c[1],20)))//20 if 0 else c[0]
            # blend of the table and the margins in the logistic domain
            p=sq((st(c[0])+x)//2) if c[1] else sq(x)
            bit=code(max(32,min(65504,p)),int(v!=0),'where'); up(c,bit,lim)
            if bit:
                n+=1; coln[o]+=1; tot+=1
                code(32768,0,'sign')
                s=1; a=abs(v)
                while s<top:
                    c=adapt(sizes,(s,))
                    more=code(c[0],int(a>s),'size'); up(c,more)
                    if not more: break
                    s+=1
        pace=(3*pace+ (n*65536+4*pace)//(C+4))//4
    return code
def bitmap(live, code):
    """cost of living rows on a 2-d map with neighbours"""
    H,W=live.shape; t={}
    for i in range(H):
        for j in range(W):
            k=(live[i,j-1] if j else 2, live[i-1,j] if i else 2, live[i-1,j+1] if i and j+1<W else 2, )
            c=adapt(t,k); code(c[0],int(live[i,j]),'rows'); up(c,int(live[i,j]))
