"""`lepton COMMAND ...`, the one door: run | lab | own | sweep | bench | serve | doctor."""

import importlib
import sys

COMMANDS = {
    "run": ("lepton_helpers.commands.run", "execute the notebooks, write pages, scoreboard and minutes"),
    "lab": ("lepton_helpers.commands.lab", "open JupyterLab on copies of the notebooks"),
    "own": ("lepton_own.own", "your own data through the whole pipeline, to a model and a one-page report"),
    "sweep": ("lepton_sweeps.sweep", "make the tables of data/results that take longer than a notebook may"),
    "bench": ("lepton_sweeps.bench", "measure our speed beside Keras, JAX, PyTorch and ONNX Runtime"),
    "serve": ("lepton_serving.server", "serve a LiteRT model on loopback"),
    "doctor": ("lepton_helpers.commands.doctor", "check that this machine can run the notebooks"),
}
USAGE = "\n".join(["usage: lepton COMMAND ...", "",
                   *(f"  {name:8} {what}" for name, (_, what) in COMMANDS.items()),
                   "", "`lepton COMMAND --help` tells each one's options."])


def main(arguments=None):
    """Hand the command line to the module behind its first word; returns the exit code."""
    name, *rest = (sys.argv[1:] if arguments is None else arguments) or ["--help"]
    if name in ("-h", "--help"):
        print(USAGE)
        return 0
    if name not in COMMANDS:
        print(f"lepton: there is no command {name!r}; there are {', '.join(COMMANDS)}.", file=sys.stderr)
        return 2
    # by name, not by import: `lepton --help` must not wait for TensorFlow
    return importlib.import_module(COMMANDS[name][0]).main(rest)


if __name__ == "__main__":
    sys.exit(main())
