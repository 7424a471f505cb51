"""`lepton serve MODEL.tflite`: a LiteRT model on loopback by the Open Inference Protocol v2, with limits.

Any client of that protocol works, Triton's own for one. `GET /v2/models/NAME` tells the tensors' names and
shapes, `POST /v2/models/NAME/infer` takes them as JSON or as binary tensors, `GET /metrics` is for
Prometheus. With LEPTON_TOKEN set, all but /v2/health asks for `Authorization: Bearer TOKEN`.
"""

import argparse
import asyncio
import contextlib
import hmac
import importlib.metadata
import json
import logging
import math
import os
import time
from pathlib import Path

import numpy as np
import orjson
import prometheus_client
import uvicorn
from prometheus_client import multiprocess

from lepton_helpers import paths
from lepton_helpers.deploy import runtime
from lepton_serving import batcher, protocol
from lepton_serving.protocol import RequestError

LOOPBACK = ("127.0.0.1", "localhost", "::1")
MAX_BODY = 2_000_000  # bytes
JSON = (b"content-type", b"application/json")
BINARY = (b"content-type", b"application/octet-stream")
TEXT = prometheus_client.CONTENT_TYPE_LATEST.encode()
OPTIONS = "LEPTON_SERVE"  # how the command line reaches worker processes
_log = logging.getLogger("uvicorn.error")


def instruments():
    """Prometheus' instruments: what `/metrics` reads, answers by status, seconds, images a batch."""
    mine = read = prometheus_client.CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        read = prometheus_client.CollectorRegistry()
        multiprocess.MultiProcessCollector(read)
    counter, histogram = prometheus_client.Counter, prometheus_client.Histogram
    return (read, counter("lepton_requests", "Answers by status", ["status"], registry=mine),
            histogram("lepton_request_seconds", "From headers to answer", registry=mine),
            histogram("lepton_batch_images", "Images computed together", registry=mine,
                      buckets=(1, 2, 4, 8, 16, 32, 64)))


async def body_of(receive, headers, patience):
    """The body of a request, None if the caller left; `RequestError` if too large (413) or slow (408)."""
    large = RequestError(413, f"the body is larger than {MAX_BODY:,} bytes.")
    said = headers.get(b"content-length", b"0")
    if said.isdigit() and int(said) > MAX_BODY:
        raise large
    parts, size, loop, more = [], 0, asyncio.get_running_loop(), True
    end = loop.time() + patience
    late = loop.call_at(end, asyncio.current_task().cancel)  # cheaper than a wait_for around each piece
    try:
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            parts.append(message.get("body", b""))
            size, more = size + len(parts[-1]), message.get("more_body", False)
            if size > MAX_BODY:  # a length header may be absent
                raise large
    except asyncio.CancelledError:
        if loop.time() < end:
            raise
        raise RequestError(408, f"the body did not come within {patience:g} s.") from None
    finally:
        late.cancel()
    return b"".join(parts)


class Service:
    """The ASGI application of one `LiteModel`; the limits are those of `batcher.Batcher`."""

    def __init__(self, lite, name="model", size=32, wait=0.0, patience=5.0, token=None):
        self.name, self.patience, self.token, self.shape = name, patience, token, lite.input_shape[1:]
        self.registry, self.answers, self.seconds, batches = instruments()
        self.line = batcher.Batcher(runtime.session(lite), size, wait, patience, batches.observe)
        model, classes = f"/v2/models/{name}", lite.predict(np.zeros(lite.input_shape)).shape[-1]
        about = {"name": "lepton", "version": importlib.metadata.version("lepton-notebooks"),
                 "extensions": ["binary_tensor_data"]}
        self.routes = {("GET", path): orjson.dumps(said) for path, said in (
            ("/v2", about), ("/v2/health/live", {"live": True}), ("/v2/health/ready", {"ready": True}))}
        for place in (model, f"{model}/versions/1"):
            self.routes |= {("GET", f"{place}/ready"): orjson.dumps({"name": name, "ready": True}),
                            ("GET", place): orjson.dumps(protocol.metadata(name, self.shape, classes)),
                            ("POST", f"{place}/infer"): self.infer}
        self.routes["GET", "/metrics"] = self.metrics

    async def __call__(self, scope, receive, send):
        """One request, or the life of the server, as ASGI tells them."""
        if scope["type"] == "lifespan":
            return await self.live(receive, send)
        start, headers, status, more = time.perf_counter(), dict(scope["headers"]), 200, ()
        try:
            made = await self.answer(scope["method"], scope["path"], headers, receive)
        except RequestError as error:
            status, made = error.status, (orjson.dumps({"error": str(error)}), JSON)
            more = ((b"connection", b"close"),) if status == 408 else ()  # a large one is read to its end
        except Exception as error:  # noqa: BLE001  its caller hears of it; on it goes
            _log.error("the model failed: %s: %s", type(error).__name__, error)
            status, made = 500, (b'{"error":"the model failed on these images."}', JSON)
        if made is None:
            return _log.warning("a client left in the middle of its body")
        content, *kind = made
        self.answers.labels(status).inc()  # before it is sent: who has an answer finds it in /metrics
        self.seconds.observe(time.perf_counter() - start)
        await send({"type": "http.response.start", "status": status, "headers": [
            *kind, (b"content-length", str(len(content)).encode()), *more]})
        await send({"type": "http.response.body", "body": content})

    async def answer(self, method, path, headers, receive):
        """What is at a path: bytes and headers; `RequestError` if nothing is or the caller may not."""
        if self.token and not path.startswith("/v2/health"):
            said = headers.get(b"authorization", b"")
            if not hmac.compare_digest(said, f"Bearer {self.token}".encode()):
                raise RequestError(401, "this server needs its token: send Authorization: Bearer TOKEN.")
        found = self.routes.get((method, path))
        if found is None and any(path == known for _, known in self.routes):
            raise RequestError(405, f"{method[:20]} is not for {path}.")
        if found is None:
            raise RequestError(404, f"there is no {path[:100]} here; the model is /v2/models/{self.name}.")
        return (found, JSON) if isinstance(found, bytes) else await found(headers, receive)

    async def infer(self, headers, receive):
        """Probabilities for the images of a request, as JSON or as a binary tensor."""
        if headers.get(b"content-encoding", b"identity") != b"identity":
            raise RequestError(415, "compressed bodies are not taken; send the body as it is.")
        body, length = await body_of(receive, headers, self.patience), headers.get(protocol.LENGTH)
        if body is None:
            return None
        if length is not None and not length.isdigit():
            raise RequestError(400, f"{protocol.LENGTH.decode()} must be a number of bytes.")
        asked = protocol.decode(body, None if length is None else int(length), self.shape)
        content, head = protocol.encode(await self.line.ask(asked.images), asked, self.name)
        return (content, JSON) if head is None else (content, BINARY, (protocol.LENGTH, str(head).encode()))

    async def metrics(self, *_):
        """Counters and histograms in Prometheus' text form, of all workers together."""
        return prometheus_client.generate_latest(self.registry), (b"content-type", TEXT)

    async def live(self, receive, send):
        """Start the thread that computes, and end it with the server."""
        steps = {"lifespan.startup": self.line.start, "lifespan.shutdown": self.line.stop}
        while steps:
            kind = (await receive())["type"]
            steps.pop(kind)()
            await send({"type": f"{kind}.complete"})


def from_options():
    """The `Service` of a worker process, from what the command line left in the environment."""
    asked = json.loads(os.environ[OPTIONS])
    lite = runtime.LiteModel(Path(asked["model"]).read_bytes())
    return Service(lite, asked["name"], asked["batch"], asked["wait_ms"] / 1e3, asked["patience"],
                   os.environ.get("LEPTON_TOKEN"))


def main(arguments=None):
    """Serve from the command line; refuses to bind beyond loopback without LEPTON_TOKEN."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("lepton serve", description=__doc__, formatter_class=raw)
    parser.add_argument("model", help="a .tflite file")
    parser.add_argument("--name", help="of the model in addresses; by default the file's")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=1, help="processes on one port (default: 1)")
    parser.add_argument("--batch", type=int, default=32, help="most images computed together (default: 32)")
    parser.add_argument("--wait-ms", type=float, default=0.0, help="how long a request waits for others "
                        "when nothing is being computed (default: 0)")
    parser.add_argument("--patience", type=float, default=5.0,
                        help="seconds for a body to come, for an answer, and to end at SIGTERM (default: 5)")
    asked = parser.parse_args(arguments)
    if asked.host not in LOOPBACK and not os.environ.get("LEPTON_TOKEN"):
        raise SystemExit(f"--host {asked.host} opens the server to others: set LEPTON_TOKEN first.")
    try:
        runtime.LiteModel(Path(asked.model).read_bytes())
    except (OSError, ValueError) as error:
        raise SystemExit(f"{asked.model} cannot be served: {error}") from error
    asked.name = asked.name or Path(asked.model).stem
    os.environ[OPTIONS] = json.dumps(vars(asked))
    with contextlib.ExitStack() as stack:
        if asked.workers > 1:  # their counters meet in files
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = stack.enter_context(paths.scratch("metrics"))
        uvicorn.run("lepton_serving.server:from_options", factory=True, host=asked.host,
                    port=asked.port, workers=asked.workers, log_level="warning", access_log=False, ws="none",
                    server_header=False, date_header=False,
                    timeout_graceful_shutdown=math.ceil(asked.patience))


if __name__ == "__main__":  # worker processes import this file
    main()
