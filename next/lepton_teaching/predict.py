"""A result is held back until its reader has said what it will be."""

import os

import ipywidgets
from IPython.display import Markdown, display

from lepton_helpers import exercises
from lepton_teaching import ledger


def attended():
    """Whether somebody sits before the notebook: a JupyterLab session, not a headless run."""
    return bool(os.environ.get("JPY_SESSION_NAME")) and not os.environ.get("LEPTON_UNATTENDED")


def first(question, choices, truth, show):
    """Ask `question`, and `show()` the result once one of `choices` was chosen; then say how it compares.

    truth: a function that returns the choice which the numbers say is right, called after the answer. A
    question that was answered before shows its result at once; a headless run shows it unasked. What was
    said goes into the ledger, on this machine alone.
    """
    before, key = ledger.latest("prediction", question), question
    display(Markdown(f"**Predict.** {question}"))
    if before or not attended():
        show()
        return _compare(before["said"] if before else None, truth())
    asked = ipywidgets.RadioButtons(options=list(choices), value=None)
    done, room = ipywidgets.Button(description="Show me", disabled=True), ipywidgets.Output()
    asked.observe(lambda change: setattr(done, "disabled", change["new"] is None), names="value")

    def reveal(_):
        done.disabled = asked.disabled = True
        with room:
            right = truth()
            ledger.write("prediction", key, said=asked.value, right=asked.value == right)
            show()
            _compare(asked.value, right)

    done.on_click(reveal)
    return display(ipywidgets.VBox([asked, done, room]))


def _compare(said, right):
    display(Markdown(f"It is: *{right}*." if said is None else f"You said *{said}*; it is: *{right}*."))


exercises.heard.append(ledger.solved)
