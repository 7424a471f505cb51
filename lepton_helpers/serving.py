"""A model server on loopback: a LiteRT model behind FastAPI, with batching and limits.

`python -m lepton_helpers.serving MODEL.tflite --port 8000` serves `POST /predict` with
`{"images": [[[...28 numbers...] * 28], ...]}`, pixels in [0, 1], and `GET /health`.
"""

import argparse
import asyncio
import contextlib
import hmac
import json
import os
from pathlib import Path

import numpy as np
import uvicorn
from fastapi import FastAPI, HTTPException, Request
from starlette.concurrency import run_in_threadpool

LOOPBACK = ("127.0.0.1", "localhost", "::1")
MAX_BODY, MAX_IMAGES, MAX_WAITING = 2_000_000, 64, 256  # bytes, images a request, requests in line


def parse(body, shape):
    """Images `(n, *shape)` float32 from a JSON body; `HTTPException` 400 or 422 in one sentence."""
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        raise HTTPException(400, "the body is not JSON; send {\"images\": [...]}.") from None
    if not isinstance(given, dict) or not isinstance(given.get("images"), list):
        raise HTTPException(422, "the body must be an object with a list called images.")
    try:
        with np.errstate(over="ignore"):  # infinities are refused below
            images = np.array(given["images"], dtype=np.float32)
    except (TypeError, ValueError, OverflowError):
        raise HTTPException(422, "images must hold numbers, in rows of equal length.") from None
    if images.ndim != 1 + len(shape) or images.shape[1:] != tuple(shape) or not len(images):
        raise HTTPException(422, f"images have shape {images.shape}, the model takes (n, "
                                 f"{', '.join(map(str, shape))}) with n of at least 1.")
    if len(images) > MAX_IMAGES:
        raise HTTPException(413, f"{len(images)} images in one request; at most {MAX_IMAGES} are taken.")
    if not (np.isfinite(images).all() and images.min() >= 0 and images.max() <= 1):
        raise HTTPException(422, "pixels must be finite and lie in [0, 1]; NaN and 255 are refused.")
    return images


class Batcher:
    """Puts requests that come within `wait` seconds together, up to `size` images a call."""

    def __init__(self, predict, size, wait):
        self.predict, self.size, self.wait = predict, size, wait
        self.line = asyncio.Queue(MAX_WAITING)

    async def ask(self, images):
        """Probabilities for `images`; 503 if too many wait already."""
        answer = asyncio.get_running_loop().create_future()
        try:
            self.line.put_nowait((images, answer))
        except asyncio.QueueFull:
            raise HTTPException(503, "too many requests are waiting; try again later.") from None
        return await answer

    async def work(self):
        """Serve the line for ever: a batch is what waits, or comes within `wait`."""
        clock, held = asyncio.get_running_loop().time, None
        while True:
            batch, held = [held or await self.line.get()], None
            end = clock() + self.wait
            while sum(len(images) for images, _ in batch) < self.size:
                try:
                    left = end - clock()
                    one = (self.line.get_nowait() if left <= 0 else
                           await asyncio.wait_for(self.line.get(), left))
                except (asyncio.QueueEmpty, asyncio.TimeoutError):
                    break
                if sum(len(images) for images, _ in batch) + len(one[0]) > max(self.size, MAX_IMAGES):
                    held = one
                    break
                batch.append(one)
            try:
                images = np.concatenate([images for images, _ in batch])
                out = await run_in_threadpool(self.predict, images)
                starts = np.cumsum([0] + [len(images) for images, _ in batch])
                for (_, answer), start, stop in zip(batch, starts, starts[1:], strict=False):
                    if not answer.done():
                        answer.set_result(out[start:stop])
            except Exception as error:
                for _, answer in batch:
                    if not answer.done():
                        answer.set_exception(error)


def runner(lite):
    """`predict(images)` on one thread that keeps an interpreter for each batch size it met."""
    kept = {}

    def predict(images):
        size = 1 << (len(images) - 1).bit_length()  # powers of two: few interpreters, little memory
        if size not in kept:
            kept[size] = lite.interpreter(size)
        one = kept[size]
        padded = np.concatenate([images, np.zeros((size - len(images), *images.shape[1:]), np.float32)])
        given, made = one.get_input_details()[0], one.get_output_details()[0]
        one.set_tensor(given["index"], lite.quantized_input(padded))
        one.invoke()
        scale, zero_point = made["quantization"]
        out = one.get_tensor(made["index"])[:len(images)]
        return (out.astype(np.float32) - zero_point) * scale if scale else out

    return predict


def application(lite, batch=1, wait=0.0, token=None):
    """The FastAPI app. With `token`, requests need `Authorization: Bearer TOKEN`."""
    shape = tuple(int(n) for n in lite.interpreter().get_input_details()[0]["shape"][1:])

    @contextlib.asynccontextmanager
    async def life(app):
        app.state.batcher = Batcher(runner(lite), batch, wait)
        task = asyncio.create_task(app.state.batcher.work())
        yield
        task.cancel()

    app = FastAPI(title="lepton", lifespan=life, docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/health")
    async def health():
        return {"ready": True, "input": shape}

    @app.post("/predict")
    async def predict(request: Request):
        said = request.headers.get("authorization", "")
        if token and not hmac.compare_digest(said.encode(), f"Bearer {token}".encode()):
            raise HTTPException(401, "this server needs its token: send Authorization: Bearer TOKEN.")
        body = b""
        async for piece in request.stream():  # a length header may lie: count what comes
            body += piece
            if len(body) > MAX_BODY:
                raise HTTPException(413, f"the body is larger than {MAX_BODY:,} bytes.")
        answer = await app.state.batcher.ask(parse(body, shape))
        return {"labels": answer.argmax(1).tolist(), "probabilities": np.round(answer, 4).tolist()}

    return app


def main():
    """Serve from the command line; refuses to bind beyond loopback without LEPTON_TOKEN."""
    from lepton_helpers import export

    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("model")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--batch", type=int, default=1, help="images a call at most")
    parser.add_argument("--wait-ms", type=float, default=0.0, help="how long a request waits for others")
    asked, token = parser.parse_args(), os.environ.get("LEPTON_TOKEN")
    if asked.host not in LOOPBACK and not token:
        raise SystemExit(f"--host {asked.host} opens the server to others: set LEPTON_TOKEN first.")
    lite = export.LiteModel(Path(asked.model).read_bytes())
    uvicorn.run(application(lite, asked.batch, asked.wait_ms / 1e3, token), host=asked.host, port=asked.port,
                log_level="error", access_log=False)


if __name__ == "__main__":
    main()
