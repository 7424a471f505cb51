"""House style: one look for every figure and table, and the plots that notebooks share."""

import ipywidgets
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display
from sklearn.metrics import confusion_matrix

# Okabe and Ito's palette (2008), readable for colour-blind readers; one colour a technique
COLOURS = {"baseline": "#000000", "pruning": "#0072B2", "clustering": "#009E73",
           "quantization": "#D55E00", "combined": "#CC79A7", "distillation": "#E69F00",
           "preprocessing": "#56B4E9", "training": "#999999"}
MARKERS = {"baseline": "o", "pruning": "s", "clustering": "^", "quantization": "D",
           "combined": "P", "distillation": "v", "preprocessing": "X", "training": "h"}


def style():
    """Apply the house style to matplotlib, for the whole session."""
    mpl.rcParams.update({
        "figure.figsize": (7.2, 3.8), "figure.dpi": 100, "figure.constrained_layout.use": True,
        "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True,
        "axes.titlelocation": "left", "axes.titlesize": 11, "axes.titleweight": "bold",
        "axes.prop_cycle": mpl.cycler(color=list(COLOURS.values())),
        "grid.alpha": 0.25, "legend.frameon": False, "font.size": 10, "image.cmap": "gray_r",
    })


def family(technique):
    """The family, a key of `COLOURS`, of a technique's name such as 'pruned 90% + int8'."""
    text = technique.lower()
    found = [name for name, words in (
        ("pruning", ("prun", "2:4", "channel", "sparse", "deep compression", "optimized")),
        ("clustering", ("cluster", "centroid", "shar", "deep compression")),
        ("quantization", ("int8", "int16", "float16", "quant", "16x8", "qat", "dynamic", "optimized"))) if
        any(word in text for word in words)]
    if len(found) > 1:
        return "combined"
    if found:
        return found[0]
    return next((name for name in COLOURS if name[:7] in text), "baseline")


def table(frame, caption="", best=None, formats=None, uuid=None):
    """A small styled table; `best` maps a column to 'max' or 'min', whose best cell is marked.

    `formats` maps columns to format strings; the HTML id is fixed, so that reruns do not differ.
    """
    name = uuid or "".join(c for c in caption.lower() if c.isalnum())[:24] or "table"
    styled = frame.style.format(formats or {}, na_rep="").set_caption(caption).set_uuid(name)
    for column, way in (best or {}).items():
        values = frame[column].astype(float)
        top = values.max() if way == "max" else values.min()
        styled = styled.map(lambda v, top=top: "font-weight: bold; background: #dcefe6"
                            if v == top else "", subset=[column])
    return styled.set_table_styles([
        {"selector": "caption", "props": "caption-side: top; text-align: left; font-weight: bold"},
        {"selector": "td, th", "props": "text-align: right; padding: 2px 10px"}])


def images(pictures, titles=None, columns=10, title=""):
    """A grid of images `(n, height, width)`; returns the figure."""
    rows = -(-len(pictures) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(0.85 * columns, 1.05 * rows + 0.3), squeeze=False)
    for i, axis in enumerate(axes.flat):
        axis.axis("off")
        if i < len(pictures):
            axis.imshow(pictures[i], vmin=0, vmax=max(1e-9, float(np.max(pictures[i]))))
            if titles is not None:
                axis.set_title(str(titles[i]), fontsize=7, fontweight="normal", loc="center")
    figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
    return figure


def histories(runs, title="", column="val_accuracy", colours=None):
    """Curves of `column` by epoch for `{label: history DataFrame}`; returns the figure."""
    figure, axis = plt.subplots()
    for label, history in runs.items():
        axis.plot(history.index + 1, history[column], marker=".", label=label,
                  color=(colours or {}).get(label))
    axis.set(xlabel="epoch", ylabel=column.replace("_", " ").replace("val ", "validation "), title=title)
    axis.legend()
    return figure


def confusion(labels, guesses, names, title=""):
    """The confusion matrix in percent of each true class, the diagonal left pale; returns the figure."""
    matrix = 100 * confusion_matrix(labels, guesses, normalize="true")
    figure, axis = plt.subplots(figsize=(6, 5.2))
    axis.imshow(np.where(np.eye(len(names)), 0, matrix), cmap="Oranges", alpha=0.7)  # numbers stand on it
    for (i, j), value in np.ndenumerate(matrix):
        if value >= 0.5:
            axis.text(j, i, f"{value:.0f}", ha="center", va="center", fontsize=8,
                      fontweight="bold" if i == j else "normal")
    axis.set_xticks(range(len(names)), names, rotation=45, ha="right")
    axis.set_yticks(range(len(names)), names)
    axis.grid(False)
    axis.set(xlabel="predicted", ylabel="true", title=title)
    return figure


def front(board, size="gzip_bytes"):
    """The rows of `board` that none beats in accuracy and in bytes, the smallest first."""
    ordered = board.dropna(subset=["accuracy", size]).sort_values([size, "accuracy"], ascending=[True, False])
    return ordered[ordered["accuracy"] > ordered["accuracy"].cummax().shift(fill_value=-1)]


def pareto(board, title="Accuracy against file size", size="gzip_bytes", axis=None):
    """Accuracy against bytes (log axis) for score rows, the Pareto front drawn; returns the figure."""
    figure, axis = (axis.figure, axis) if axis else plt.subplots(figsize=(8, 4.6))
    rows = board.dropna(subset=["accuracy", size])
    rows = rows.assign(family=rows["technique"].map(family))
    for name, part in rows.groupby("family"):
        axis.scatter(part[size].astype(float) / 1e3, 100 * part["accuracy"].astype(float), s=42,
                     color=COLOURS[name], marker=MARKERS[name], label=name, alpha=0.8, zorder=3)
    best = front(rows, size)
    axis.step(best[size].astype(float) / 1e3, 100 * best["accuracy"].astype(float), where="post",
              color="#777777", lw=1, zorder=2)
    axis.set_xscale("log")
    axis.xaxis.set_major_formatter(mpl.ticker.FormatStrFormatter("%g"))
    axis.set(xlabel=f"{size.replace('_bytes', '')} size (kB, log scale)", ylabel="test accuracy (%)",
             title=title)
    axis.legend(loc="best", ncols=2, fontsize=8)
    return figure


def differences(table, title="", names=None, axis=None):
    """Differences to the control with their 95% intervals, one line a technique; returns the figure.

    table: of `controls.against`, whose rows with an empty `points` (the control) are the zero line.
    An interval that touches zero is drawn hollow: no difference that this run can show.
    """
    rows = table.dropna(subset=["points"])
    figure, axis = (axis.figure, axis) if axis else plt.subplots(figsize=(7.2, 0.9 + 0.34 * len(rows)))
    axis.axvline(0, color=COLOURS["baseline"], lw=1)
    for place, (name, row) in enumerate(rows.iterrows()):
        colour, kind = COLOURS[family(str(name))], MARKERS[family(str(name))]
        axis.plot([row["low"], row["high"]], [place, place], color=colour, lw=2)
        axis.plot(row["points"], place, kind, color=colour, mfc=colour if row["sign"] else "white", ms=7)
    axis.set_yticks(range(len(rows)), names or [str(name) for name in rows.index])
    axis.set(xlabel="accuracy against the control (percentage points, 95% interval)", title=title)
    axis.invert_yaxis()
    return figure


def show(alt, figure=None):
    """Show `figure`, the current one by default, with `alt`: what someone who cannot see it should know."""
    figure = figure or plt.gcf()
    display(figure, metadata={"image/png": {"alt": alt}})
    plt.close(figure)


def slider(draw, alt, **controls):
    """Show `draw(**values)`, a function that returns a figure, under controls that redraw it.

    alt: alternative text of the picture. controls: an ipywidgets control each, with a description, such
    as `ipywidgets.FloatSlider(...)`. The first picture is an ordinary output: a page without a kernel,
    or a headless run, shows it too.
    """
    def current():
        figure = draw(**{name: control.value for name, control in controls.items()})
        plt.close(figure)
        return figure

    note = ipywidgets.HTML("<small>in a notebook that was opened again, run this cell first</small>")
    display(ipywidgets.HBox([*controls.values(), note], layout=ipywidgets.Layout(flex_flow="row wrap")))
    picture = display(current(), display_id=True, metadata={"image/png": {"alt": alt}})
    for control in controls.values():
        control.observe(lambda change: picture.update(current(), metadata={"image/png": {"alt": alt}}),
                        names="value")
