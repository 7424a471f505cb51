"""A network as a file of a few kilobytes."""
