"""The Open Inference Protocol: what is read is what was sent; all else is refused in one sentence."""

import json

import numpy as np
import orjson
import pytest

from lepton_serving import protocol

SHAPE = (28, 28)
IMAGES = np.random.default_rng(0).random((3, *SHAPE), np.float32)
HOSTILE = 1_900_000


def request(images=IMAGES, **changes):
    """A JSON request; `changes` go into its tensor."""
    tensor = {"name": "images", "datatype": "FP32", "shape": list(images.shape), "data": images.tolist()}
    return {"inputs": [{key: value for key, value in (tensor | changes).items() if value is not None}]}


def binary(images=IMAGES, size=None, tail=b"", **rest):
    """`(body, length of its JSON)` of a request by the binary extension."""
    content = images.astype("<f4").tobytes()
    parameters = {"binary_data_size": len(content) if size is None else size}
    head = json.dumps(request(images, data=None, parameters=parameters) | rest).encode()
    return head + content + tail, len(head)


def test_json_nested_or_flat_and_binary_are_read_alike():
    flat = request(data=IMAGES.ravel().tolist())
    for body, length in ((orjson.dumps(request()), None), (orjson.dumps(flat), None), binary()):
        asked = protocol.decode(body, length, SHAPE)
        assert np.array_equal(asked.images, IMAGES) and asked.images.dtype == np.float32
        assert asked.name is None and asked.binary is False


@pytest.mark.parametrize("shape", [(784,), (28, 28, 1), (2, 3, 4, 5)])
def test_any_shape_of_image(shape):
    images = np.random.default_rng(1).random((2, *shape), np.float32)
    asked = protocol.decode(orjson.dumps(request(images)), None, shape)
    assert np.array_equal(asked.images, images)


@pytest.mark.parametrize("rest, wanted", [
    ({}, False), ({"parameters": {"binary_data_output": True}}, True),
    ({"outputs": [{"name": "probabilities"}]}, False),
    ({"outputs": [{"name": "probabilities", "parameters": {"binary_data": True}}]}, True),
    ({"parameters": {"binary_data_output": True},
      "outputs": [{"name": "probabilities", "parameters": {"binary_data": False}}]}, False)])
def test_the_form_of_the_answer_is_the_callers_choice(rest, wanted):
    asked = protocol.decode(orjson.dumps(request() | rest | {"id": "7"}), None, SHAPE)
    assert asked.binary is wanted and asked.name == "7"
    made = np.random.default_rng(2).random((3, 10), np.float32)
    content, length = protocol.encode(made, asked, "mlp")
    answer = json.loads(content[:length])
    assert answer["model_name"] == "mlp" and answer["id"] == "7" and answer["outputs"][0]["shape"] == [3, 10]
    got = (np.frombuffer(content, "<f4", offset=length) if wanted
           else np.array(answer["outputs"][0]["data"], np.float32))
    assert np.array_equal(got.reshape(3, 10), made)


LINE = (255 * IMAGES[:1]).tolist()
WRONG = {
    "no JSON": (b"{inputs: [", None, 400, "not JSON"),
    "deep": (b"[" * 1_000, None, 400, "not JSON"),
    "NaN": (json.dumps(request(IMAGES[:1], data=[float("nan")] * 784)).encode(), None, 400, "not JSON"),
    "a list": (b"[]", None, 400, "JSON object"),
    "no inputs": (b"{}", None, 400, "one tensor called images"),
    "two inputs": ({"inputs": [1, 2]}, None, 400, "one tensor called images"),
    "another name": (request(name="x"), None, 400, "one tensor called images"),
    "another output": (request() | {"outputs": [{"name": "logits"}]}, None, 400, "one output"),
    "no shape": (request(shape=None), None, 400, "list of integers"),
    "true as shape": (request(shape=[True, 28, 28]), None, 400, "list of integers"),
    "another shape": (request(shape=[3, 784]), None, 400, "the model takes [n, 28, 28]"),
    "no image": (request(shape=[0, 28, 28], data=[]), None, 400, "n of at least 1"),
    "65 images": (request(shape=[65, 28, 28], data=[0.0]), None, 413, "at most 64"),
    "INT64": (request(datatype="INT64"), None, 400, "INT64"),
    "no data": (request(data=None), None, 400, "needs data"),
    "data is text": (request(data="0"), None, 400, "needs data"),
    "text as pixel": (request(IMAGES[:1], data=["0.5"] * 784), None, 400, "must hold numbers"),
    "true as pixel": (request(IMAGES[:1], data=[True] * 784), None, 400, "must hold numbers"),
    "null as pixel": (request(IMAGES[:1], data=[None] * 784), None, 400, "must hold numbers"),
    "a list as pixel": (request(IMAGES[:1], data=[0.5] * 783 + [[0.5]]), None, 400, "must hold numbers"),
    "too few": (request(data=[0.0] * 100), None, 400, "100 numbers"),
    "ragged": (request(IMAGES[:1], data=[[[0.0] * 28] * 27 + [[0.0] * 27]]), None, 400, "equal length"),
    "half nested": (request(IMAGES[:1], data=[[0.0] * 784]), None, 400, "equal length"),
    "nested too shallow": (request(IMAGES[:1], data=[[0.0] * 28]), None, 400, "nest"),
    "255": (request(IMAGES[:1], data=LINE), None, 400, "finite"),
    "1e300": (request(IMAGES[:1], data=[1e300] * 784), None, 400, "finite"),
    "id 7": (request() | {"id": 7}, None, 400, "id must be text"),
    "parameters are a list": (request(parameters=[1]), None, 400, "parameters must be"),
    "unclaimed bytes": (orjson.dumps(request()) + b"1234", len(orjson.dumps(request())), 400, "claims"),
    "binary cut short": (binary()[0][:-4], binary()[1], 400, "bytes follow"),
    "binary with more": (*binary(tail=b"1234"), 400, "bytes follow"),
    "binary size lies": (*binary(size=12), 400, "says 12"),
    "binary size is true": (*binary(size=True), 400, "says True"),
    "binary NaN": (*binary(np.full((1, *SHAPE), np.nan)), 400, "finite"),
    "length beyond the body": (binary()[0], 10 ** 6, 400, "the body holds"),
    "length of nothing": (binary()[0], 0, 400, "not JSON"),
    "lists without end": (b"[" + b"[]," * (HOSTILE // 3), None, 400, "more than 64 images"),
    "objects without end": (b'[' + b'{"a":1},' * (HOSTILE // 8), None, 400, "more than 64 images"),
    "numbers without end": (b"[" + b"1," * (HOSTILE // 2), None, 400, "more than 64 images"),
    "one long number": (b'{"inputs":0.' + b"1" * HOSTILE + b"}", None, 400, "one tensor"),
    "one long text": (b'{"inputs":"' + b"\\n" * (HOSTILE // 2) + b'"}', None, 400, "one tensor"),
}


@pytest.mark.parametrize("body, length, status, words", WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_in_one_sentence(body, length, status, words):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(protocol.RequestError) as refused:
        protocol.decode(body, length, SHAPE)
    assert refused.value.status == status and words in str(refused.value)
    assert len(str(refused.value)) < 250 and "\n" not in str(refused.value)


def test_any_cut_of_a_binary_request_is_refused():
    body, length = binary(IMAGES[:1])
    for place in [*range(0, length + 8), *range(length + 8, len(body), 97)]:
        with pytest.raises(protocol.RequestError):
            protocol.decode(body[:place], length, SHAPE)
    protocol.decode(body, length, SHAPE)
