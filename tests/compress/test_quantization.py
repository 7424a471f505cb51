"""Affine quantization and quantization-aware training."""

import numpy as np
import pytest

from lepton_helpers.compress import quantization
from lepton_helpers.deploy import litert
from lepton_helpers.evidence import scores


@pytest.mark.parametrize("bits", [2, 4, 8])
@pytest.mark.parametrize("low, high", [(-1.0, 3.0), (0.5, 2.0), (-4.0, -1.0), (0.0, 0.0)])
def test_affine_quantization_holds_zero_exactly_and_rounds_by_half_a_step(low, high, bits):
    scale, zero_point = quantization.affine_parameters(low, high, bits)
    least, most = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    assert least <= zero_point <= most
    values = np.append(np.linspace(min(low, 0), max(high, 0), 101), 0.0)
    whole = np.round(values / scale) + zero_point
    assert whole.min() >= least and whole.max() <= most and whole[-1] == zero_point  # zero is exact
    error = np.abs((whole - zero_point) * scale - values)
    assert error.max() <= scale * (1 + 1e-6)


def test_a_quantization_aware_model_needs_no_calibration(trained_mlp, few):
    aware, _ = quantization.quantization_aware(trained_mlp, few, epochs=1)
    lite = litert.convert(aware, "int8")
    detail = lite.interpreter().get_input_details()[0]
    assert detail["dtype"] == np.int8 and scores.accuracy(lite, few) > 0.7
