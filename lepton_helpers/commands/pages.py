"""HTML pages of executed notebooks, and `reports/index.html`: they open from a disk and ask no network."""

import html
import os
import re
from pathlib import Path

import jinja2
import nbformat
from latex2mathml.converter import convert
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from lepton_helpers import paths

_TEMPLATES = Path(__file__).parent / "templates"


def formula(tex, display="inline"):
    """LaTeX as MathML, which browsers draw by themselves; what has no MathML stays LaTeX."""
    try:
        return convert(tex.replace("{aligned}", "{align*}"), display=display)  # the name that it knows
    except Exception:  # noqa: BLE001  one formula that the converter does not know must not cost a page
        return f"<code>{html.escape(tex)}</code>"


class _Renderer(IPythonRenderer):
    """Markdown as HTML with formulas drawn, and links that lead to pages in place of notebooks."""

    def __init__(self, source, page):
        super().__init__(escape=False)
        self.source, self.page = source, page

    def block_math(self, body):
        return formula(body, "block")

    def inline_math(self, body):
        return formula(body)

    def latex_environment(self, name, body):
        return formula(f"\\begin{{{name}}}{body}\\end{{{name}}}", "block")

    def link(self, text, url, title=None):
        if re.match(r"(solutions/|\.\./)?\d\d_\w+\.ipynb", url):
            url = url.replace(".ipynb", ".html")
        elif not re.match(r"\w+:|#|/", url):
            url = os.path.relpath(self.source.parent / url, self.page.parent).replace(os.sep, "/")
        return super().link(text, url, title)


def markdown(text, source, page):
    """Markdown of the notebook `source` as HTML of `page`: links start from one and end at the other."""
    return MarkdownWithMath(renderer=_Renderer(source, page)).render(text)


def write(notebook, source, page, failure=None):
    """Write the executed notebook of `source` as the HTML file `page`; a failure stands in red above it."""
    exporter = HTMLExporter(raw_template=(_TEMPLATES / "page.html.j2").read_text(encoding="utf-8"))
    exporter.register_filter("markdown2html", lambda text: markdown(text, source, page))
    # of code only: Pygments has escaped it, and to clean it again takes half of a page's time
    exporter.register_filter("clean_html", lambda code: code)
    stopped = failure is not None and failure.cell >= 0
    body, _ = exporter.from_notebook_node(notebook, {
        "metadata": {"name": source.stem}, "failure": failure,
        "anchor": notebook.cells[failure.cell].get("id") if stopped else None})
    paths.write_atomically(page, body)


def question(path):
    """The question on a notebook's first screen, "" if it cannot be read."""
    try:
        return re.search(r"\*\*Question\.\*\*\s*(.+)", nbformat.read(path, as_version=4).cells[0].source)[1]
    except Exception:  # noqa: BLE001  a broken notebook has its line on the index like any other
        return ""


def index(board, minutes, claims, failures):
    """Write `reports/index.html`: pages with question, minutes and failure; what did not hold; scores.

    board, minutes, claims, failures: the tables of `reports/`, DataFrames.
    """
    page, reports = paths.reports() / "index.html", paths.reports()
    notebooks = [{"name": path.stem, "page": (reports / f"{path.stem}.html").exists(),
                  "question": markdown(question(path), path, page)}
                 for path in sorted(paths.NOTEBOOKS.glob("[0-9]*.ipynb"))]
    by_name = {name: {row.notebook: row for row in table.fillna("").itertuples(index=False)}
               for name, table in (("minutes", minutes), ("failures", failures))}
    room = jinja2.Environment(loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True)
    paths.write_atomically(page, room.get_template("index.html.j2").render(
        notebooks=notebooks, claims=claims.to_dict("records"), picture=(reports / "pareto.png").exists(),
        board=board.to_html(index=False, border=0, na_rep=""), **by_name))
