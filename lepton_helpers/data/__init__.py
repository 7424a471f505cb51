"""Data: IDX folders verified and read (`idx`), prepared and split (`prepare`); `records` writes shards;
`shipped` verifies the small data sets of the applications."""

from lepton_helpers.data.idx import (
    FASHION_MNIST,
    LABEL_NAMES,
    MNIST,
    SHA256,
    DataError,
    check,
    find,
    read_folder,
    read_idx,
)
from lepton_helpers.data.prepare import Dataset, Split, augment, clean, load, load_100k, normalize
from lepton_helpers.data.shipped import shipped

__all__ = ["FASHION_MNIST", "LABEL_NAMES", "MNIST", "SHA256", "DataError", "Dataset", "Split", "augment",
           "check", "clean", "find", "load", "load_100k", "normalize", "read_folder", "read_idx", "shipped"]
