"""Cached views: uint8 images (K,n,28,28), teacher probabilities (K,n,10) float16, per data set."""
import sys, os, numpy as np
sys.path.insert(0,'CHECKOUT')
from scipy import ndimage

def affine(images, rng, shift=2.0, angle=10.0, zoom=.1, flip=False):
    """Each image turned, zoomed and moved by its own amounts (bilinear), float32."""
    n, h, w = images.shape
    a = np.deg2rad(rng.uniform(-angle, angle, n)); z = np.exp(rng.uniform(-zoom, zoom, n))
    d = rng.uniform(-shift, shift, (n, 2))
    m = np.ones(n)
    if flip: m = np.where(rng.random(n) < .5, -1., 1.)
    out = np.empty((n, h, w), np.float32)
    yy, xx = np.mgrid[:h, :w].astype(np.float32); cy, cx = (h-1)/2, (w-1)/2
    for s in range(0, n, 5000):
        e = slice(s, s+5000)
        c, si = np.cos(a[e])*z[e], np.sin(a[e])*z[e]
        y, x = yy-cy, (xx-cx)
        X = x[None]*m[e, None, None]
        sy = c[:, None, None]*y - si[:, None, None]*X + cy + d[e, 0, None, None]
        sx = si[:, None, None]*y + c[:, None, None]*X + cx + d[e, 1, None, None]
        k = np.broadcast_to(np.arange(len(sy), dtype=np.float32)[:, None, None], sy.shape)
        y0, x0 = np.floor(sy).astype(int), np.floor(sx).astype(int)
        fy, fx = sy-y0, sx-x0
        pad = np.pad(images[e].astype(np.float32), ((0, 0), (8, 8), (8, 8)))
        y0, x0 = np.clip(y0+8, 0, h+14), np.clip(x0+8, 0, w+14)
        i = np.arange(len(sy))[:, None, None]
        out[e] = ((pad[i, y0, x0]*(1-fx)+pad[i, y0, x0+1]*fx)*(1-fy)
                  + (pad[i, y0+1, x0]*(1-fx)+pad[i, y0+1, x0+1]*fx)*fy)
    return out
def shifted(images, rng, shift=1, flip=True):
    n = len(images); out = np.zeros_like(images)
    d = rng.integers(-shift, shift+1, (n, 2)); f = rng.random(n) < .5
    pad = np.pad(images, ((0, 0), (shift, shift), (shift, shift)))
    for dy in range(2*shift+1):
        for dx in range(2*shift+1):
            k = (d[:, 0]+shift == dy) & (d[:, 1]+shift == dx)
            out[k] = pad[k, dy:dy+28, dx:dx+28]
    if flip: out[f] = out[f, :, ::-1]
    return out
