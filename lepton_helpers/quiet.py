"""Import TensorFlow, tf_keras and TF-MOT without the log noise.

`LEPTON_VERBOSE=1` in the environment switches all of it back on. Every module takes its
TensorFlow from here, so that one import order holds everywhere.
"""

import os
import warnings

from lepton_helpers.stderr import VERBOSE, native_stderr

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
