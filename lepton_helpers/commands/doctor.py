"""`lepton doctor`: can this machine run the notebooks? One line a check, exit code 1 if one fails."""

import argparse
import os
import platform
import shutil
import socket
import sys

import numpy as np

from lepton_helpers import data, models, paths, training


def _python():
    if not (3, 10) <= sys.version_info[:2] <= (3, 13):
        raise RuntimeError(f"Python {platform.python_version()} is not 3.10 to 3.13; install one of these")
    return f"{platform.python_version()} on {platform.machine()}, {os.cpu_count()} processors"


def _home():
    place = paths.home()
    paths.write_atomically(place / ".doctor", "written")
    (place / ".doctor").unlink()
    free = shutil.disk_usage(place).free / 1e9
    if free < 1:
        raise RuntimeError(f"{free:.1f} GB free where runs are written; make room for 1 GB")
    return f"writable, {free:.0f} GB free"


def _data():
    arrays = data.read_folder()
    return f"Fashion-MNIST whole: {len(arrays[0]):,} and {len(arrays[2]):,} images, their SHA-256 on record"


def _step():
    rng = np.random.default_rng(0)
    images, labels = rng.random((320, 28, 28), np.float32), np.arange(320) % 10
    images[np.arange(320), labels] = 2  # each class lights a row of its own
    history = training.fit(models.mlp(), images, labels, epochs=5, progress=False)
    if not history["loss"].iloc[-1] < history["loss"].iloc[0]:
        raise RuntimeError("five epochs did not lower the loss; is this TensorFlow sound?")
    return f"five epochs lower the loss from {history['loss'].iloc[0]:.2f} to {history['loss'].iloc[-1]:.2f}"


def _loopback():
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(5)
        with socket.create_connection(door.getsockname(), timeout=5) as caller:
            caller.sendall(b"here")
            with door.accept()[0] as answer:
                answer.settimeout(5)
                if answer.recv(4) != b"here":
                    raise RuntimeError("what was sent on 127.0.0.1 did not arrive")
    return "a port on 127.0.0.1 answers"


CHECKS = {"python": _python, "folder": _home, "data": _data, "training": _step, "loopback": _loopback}


def main(arguments=None):
    """Run every check, whatever the others say; returns the number that failed, 0 or more."""
    argparse.ArgumentParser("lepton doctor", description=__doc__).parse_args(arguments)
    failed = 0
    for name, check in CHECKS.items():
        try:
            print(f"ok      {name:10} {check()}")
        except (OSError, RuntimeError, ValueError, ImportError) as error:
            failed += 1
            print(f"failed  {name:10} {str(error).splitlines()[0]}")
    print("this machine can run the notebooks" if not failed else f"{failed} of {len(CHECKS)} checks failed")
    return min(failed, 1)
