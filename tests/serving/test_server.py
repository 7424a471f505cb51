"""The model server, run as `lepton serve` runs it: right answers, limits that hold, no open door."""

import contextlib
import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest
import tritonclient.http as triton

from lepton_helpers import models
from lepton_helpers.deploy import litert
from lepton_helpers.nodes import processes
from lepton_serving import server

IMAGES = np.random.default_rng(0).random((3, 28, 28), np.float32)
INFER = "/v2/models/mlp/infer"
HEAD = f"POST {INFER} HTTP/1.1\r\nHost: x\r\nContent-Length: ".encode()
GOOD = json.dumps({"inputs": [{"name": "images", "datatype": "FP32", "shape": [3, 28, 28],
                               "data": IMAGES.tolist()}]}).encode()


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    model = models.mlp()
    return litert.convert(model, "int8", IMAGES).save(tmp_path_factory.mktemp("serving") / "mlp.tflite")


@contextlib.contextmanager
def serving(file, *options, **environment):
    """A running server; yields its port and its process."""
    port = processes.free_port()
    with processes.process(server.__file__, file, "--port", port, *options, **environment) as child:
        processes.wait_for_port(child, port)
        yield port, child


@pytest.fixture(scope="module")
def port(file):
    with serving(file) as (port, _):
        yield port


def ask(port, method, path, body=None, headers=None):
    """Status and body of one request."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=3600)
    with contextlib.closing(line):
        line.request(method, path, body, headers or {})
        reply = line.getresponse()
        return reply.status, reply.read()


def said(port):
    """A good request's status, and the probabilities."""
    status, body = ask(port, "POST", INFER, GOOD)
    return status, np.array(json.loads(body)["outputs"][0]["data"], np.float32).reshape(3, 10)


def test_tritons_own_client_is_understood(port, file):
    want = litert.LiteModel(file.read_bytes()).predict(IMAGES)
    with contextlib.closing(triton.InferenceServerClient(f"127.0.0.1:{port}")) as client:
        assert client.is_server_live() and client.is_server_ready() and client.is_model_ready("mlp")
        assert not client.is_model_ready("another")
        assert "binary_tensor_data" in client.get_server_metadata()["extensions"]
        about = client.get_model_metadata("mlp")
        given, made = about["inputs"][0], about["outputs"][0]
        assert given["shape"] == [-1, 28, 28] and made["shape"] == [-1, 10]
        for sent in (True, False):
            for back in (True, False):
                tensor = triton.InferInput(given["name"], IMAGES.shape, given["datatype"])
                tensor.set_data_from_numpy(IMAGES, binary_data=sent)
                output = triton.InferRequestedOutput(made["name"], binary_data=back)
                version = "1" if sent else ""
                answer = client.infer("mlp", [tensor], version, outputs=[output], request_id="a7")
                assert np.array_equal(answer.as_numpy(made["name"]), want)
                assert answer.get_response()["id"] == "a7"
        tensor = triton.InferInput(given["name"], [3, 28, 27], given["datatype"])
        tensor.set_data_from_numpy(IMAGES[:, :, :27].copy())
        with pytest.raises(triton.InferenceServerException, match=r"the model takes \[n, 28, 28\]"):
            client.infer("mlp", [tensor])
        with pytest.raises(triton.InferenceServerException, match="there is no /v2/models/cnn"):
            client.infer("cnn", [tensor])


@pytest.mark.parametrize("method, path, body, headers, status, words", [
    ("GET", "/", None, {}, 404, "the model is /v2/models/mlp"), ("GET", INFER, None, {}, 405, "GET is not"),
    ("POST", "/metrics", b"", {}, 405, "POST is not for"), ("POST", INFER, b"", {}, 400, "not JSON"),
    ("POST", INFER, b"{", {}, 400, "not JSON"), ("POST", INFER, b" " * 2_000_001, {}, 413, "larger than"),
    ("POST", INFER, iter([b" " * 300_000] * 7), {}, 413, "larger than"),  # in chunks, without a length
    ("POST", INFER, GOOD, {"Content-Encoding": "gzip"}, 415, "compressed"),
    ("POST", INFER, GOOD, {"Inference-Header-Content-Length": "-3"}, 400, "number of bytes"),
    ("POST", INFER, GOOD, {"Inference-Header-Content-Length": "9" * 30}, 400, "the body holds"),
    ("POST", INFER, b"[" + b"[]," * 600_000, {}, 400, "more than 64 images")])
def test_bad_requests_get_one_sentence(port, method, path, body, headers, status, words):
    got, answer = ask(port, method, path, body, headers)
    assert got == status and words in json.loads(answer)["error"]
    assert said(port)[0] == 200


def test_a_token_is_asked_for(file):
    with serving(file, LEPTON_TOKEN="secret") as (port, _):
        assert ask(port, "GET", "/v2/health/live")[0] == 200  # a probe has no token
        assert ask(port, "GET", "/metrics")[0] == said_with(port, None) == 401
        for word, status in (("Bearer sécret", 401), ("secret", 401), ("Bearer secret", 200)):
            assert said_with(port, word.encode()) == status


def said_with(port, word):
    return ask(port, "POST", INFER, GOOD, {"Authorization": word} if word else {})[0]


def test_beyond_loopback_only_with_a_token(file, monkeypatch):
    monkeypatch.delenv("LEPTON_TOKEN", raising=False)
    with pytest.raises(SystemExit, match="LEPTON_TOKEN"):
        server.main([str(file), "--host", "0.0.0.0"])


def test_a_file_that_cannot_be_served_is_named(tmp_path):
    (tmp_path / "text.tflite").write_text("no model")
    for name, words in (("absent.tflite", "No such file"), ("text.tflite", "not a LiteRT model")):
        with pytest.raises(SystemExit, match=words):
            server.main([str(tmp_path / name)])


def test_a_body_that_trickles_is_refused_and_nobody_waits_for_it(file):
    with serving(file, "--patience", "3") as (port, _), socket.create_connection(("127.0.0.1", port)) as slow:
        slow.settimeout(60)
        slow.sendall(HEAD + b"5000\r\n\r\n{")
        assert said(port)[0] == 200
        reply = b""
        with contextlib.suppress(OSError):
            while piece := slow.recv(10_000):  # until the server closes
                reply += piece
                slow.sendall(b" ")
        assert b" 408 " in reply and b"did not come within 3 s" in reply
        assert said(port)[0] == 200


def test_a_caller_that_leaves_costs_one_quiet_line(file):
    with serving(file) as (port, child):
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", port)) as caller:
                caller.sendall(HEAD + b"5000\r\n\r\n{")
                time.sleep(0.1)
        assert said(port)[0] == 200
        lines = [line for line in processes.output(child).splitlines() if line.strip()]
        assert len(lines) == 3 and all("left in the middle" in line for line in lines)


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ there")
@pytest.mark.parametrize("workers", [1, 2])
def test_at_sigterm_what_began_is_answered_and_what_trickles_does_not_hold_it_up(file, workers):
    with contextlib.ExitStack() as stack:
        port, child = stack.enter_context(serving(file, "--patience", "9", "--workers", workers))
        began, slow = (stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(2))
        began.settimeout(60)
        for caller in (began, slow):
            caller.sendall(HEAD + f"{len(GOOD)}\r\n\r\n".encode() + GOOD[:100])
        time.sleep(0.5)
        psutil.Process(child.pid).send_signal(signal.SIGTERM)
        time.sleep(0.5)
        if workers == 1:  # with more, the parent holds the port until they have ended
            with pytest.raises(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
        began.sendall(GOOD[100:])
        assert b" 200 " in began.recv(10_000)
        child.wait(60)  # though `slow` never sends the rest
    processes.require_free(port)


def test_metrics_count_every_answer_of_every_worker(file):
    with serving(file, "--workers", "2") as (port, _):
        for _ in range(20):
            assert said(port)[0] == 200
        ask(port, "POST", INFER, b"{")
        text = ask(port, "GET", "/metrics")[1].decode()
    counts = dict(re.findall(r'lepton_requests_total\{status="(\d+)"\} (\S+)', text))
    assert float(counts["200"]) == 20 and float(counts["400"]) == 1
    assert re.search(r"lepton_request_seconds_count 21(\.0)?$", text, re.M)
    assert re.search(r"lepton_batch_images_sum 60(\.0)?$", text, re.M)


def test_it_loads_no_tensorflow_and_stays_small(file):
    code = ("import sys, lepton_serving.server\n"
            "print(sorted({'tensorflow', 'tf_keras', 'sklearn'} & set(sys.modules)))")
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=3600)
    assert ran.stdout.strip() == "[]"
    with serving(file) as (port, child):
        for _ in range(50):
            said(port)
        family = [psutil.Process(child.pid), *psutil.Process(child.pid).children(recursive=True)]
        assert sum(one.memory_info().rss for one in family) < 150e6


def test_the_command_serves_and_ends(file):
    with serving(file) as (port, _):
        assert said(port)[0] == 200
    processes.require_free(port)
