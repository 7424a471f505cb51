"""Conversion to LiteRT, and inference."""
