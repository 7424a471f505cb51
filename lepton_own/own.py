"""`lepton own PATH`: your own data, checked, compressed and reported on, and a model to take away."""

import argparse
import signal
import sys
from pathlib import Path

from lepton_helpers import plots
from lepton_helpers.data import DataError
from lepton_own import pipeline, report, sources

REFUSED, UNMET, INTERRUPTED = 1, 3, 130


def asked(arguments=None):
    """The command line as a namespace; argparse ends the program with 2 where it makes no sense."""
    parser = argparse.ArgumentParser(
        prog="lepton own", description="Check an IDX folder, a CSV or a folder with one folder a class; "
        "train, prune, quantize and deep-compress a network on it beside its control; choose on validation, "
        "test once; write model.tflite, model.lept, model.json, run.py and report.html.",
        epilog="Exit code: 0 done; 1 the data or the folder were refused; 2 the command line makes no sense; "
        "3 done, but nothing meets the budget; 130 interrupted: the same command resumes.")
    parser.add_argument("path", metavar="PATH", type=Path, help="the folder or the CSV file")
    parser.add_argument("--label", metavar="COLUMN", help="the label column of a CSV; guessed if left out")
    budget = parser.add_mutually_exclusive_group()
    budget.add_argument("--bytes", metavar="N", type=int, help="the most accurate model of at most N bytes "
                        "to send: of the LiteRT file gzipped, or of the .lept file")
    budget.add_argument("--accuracy", metavar="A", type=float,
                        help="the smallest model of at least this accuracy on validation, 0.9 for 90%%")
    parser.add_argument("--out", metavar="FOLDER", type=Path, help="where to write; NAME_lepton if left out")
    parser.add_argument("--seeds", metavar="N", type=int, default=3, help="trainings of each; 3 by default")
    options = parser.parse_args(arguments)
    if options.seeds < 1 or (options.bytes is not None and options.bytes < 1):
        parser.error("--seeds and --bytes must be at least 1.")
    if options.accuracy is not None and not 0 < options.accuracy <= 1:
        parser.error(f"--accuracy {options.accuracy:g} must be a fraction of at most 1: 0.9 for 90%.")
    options.out = options.out or Path(f"{options.path.resolve().stem}_lepton")
    return options


def require_out(out, path):
    """Make the folder `out`; `DataError` where it lies among the data, is a file, cannot be written or holds
    somebody's own files under the names of ours."""
    if path.is_dir() and out.resolve().is_relative_to(path.resolve()):
        raise DataError(f"{out} lies within the data themselves; name another folder with --out.")
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / ".part").touch()
        (out / ".part").unlink(missing_ok=True)
        others = [name for name in report.NAMES if (out / name).exists()]
        ours = "run.py" in others and report.FIRST in (out / "run.py").read_text("utf-8", "replace")
    except OSError as error:
        raise DataError(f"nothing can be written into {out} ({error.strerror}); name another folder with "
                        "--out.") from error
    if others and not ours:
        raise DataError(f"{out} holds a {others[0]} that is not ours; name another folder with --out.")


def main(arguments=None):
    """Run the command; returns the exit code."""
    options, pressed = asked(arguments), []

    def stop(*_):
        pressed.append(True)
        raise KeyboardInterrupt

    plots.style()
    sys.stdout.reconfigure(errors="backslashreplace")  # a label may have letters that a console has not
    before = signal.signal(signal.SIGINT, stop)
    try:
        source = sources.read(options.path, options.label)
        require_out(options.out, options.path)
        for what, count, sentence in source.findings:
            print(f"{what:>18} {count:>7,}  {sentence}")
        run = pipeline.run(source, options.seeds, options.bytes, options.accuracy, lambda: bool(pressed))
        written = report.write(run, options.out)
    except (Exception, KeyboardInterrupt) as error:
        if not pressed and not isinstance(error, (DataError, OSError)):
            raise
        print("\n" * bool(pressed) + "lepton own: " + (
            "interrupted; what is finished is kept: the same command resumes." if pressed else str(error)
            if isinstance(error, DataError) else f"{error.filename or options.out} cannot be written "
            f"({error.strerror}); make room or name another folder with --out."), file=sys.stderr)
        return INTERRUPTED if pressed else REFUSED
    finally:
        signal.signal(signal.SIGINT, before)
    row, exam = run.choice.loc[run.chosen], run.exam.loc[run.chosen]
    print(f"\nchosen: {run.chosen}, {row['gzip_bytes']:,} bytes to send, {row['accuracy']:.1%} on "
          f"validation, {exam['accuracy']:.1%} on test (means over {options.seeds} seeds)\n        {run.why}")
    print(*(f"        {remark}" for remark in run.remarks), *written, sep="\n")
    return 0 if run.met else UNMET
