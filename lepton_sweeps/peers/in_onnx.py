"""ONNX Runtime: a float32 network as a call without arguments."""

import onnxruntime
import tf2onnx

from lepton_helpers.quiet import native_stderr, tf


def call(model, images, threads):
    """A call that runs the tf_keras `model` on a batch of images and returns its probabilities."""
    given = [tf.TensorSpec((None, *model.input_shape[1:]), tf.float32, name="images")]
    with native_stderr():
        proto, _ = tf2onnx.convert.from_keras(model, given, opset=17)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(proto.SerializeToString(), options)
    return lambda: session.run(None, {"images": images})[0]
