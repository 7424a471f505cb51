"""Anybody's own data through the whole pipeline: read and checked, compressed, reported on one page."""
