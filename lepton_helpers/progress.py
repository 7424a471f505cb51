"""Progress bars that leave nothing behind: tqdm, drawn in a notebook without a widget.

A saved widget is dead when the notebook is opened again ('model not found'); a plain HTML bar is
emptied when the work is done.
"""

import html
import io

from IPython import get_ipython
from IPython.display import HTML, display
from tqdm import tqdm

_TEXT = "{desc}: {n_fmt}/{total_fmt} [{elapsed}<{remaining}{postfix}]"


class _NotebookBar(tqdm):
    """tqdm whose line becomes an HTML `<progress>` element, updated in place."""

    def __init__(self, *args, **kwargs):
        self.place = None
        super().__init__(*args, **kwargs | {"file": io.StringIO()})  # tqdm writes line ends there

    def display(self, msg=None, pos=None):
        """Draw the bar, or nothing once it is closed (tqdm says so by an empty message)."""
        text = html.escape(self.format_meter(**self.format_dict | {"bar_format": _TEXT}))
        drawn = f'<progress value="{self.n}" max="{self.total or self.n or 1}"></progress> {text}'
        picture = HTML("" if msg == "" else drawn)
        if self.place is None:
            self.place = display(picture, display_id=True)
        else:
            self.place.update(picture)
        return True

    def clear(self, nolock=False):
        """Nothing to wipe: the element is replaced, not overwritten."""


def _in_a_notebook():
    return type(get_ipython()).__name__ == "ZMQInteractiveShell"


def bar(iterable=None, *, hidden=False, **kwargs):
    """`tqdm.tqdm(iterable, **kwargs)`, gone when it is done; `hidden` or TQDM_DISABLE=1 shows nothing."""
    kwargs = {"leave": False} | kwargs | ({"disable": True} if hidden else {})
    return (_NotebookBar if _in_a_notebook() else tqdm)(iterable, **kwargs)
