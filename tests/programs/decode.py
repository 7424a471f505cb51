"""Decode model.lept in the current folder and save its outputs for images.npy as out.npy."""

import numpy as np

from lepton_helpers.coding import container

model = container.load("model.lept")
np.save("out.npy", model.predict(np.load("images.npy"), verbose=0))
