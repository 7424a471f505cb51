"""The small data sets of the applications: files beside Fashion-MNIST, verified before they are used."""

from lepton_helpers import paths
from lepton_helpers.data.idx import DataError, check_digest

# of each folder's list of digests: what is changed together with its list is noticed too
SHA256SUMS = {
    "text": "339723dd18cd892c01c0630f3d8878b0699e2e2c70e7f491555a134b384c37fc",
    "trees": "9ce9bc026e3f056588603dbfc5f470f4c98eb3aaff492fd516578d750b0cd234",
    "speech": "8c470d8a1668d76f9ccb463fb70023dee3909f0c1aa1484356a25cd38c1ec423",
    "brain": "d1a0d504e10dd2dedbf3e0fa83ab661d6bc5c0e0621c1115a917bf99e677698f",
    "penguins": "c60dac44cf425a9fb90fe463b4417c6235514ff840c12daa01f8f5c150a77c3b",
}


def _verified(path, digest):
    if not path.is_file():
        raise DataError(f"{path.name} is missing from data/{path.parent.name}; restore it with git checkout.")
    raw = path.read_bytes()
    check_digest(raw, digest, f"{path.name} in data/{path.parent.name}")
    return raw


def shipped(folder, name):
    """The path of `data/FOLDER/NAME`, its bytes checked; `DataError` if they are not those on record."""
    if folder not in SHA256SUMS:
        raise DataError(f"there is no data set {folder!r}; there are {', '.join(SHA256SUMS)}.")
    listing = _verified(paths.DATA / folder / "SHA256SUMS", SHA256SUMS[folder]).decode()
    digests = {line[66:]: line[:64] for line in listing.splitlines()}
    if name not in digests:
        raise DataError(f"data/{folder} has no file {name!r}; it has {', '.join(digests)}.")
    _verified(paths.DATA / folder / name, digests[name])
    return paths.DATA / folder / name
