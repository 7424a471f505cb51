"""The model server: right answers, bad requests refused, no open door."""

import json
import sys

import numpy as np
import pytest
from fastapi.testclient import TestClient

from lepton_helpers import export, models, processes, serving

RNG = np.random.default_rng(0)
IMAGES = RNG.random((3, 28, 28)).round(3)


@pytest.fixture(scope="module")
def lite():
    return export.convert(models.mlp())


@pytest.fixture(scope="module")
def client(lite):
    with TestClient(serving.application(lite, batch=8, wait=0.01)) as running:
        yield running


def test_the_answer_is_the_models(client, lite):
    reply = client.post("/predict", json={"images": IMAGES.tolist()})
    want = lite.predict(IMAGES.astype(np.float32))
    assert reply.status_code == 200 and reply.json()["labels"] == want.argmax(1).tolist()
    assert np.abs(np.array(reply.json()["probabilities"]) - want).max() < 1e-3
    assert client.get("/health").json() == {"ready": True, "input": [28, 28]}


@pytest.mark.parametrize("body, status, words", [
    (b"{", 400, "not JSON"), (b"[" * 100_000, 400, "not JSON"), (b"[]", 422, "list called images"),
    (b'{"images": 3}', 422, "list called images"), (b'{"images": []}', 422, "shape"),
    (b'{"images": [[1, 2]]}', 422, "shape"), (b'{"images": [[1], [1, 2]]}', 422, "equal length"),
    (b'{"images": [["a"]]}', 422, "numbers"), (b" " * 2_000_001, 413, "larger"),
    (json.dumps({"images": np.zeros((65, 28, 28)).tolist()}).encode(), 413, "at most 64"),
    (json.dumps({"images": (IMAGES + 254).tolist()}).encode(), 422, "finite"),
    (json.dumps({"images": np.full((1, 28, 28), np.nan).tolist()}).encode(), 422, "finite"),
    (json.dumps({"images": np.full((1, 28, 28), 1e300).tolist()}).encode(), 422, "finite"),
])
def test_bad_requests_get_one_sentence_and_the_server_lives(client, body, status, words):
    reply = client.post("/predict", content=body)
    assert reply.status_code == status and words in reply.json()["detail"]
    assert client.post("/predict", json={"images": IMAGES.tolist()}).status_code == 200


def test_a_token_is_asked_for(lite):
    with TestClient(serving.application(lite, token="secret")) as running:
        ask = {"json": {"images": IMAGES.tolist()}}
        assert running.post("/predict", **ask).status_code == 401
        for said, status in (("Bearer sécret", 401), ("secret", 401), ("Bearer secret", 200)):
            reply = running.post("/predict", headers={"Authorization": said.encode()}, **ask)
            assert reply.status_code == status


def test_requests_that_come_together_share_a_call(lite):
    import asyncio
    sizes, real = [], serving.runner(lite)

    async def main():
        batcher = serving.Batcher(lambda images: sizes.append(len(images)) or real(images), 8, 0.2)
        task = asyncio.create_task(batcher.work())
        answers = await asyncio.gather(*[batcher.ask(IMAGES[i:i + 1].astype(np.float32)) for i in (0, 1, 2)])
        task.cancel()
        return np.concatenate(answers)

    assert np.allclose(asyncio.run(main()), lite.predict(IMAGES.astype(np.float32)), atol=1e-5)
    assert sizes == [3]


def test_a_crowded_line_is_refused(lite, monkeypatch):
    import asyncio
    monkeypatch.setattr(serving, "MAX_WAITING", 1)

    async def main():
        batcher = serving.Batcher(serving.runner(lite), 1, 0)
        first = asyncio.create_task(batcher.ask(IMAGES[:1]))
        await asyncio.sleep(0)
        with pytest.raises(serving.HTTPException, match="503"):
            await batcher.ask(IMAGES[:1])
        first.cancel()

    asyncio.run(main())


def test_a_model_that_fails_answers_and_goes_on(lite):
    import asyncio

    async def main():
        batcher = serving.Batcher(lambda images: 1 / 0, 1, 0)
        task = asyncio.create_task(batcher.work())
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                await batcher.ask(IMAGES[:1])
        task.cancel()

    asyncio.run(main())


def test_beyond_loopback_only_with_a_token(tmp_path, monkeypatch):
    monkeypatch.delenv("LEPTON_TOKEN", raising=False)
    monkeypatch.setattr(sys, "argv", ["serving", str(tmp_path / "m.tflite"), "--host", "0.0.0.0"])
    with pytest.raises(SystemExit, match="LEPTON_TOKEN"):
        serving.main()


def test_the_command_serves_and_ends(lite, tmp_path):
    path, port = lite.save(tmp_path / "model.tflite"), processes.free_port()
    program = "from lepton_helpers import serving; serving.main()"
    with processes.process(program, path, "--port", port) as child:
        processes.wait_for_port(child, port)
    processes.require_free(port)
