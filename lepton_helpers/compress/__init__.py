"""Smaller networks: pruning, clustering, quantization, distillation."""
