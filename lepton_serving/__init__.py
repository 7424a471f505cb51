"""A model server by the Open Inference Protocol v2: `protocol`, `batcher`, `server`; no TensorFlow."""
