"""The Open Inference Protocol v2: requests read, answers written, as JSON or as binary tensors.

The protocol is KServe's (https://github.com/kserve/open-inference-protocol), the binary form is Triton's
binary tensor data extension: JSON first, its length in a header, then the tensors' bytes, little-endian.
"""

import itertools
import math
from typing import NamedTuple

import numpy as np
import orjson

GIVEN, MADE = "images", "probabilities"  # names of the tensors
LENGTH = b"inference-header-content-length"
MAX_IMAGES = 64  # a request


class RequestError(Exception):
    """A request that is answered with an HTTP status and one sentence."""

    def __init__(self, status, sentence):
        super().__init__(sentence)
        self.status = status


class Asked(NamedTuple):
    """What a request wants: float32 images `(n, ...)`, its id or None, and how the answer travels."""

    images: np.ndarray
    name: object
    binary: bool


def _json(body, shape):
    """The JSON part as a dict; text that would take long to read is refused by a count of its marks."""
    rows, numbers = 2 * MAX_IMAGES * math.prod(shape[:-1]) + 64, MAX_IMAGES * math.prod(shape) + 64
    if body.count(b"[") + body.count(b"{") + body.count(b":") > rows or body.count(b",") > numbers:
        raise RequestError(400, f"the JSON holds more than {MAX_IMAGES} images can need: {rows:,} lists and "
                           f"objects, {numbers:,} numbers.")
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise RequestError(400, "the body is not JSON (or its header's length is wrong).") from None
    if not isinstance(said, dict):
        raise RequestError(400, "the body must be a JSON object with a list called inputs.")
    return said


def _parameters(part):
    """The parameters of a request, an input or an output: a dict."""
    found = part.get("parameters") or {}
    if not isinstance(found, dict):
        raise RequestError(400, "parameters must be an object.")
    return found


def _numbers(data, shape):
    """Numbers of JSON, nested as `shape` or flat, as a float32 array of `shape`."""
    if not isinstance(data, list) or not data:
        raise RequestError(400, f"{GIVEN} needs data: a list of numbers that is not empty.")
    for depth, length in enumerate(shape[1:], 1):
        if type(data[0]) is not list:
            if depth > 1:
                raise RequestError(400, f"data nests {depth} levels deep where shape has {len(shape)}.")
            break
        even = all(type(row) is list for row in data) and {*map(len, data)} == {length}
        if not even or len(data) != math.prod(shape[:depth]):
            raise RequestError(400, f"data does not nest as its shape {list(shape)} says; rows must have "
                               "equal length.")
        data = list(itertools.chain.from_iterable(data))
    if len(data) != math.prod(shape):
        raise RequestError(400, f"data holds {len(data):,} numbers, shape {list(shape)} asks for "
                           f"{math.prod(shape):,}.")
    if not {*map(type, data)} <= {float, int}:
        raise RequestError(400, "data must hold numbers; text, true and null are none.")
    with np.errstate(over="ignore"):  # infinities are refused with NaN
        return np.array(data, np.float32).reshape(shape)


def _shape(given, shape):
    """The shape that a request states, checked against `shape`, that of one image."""
    said = given.get("shape")
    if not isinstance(said, list) or not all(type(n) is int for n in said):
        raise RequestError(400, "shape must be a list of integers.")
    if len(said) != 1 + len(shape) or tuple(said[1:]) != tuple(shape) or said[0] < 1:
        raise RequestError(400, f"{GIVEN} has shape {said[:8]}, the model takes [n, "
                           f"{', '.join(map(str, shape))}] with n of at least 1.")
    if said[0] > MAX_IMAGES:
        raise RequestError(413, f"{said[0]:,} images in one request; at most {MAX_IMAGES} are taken.")
    return tuple(said)


def decode(body, length, shape):
    """Read a request. `length`: bytes of its JSON part, None if it is all; `shape`: of one image.

    Returns `Asked`; raises `RequestError` with what is wrong in one sentence.
    """
    if length is not None and not 0 <= length <= len(body):
        raise RequestError(400, f"{LENGTH.decode()} says {length}, the body holds {len(body):,} bytes.")
    said, tail = _json(body if length is None else body[:length], shape), len(body) - (length or len(body))
    inputs, outputs = said.get("inputs"), said.get("outputs", [])
    if (not isinstance(inputs, list) or len(inputs) != 1 or not isinstance(inputs[0], dict)
            or inputs[0].get("name") != GIVEN):
        raise RequestError(400, f"inputs must be a list of one tensor called {GIVEN}.")
    if not isinstance(outputs, list) or not all(isinstance(one, dict) and one.get("name") == MADE
                                                for one in outputs):
        raise RequestError(400, f"there is one output, {MADE}.")
    given, wanted = inputs[0], _shape(inputs[0], shape)
    if given.get("datatype") != "FP32":
        raise RequestError(400, f"{GIVEN} has datatype {str(given.get('datatype'))[:20]}; the model takes "
                           "FP32.")
    size = _parameters(given).get("binary_data_size")
    if size is None:
        if tail:
            raise RequestError(400, f"{tail:,} bytes follow the JSON, and no input claims them.")
        images = _numbers(given.get("data"), wanted)
    else:
        if not size == tail == 4 * math.prod(wanted):
            raise RequestError(400, f"binary_data_size says {str(size)[:20]}, {tail:,} bytes follow the "
                               f"JSON, shape {list(wanted)} asks for {4 * math.prod(wanted):,}.")
        images = np.frombuffer(body, "<f4", offset=length).reshape(wanted)
    if not (images.min() >= 0 and images.max() <= 1):  # a NaN is neither
        raise RequestError(400, "pixels must be finite and lie in [0, 1]; NaN and 255 are refused.")
    binary = _parameters(outputs[0]).get("binary_data") if outputs else None
    if binary is None:
        binary = _parameters(said).get("binary_data_output", False)
    name = said.get("id")
    if name is not None and not isinstance(name, str):
        raise RequestError(400, "id must be text.")
    return Asked(images, name, binary is True)


def encode(probabilities, asked, model):
    """The answer to `asked`: its bytes, and the length of its JSON part if binary data follow, else None."""
    probabilities = np.ascontiguousarray(probabilities, "<f4")
    made = {"name": MADE, "datatype": "FP32", "shape": probabilities.shape}
    answer = {"model_name": model, "outputs": [made]} | ({"id": asked.name} if asked.name else {})
    if not asked.binary:
        made["data"] = probabilities.ravel()
        return orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY), None
    made["parameters"] = {"binary_data_size": probabilities.nbytes}
    head = orjson.dumps(answer)
    return head + probabilities.tobytes(), len(head)


def metadata(model, shape, classes):
    """What `/v2/models/NAME` tells about a model."""
    return {"name": model, "versions": ["1"], "platform": "litert",
            "inputs": [{"name": GIVEN, "datatype": "FP32", "shape": [-1, *shape]}],
            "outputs": [{"name": MADE, "datatype": "FP32", "shape": [-1, classes]}]}
