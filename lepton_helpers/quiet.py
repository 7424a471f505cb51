"""Import TensorFlow, tf_keras and TF-MOT without the log noise.

`LEPTON_VERBOSE=1` in the environment switches all of it back on. Every module takes its
TensorFlow from here, so that one import order holds everywhere.
"""

import contextlib
import os
import sys
import warnings

VERBOSE = os.environ.get("LEPTON_VERBOSE", "0") not in ("", "0")


@contextlib.contextmanager
def native_stderr():
    """Send file descriptor 2 to nowhere: C++ code writes there, past Python's `sys.stderr`."""
    if VERBOSE:
        yield
        return
    sys.stderr.flush()
    saved, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(null)


if not VERBOSE:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    warnings.filterwarnings("ignore", message=".*tf.lite.Interpreter is deprecated.*")
    warnings.filterwarnings("ignore", message="Statistics for quantized inputs.*")

with native_stderr():
    import tensorflow as tf
    import tensorflow_model_optimization as tfmot
    import tf_keras as keras

    # the public API wraps layers in this class but does not export it
    from tensorflow_model_optimization.python.core.sparsity.keras.pruning_wrapper import PruneLowMagnitude

if not VERBOSE:
    tf.get_logger().setLevel("ERROR")

__all__ = ["PruneLowMagnitude", "keras", "native_stderr", "tf", "tfmot"]
