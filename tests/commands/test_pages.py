"""Pages ask no network, draw formulas, say what pictures show, and link to pages."""

import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from lepton_helpers import paths
from lepton_helpers.commands import pages

DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@pytest.fixture
def page():
    """The page of a notebook with formulas, pictures, links and a script."""
    picture = new_output("display_data", {"image/png": DOT},
                         metadata={"image/png": {"alt": 'a dot, "drawn" <small>'}})
    prose = (r"Mean $\bar{x} = \frac{1}{n}\sum_i x_i$, price \$5." "\n\n"
             r"$$\begin{aligned} a &= b \\ c &< d \end{aligned}$$" "\n\n"
             "[next](06_next.ipynb#part) [solutions](solutions/05_this.ipynb) [data](../data/README.md) "
             "[paper](https://example.org/a) [below](#end)\n\n```mermaid\ngraph LR\n a --> b\n```\n")
    shown = new_output("display_data", {"text/markdown": r"so $\sigma^2$ it is", "text/plain": ""})
    latex = new_output("display_data", {"text/latex": r"$$\int x$$", "text/plain": ""})
    cells = [new_markdown_cell(prose), new_code_cell("1", outputs=[picture, shown, latex])]
    path = paths.reports() / "05_this.html"
    pages.write(new_notebook(cells=cells), paths.NOTEBOOKS / "05_this.ipynb", path)
    return path.read_text()


def test_a_page_asks_no_network(page):
    loads = re.findall(r"<(?:script|link|img|iframe|source|object|embed)\b[^>]*", page)
    assert [tag for tag in loads if re.search(r"(src|href|data)=.?\s*(https?:)?//", tag)] == []
    assert not re.search(r"import\s*\(?\s*.https?:|@import|url\(.?(https?:)?//", page)
    assert "mathjax" not in page.lower() and "require.min" not in page


def test_formulas_are_drawn_by_the_browser_itself(page):
    assert page.count("<math") == 4 and page.count('display="block"') == 2
    assert "<mfrac>" in page and "<mtable" in page and r"\frac" not in page and "price $5" in page


def test_a_formula_that_the_converter_does_not_know_stays_latex():
    assert pages.formula(r"\begin{nothing} x") in (r"<code>\begin{nothing} x</code>",) or "<math" in (
        pages.formula(r"\begin{nothing} x"))
    assert pages.formula(r"\left( x < 1") == r"<code>\left( x &lt; 1</code>"


def test_pictures_keep_their_alternative_text(page):
    (image,) = re.findall(r'<img[^>]*src="data:image/png[^>]*>', page)
    assert 'alt="a dot, &quot;drawn&quot; &lt;small&gt;"' in image or (
        "alt='a dot, \"drawn\" &lt;small&gt;'" in image)


def test_links_lead_to_pages_and_files(page):
    links = re.findall(r'<a href="([^"]*)">(\w+)</a>', page)
    found = {text: link for link, text in links}
    assert found["next"] == "06_next.html#part" and found["solutions"] == "solutions/05_this.html"
    assert found["paper"] == "https://example.org/a" and found["below"] == "#end"
    assert (paths.reports() / found["data"]).resolve() == paths.NOTEBOOKS.parent / "data" / "README.md"


@pytest.mark.parametrize("path", sorted(paths.NOTEBOOKS.glob("[0-9]*.ipynb")), ids=lambda p: p.stem)
def test_every_formula_of_the_collection_can_be_drawn(path):
    text = "\n".join(cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == "markdown")
    html = pages.markdown(text, path, paths.reports() / "page.html")
    assert not re.search(r"<code>[^<]*\\(frac|sum|begin|text|left)", html)


def test_code_stays_text_on_the_page(tmp_path):
    code = "text = '<script>alert(1)</script>'  # </pre><img src=x onerror=alert(2)>"
    notebook = new_notebook(cells=[new_code_cell(code)])
    pages.write(notebook, paths.NOTEBOOKS / "05_this.ipynb", tmp_path / "a.html")
    page = (tmp_path / "a.html").read_text()
    assert "<script>alert" not in page and "<img src=x" not in page and "onerror" in page
