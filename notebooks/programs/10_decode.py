"""Read a .lept file, nothing else, and save what the network in it says of the test images."""

import sys

import numpy as np

from lepton_helpers import data
from lepton_helpers.coding import container
from lepton_helpers.deploy import litert

model = container.load(sys.argv[1])
np.save(sys.argv[2], litert.predict(model, data.load().test.images))
