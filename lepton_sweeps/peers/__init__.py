"""Programs that `lepton bench` starts, one a way of training: only these may import the extra `[peers]`."""
