"""Writes notebooks/10_deep_compression.ipynb and its solutions, without outputs."""
import json, hashlib, sys
sys.path.insert(0, 'CHECKOUT')
OUT = 'CHECKOUT/notebooks/10_deep_compression.ipynb'
SOL = 'CHECKOUT/notebooks/solutions/10_deep_compression.ipynb'
cells = []
def cid(text):
    return hashlib.sha256(text.encode()).hexdigest()[:8]
def md(text):
    text = text.strip('\n')
    cells.append({"cell_type": "markdown", "id": cid('md' + text[:60]), "metadata": {}, "source": text.splitlines(keepends=True)})
def code(text, *tags):
    text = text.strip('\n')
    cells.append({"cell_type": "code", "execution_count": None, "id": cid('code' + text[:80] + str(tags)), "metadata": {"tags": list(tags)} if tags else {}, "outputs": [], "source": text.splitlines(keepends=True)})

md(r'''
# 10  Deep compression

**Question.** How small can a file be from which a network comes back bit for bit, and what is lost on the way?

**You need.** Pruning (05), quantization (07), distillation (08); what a logarithm is. The tables that took hours are read from `data/results/`; one of their rows is computed again here.

**Minutes.** About 2 on a quiet two-core machine.

*Deep Compression* (Han and others, 2016) prunes, shares and codes; on MNIST's digits it made LeNet-300-100 forty times smaller. You will ask of each weight what it brings *and what it costs to say where it is*, let the first layer see waves in place of pixels, write a real file of less than two kilobytes, read it in another process, damage it, and print it as a QR code. Every figure has its control beside it.

[← 09 combining](09_combining.ipynb) · [11 edge deployment →](11_edge_deployment.ipynb)
''')
code('''
from lepton_helpers import data, evidence, exercises, models, paths, plots
from lepton_compress import worth
from lepton_helpers.coding import container, transform
from lepton_helpers.deploy import litert
from lepton_helpers.evidence import scoreboard, scores
from lepton_sweeps import accounting, deep_compression
from lepton_teaching import predict
import inspect
import io
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path
import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import segno
import zxingcpp
from IPython.display import Code, Markdown, display
from PIL import Image
plots.style()
''', 'imports')
md('''
Constants to play with: the network that is trained below, on Fashion-MNIST.
''')
code('''
DENSITY = 0.024     # share of the MLP's weights that stay; try 0.01, 0.05
EPOCHS = (100, 40)  # while weights leave, then with few levels; try (20, 10)
SEED = 0            # 0, 1 and 2 are in the table
''', 'constants')
md('''
Three numbers belong together: bytes of the file, accuracy, and the accuracy of the same network uncompressed. Two uncompressed ones stand beside every file: the network by its best plain recipe (03), and the *control*: this notebook's own long recipe, with teachers, from which nothing was removed. Who compares with the first alone takes the teachers' merit for compression's.
''')
code('''
train, validation, test = data.load()
table = pd.read_csv(paths.RESULTS / "deep_compression.csv")
mlp = models.mlp()
whole = 4 * mlp.count_params()
display(Markdown(f"The MLP as float32: **{whole:,} bytes**. In the table: {len(table)} files of "
                 f"{table['file_bytes'].min():,} to {table['file_bytes'].max():,} bytes."))
''', 'setup')
md(r'''
## What does a weight cost?

Say that of $n$ places a share $p$ holds a weight. If nothing else is known, each place costs the entropy

$$H(p) = -p \log_2 p - (1-p) \log_2 (1-p)$$

bits, so a weight costs $H(p)/p$ bits for its place alone, beside one for its sign and about one and a half for its size. Predict before you run: at two weights in a hundred, what is the larger part, where a weight is or what it is?
''')
code('''
# NBVAL_CHECK_OUTPUT
def entropy_bits(p):
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return -p * np.log2(p) - (1 - p) * np.log2(1 - p)


for share in (0.3, 0.1, 0.02, 0.005):
    print(f"density {share:5.1%}: {entropy_bits(share) / share:5.2f} bits to say where a weight is")
''')
md(r'''
Where it is costs most. But something else *is* known: some inputs are read by many units, and some units read many inputs. Write the kernel as a matrix, count its rows and columns, and add up what they say, as independent evidence adds up: in log-odds.

$$\operatorname{logit} p_{ij} = \operatorname{logit} p_{i\cdot} + \operatorname{logit} p_{\cdot j} - \operatorname{logit} p_{\cdot\cdot}$$

A place in a busy row and a busy column is cheap. So a weight should be judged by two things: what the loss gains by it, and what its place costs. *Optimal Brain Damage* (1990) has the first: about $w^2/2$ times the loss' curvature. Adam keeps a running mean $v$ of the squared gradient, which serves for it. Together, with an exponent that says how much bits count:

$$s_{ij} = \frac{w_{ij}^2\, v_{ij}}{b_{ij}^{\,\gamma}}$$
''')
code('''
source = "\\n\\n".join(map(inspect.getsource, (worth.place_bits, worth.worth)))
display(Code(source, language="python"))
''')
md('''
Weights leave from the first epochs on, the lowest scores of all layers first; and while they are there, each pays for its place in the loss too. Rows that few use become dear, and empty out.

## Waves in place of pixels

What should a row be? A photograph is smooth, and so are the kernels that read it: neighbouring pixels say nearly the same. The discrete cosine transform (1974) asks instead how much of each *wave* is in the picture. Move the slider: how many of the 784 waves does an image need before you know it, and how many pixels?
''')
code('''
waves = transform.cosines(28) / 2 ** 14
slow = np.add.outer(np.arange(28), np.arange(28)).ravel().argsort(kind="stable")
brightest = np.argsort(-train.images[:5000].mean(axis=0).ravel(), kind="stable")


def seen(kept=60, image=7):
    picture = test.images[image]
    found = (waves @ picture @ waves.T).ravel()
    few, pixels = np.zeros(784), np.zeros(784)
    few[slow[:kept]], pixels[brightest[:kept]] = found[slow[:kept]], picture.ravel()[brightest[:kept]]
    figure, axes = plt.subplots(1, 3, figsize=(8, 2.8))
    shown = picture, waves.T @ few.reshape(28, 28) @ waves, pixels.reshape(28, 28)
    titles = "all of it", f"{kept} slow waves", f"{kept} of the brightest pixels"
    for axis, part, title in zip(axes, shown, titles, strict=True):
        axis.imshow(part, vmin=0, vmax=1)
        axis.set_title(title, fontsize=10)
        axis.axis("off")
    return figure


plots.slider(seen, "An image, what its slowest waves keep of it, and what as many pixels keep of it",
             kept=ipywidgets.IntSlider(value=60, min=5, max=784, step=5, description="how many"),
             image=ipywidgets.IntSlider(value=7, max=50, description="image"))
''')
md('''
The picture belongs to the network's first layer: it multiplies each wave by a weight in place of each pixel. In the file lie levels over waves; the reader turns them into a kernel over pixels by sums of *integers*, so that every machine gets the same bits. Nothing changes for whoever uses the network.

How much of the images lies in how few of each?
''')
code('''
spectrum = np.square(waves @ train.images[:3000] @ waves.T).mean(axis=0).ravel()
energy = np.square(train.images[:3000]).mean(axis=0).ravel()
figure, axis = plt.subplots(figsize=(6.4, 2.8))
for shares, label, colour in ((spectrum, "waves", "combined"), (energy, "pixels", "baseline")):
    axis.plot(100 * np.cumsum(np.sort(shares)[::-1]) / shares.sum(), label=label, color=plots.COLOURS[colour])
half = {name: int((np.cumsum(np.sort(shares)[::-1]) < 0.9 * shares.sum()).sum()) + 1
        for name, shares in (("waves", spectrum), ("pixels", energy))}
axis.set(xlabel="the strongest so many", ylabel="% of the images' energy", title="Energy in few of them")
axis.legend()
plots.show("Share of the images' energy in the strongest waves and in the strongest pixels")
evidence.claim(f"Nine tenths of the energy lie in {half['waves']} waves; pixels take {half['pixels']}.",
               half["waves"] < half["pixels"], "On these images waves are not fewer than pixels.");
''')
md('''
## The recipe, live

From random weights: the labels and three teachers speak (08); weights leave as above; then the places are fixed and each layer learns the *step* of its eleven levels (07). No hidden unit has a bias: they were 128 numbers that nobody missed. This is the long cell of the notebook.
''')
code('''
how = deep_compression.SHORT | {"epochs": EPOCHS}
small = deep_compression.compressed("fashion", "mlp", DENSITY, SEED, **how)
content, live = container.encode(small), deep_compression.accuracies(small, "fashion")
stored = table[(table["data"] == "fashion") & (table["model"] == "mlp") & (table["seed"] == SEED)
               & (table["density"] == DENSITY) & (table["recipe"] == deep_compression.recipe_text(how))]
assert len(content) < whole / 20 and live["validation_accuracy"] > 0.5, "it has learned, and it is small"
beside = "The table has no row of these constants." if stored.empty else (
    f"The stored row says {stored['test_accuracy'].iloc[0]:.4f} at {stored['file_bytes'].iloc[0]:,} bytes.")
display(Markdown(f"**{len(content):,} bytes**, {whole / len(content):.0f} times smaller; test accuracy "
                 f"{live['test_accuracy']:.4f}. {beside}"))
''')
md('''
Which waves are read, by how many units, and which levels do they hold?
''')
code('''
codes = container.coded(small)[1]
levels, last = codes[0][0], codes[2][0]
figure, axes = plt.subplots(1, 3, figsize=(9.4, 2.9))
shown = axes[0].imshow(np.count_nonzero(levels, axis=(2, 3)), cmap="viridis")
axes[0].set(title="units that read each wave", xlabel="faster across", ylabel="faster down")
figure.colorbar(shown, ax=axes[0], fraction=0.046)
axes[1].spy(levels.reshape(784, -1)[slow][:200], markersize=1.2, aspect="auto")
axes[1].set(title="the kernel as coded, slow waves first", xlabel="unit", ylabel="wave")
for kernel, label, shift in ((levels, "hidden", -0.2), (last, "output", 0.2)):
    values, counts = np.unique(kernel[kernel != 0], return_counts=True)
    axes[2].bar(values + shift, counts / counts.sum(), 0.4, label=label)
axes[2].set(title="levels", xlabel="level times the layer's step", ylabel="share")
axes[2].legend()
for axis in axes:
    axis.grid(False)
plots.show("How many units read each wave; where the kernel's weights are; shares of levels in both layers")
''')
md('''
The kernel is mostly its upper left corner. What do single units look like: their levels over waves, and what these are over pixels? And what does each place cost?
''')
code('''
kernel = small.get_weights()[0].reshape(28, 28, -1)
busy = np.argsort(-np.count_nonzero(levels[:, :, 0], axis=(0, 1)))[[0, 10, 30]]
figure, axes = plt.subplots(2, 4, figsize=(9.4, 4.6), width_ratios=(1, 1, 1, 1.6))
for column, unit in enumerate(busy):
    for row, picture in enumerate((levels[:14, :14, 0, unit], kernel[:, :, unit])):
        most = np.abs(picture).max()
        axes[row, column].imshow(picture, cmap="RdBu", vmin=-most, vmax=most)
    axes[0, column].set_title(f"{np.count_nonzero(levels[:, :, 0, unit])} waves", fontsize=10)
    axes[1, column].set_title("over pixels", fontsize=10)
grid = axes[0, 3].get_gridspec()
for axis in axes[:, 3]:
    axis.remove()
axes = [*axes[:, :3].ravel(), figure.add_subplot(grid[:, 3])]
bits = worth.place_bits((levels != 0).reshape(784, -1).astype(np.float32))
shown = axes[-1].imshow(bits[slow][:120], aspect="auto", cmap="magma")
axes[-1].set(title="bits of a weight, by place", xlabel="unit", ylabel="wave, slow ones first")
figure.colorbar(shown, ax=axes[-1])
for axis in axes:
    axis.grid(False)
plots.show("Three hidden units: levels over waves, kernels over pixels; and what each place costs")
''')
md('''
Units stand in an order: sorted by their first levels. What a network computes does not depend on the order of its units, so the coder may choose it, and an order that both sides know need not be told: with $h$ units it is worth up to $\\log_2 h!$ bits.

## The coder

It walks through the matrix and says, cell by cell, whether a weight is there. The odds come from the margins *so far*, so no table is stored: writer and reader count alike. A range coder turns odds into bytes. How good is that on these very levels, against other coders?
''')
code('''
parts, others = accounting.parts(small), accounting.coders(small)
coders = pd.Series({
    "float32 weights": whole, "xz of the .tflite": accounting.sizes(small)["xz_tflite_bytes"],
    "Deep Compression's accounting (no file)": accounting.sizes(small)["deep_compression_bytes"],
    "Huffman of gaps and levels": others["huffman_bytes"],
    "one adaptive context a kernel": others["adaptive_bytes"], "margins: the file": len(content)})
plots.table(pd.DataFrame({"bytes": coders, "times smaller": whole / coders}).rename_axis("the same network"),
            "Coders on the same levels", formats={"bytes": "{:,.0f}", "times smaller": "{:.0f}"},
            best={"bytes": "min"})
''')
md('''
Deep Compression's accounting counts indices, values and codebook, but is no file: no header, no architecture, no checksum, and the zeros that its gaps need. *Huffman of gaps and levels* has this file's header and these levels, and Huffman's code in place of the walk.

And the file's own bytes: what are they spent on?
''')
code('''
names = {"header": "mark, checksums", "architecture": "architecture", "codebooks": "steps",
         "row": "living rows", "unit": "living units", "tie": "as the unit before", "used": "where",
         "sign": "sign", "size": "size"}
spent = {"where they are": sum(parts[part] for part in ("row", "unit", "tie", "used")),
         "signs and sizes": parts["sign"] + parts["size"]}
spent["the rest"] = sum(parts.values()) - sum(spent.values())


def bar():
    figure, axis = plt.subplots(figsize=(8.4, 1.9))
    left = 0
    for place, (part, size) in enumerate(parts.items()):
        axis.barh([0], [size], left=left, color=plt.cm.tab10(place), label=f"{names[part]}: {size:,.0f}")
        left += size
    axis.set(yticks=[], xlabel="bytes", xlim=(0, left))
    axis.legend(ncols=5, loc="upper center", bbox_to_anchor=(0.5, 1.75), fontsize=8)
    plots.show("One bar: the bytes of the file by what they say, from checksums to the sizes of the weights")


predict.first("What takes most of the file: where the weights are, their signs and sizes, or the rest?",
              ("where they are", "signs and sizes", "the rest"), lambda: max(spent, key=spent.get), bar)
''')
md('''
And what is the order worth? The same network with its units in random orders:
''')
code('''
def shuffled(rng):
    """The network with its hidden units in another order: the same answers."""
    first, bias, second, end = small.get_weights()
    order, other = rng.permutation(len(bias)), models.mlp()
    other.set_weights([first[:, order], bias[order], second[order], end])
    return other


sizes = [len(container.encode(shuffled(np.random.default_rng(n)))) for n in range(5)]
living = int(levels.any(axis=(0, 1, 2)).sum())
most = np.log2(np.arange(1, living + 1)).sum() / 8
saved = np.mean(sizes) - len(content)
least, greatest = min(sizes) - len(content), max(sizes) - len(content)
evidence.claim(f"The order saves {saved:.0f} bytes of {np.mean(sizes):,.0f} ({least} to {greatest} over five "
               f"shuffles); an order of {living} living units says {most:.0f} bytes at most.", least > 0,
               "Here the order saves nothing.");
''')
md('''
## Another process reads it

Nothing but the file travels. The other side rebuilds the network and answers the whole test set; every probability must be equal bit for bit.
''')
code('''
PROGRAM = paths.NOTEBOOKS / "programs" / "10_decode.py"
display(Code(filename=str(PROGRAM)))
with tempfile.TemporaryDirectory() as folder:
    path, answers = container.save(small, Path(folder) / "small.lept"), Path(folder) / "answers.npy"
    subprocess.run([sys.executable, PROGRAM, path, answers], check=True, capture_output=True, timeout=300)
    theirs = np.load(answers)
assert np.array_equal(theirs, litert.predict(small, test.images)), "decoded outputs differ"
display(Markdown(f"{theirs.size:,} probabilities, all equal bit for bit, from {len(content):,} bytes."))
''')
md('''
## A damaged or forged file is refused

One byte changed, at each place in turn; cut short; continued; from a version to come; and a lie behind a checksum that is true: a layer of four billion weights in thirty bytes. Reading executes nothing, layers come from a fixed table, and time and memory are bounded by the file's length. In the end the decoded weights must have the digest that was written with them.
''')
code('''
def refused(damaged):
    try:
        container.decode(damaged)
    except container.CodingError as error:
        return str(error)


def sealed(body):
    return content[:5] + zlib.crc32(body).to_bytes(4, "little") + body


places = range(0, len(content), 1 + len(content) // 1500)
changed = [refused(content[:i] + bytes([content[i] ^ 1]) + content[i + 1:]) for i in places]
assert all(changed), "a changed byte went unnoticed"
body = content[9:]
lies = {"a byte changed": changed[-1], "cut short": refused(content[:-1]),
        "continued": refused(content + b"\\0"),
        "a later version": refused(content[:4] + b"\\x09" + content[5:]),
        "a bomb": refused(sealed(body[:4] + b"\\x01\\xff\\xff\\x7f\\x01\\x03\\x00\\xff\\xff\\x7f" + bytes(20))),
        "symbols changed, checksum true": refused(sealed(body[:-9] + bytes([body[-9] ^ 4]) + body[-8:]))}
assert all(lies.values())
plots.table(pd.Series(lies, name="refused, because").to_frame(), f"And {len(changed):,} single-byte changes",
            ).set_properties(**{"text-align": "left", "white-space": "normal"})
''')
md('''
## A network on paper

A QR code holds 2,953 bytes. Here is the whole classifier: print it, hang it on the wall, and whoever photographs it has the network. The picture is read back by a library that knows nothing of it.
''')
code('''
if len(content) <= 2953:
    room = io.BytesIO()
    code = segno.make(content, error="l", boost_error=False)
    code.save(room, kind="png", scale=3, border=4)
    picture = Image.open(room)
    read, = zxingcpp.read_barcodes(picture)
    assert read.bytes == content, "the picture holds other bytes"
    figure, axis = plt.subplots(figsize=(4.6, 4.6))
    axis.imshow(picture, cmap="gray", interpolation="nearest")
    axis.axis("off")
    plots.show(f"A QR code that holds the {len(content):,} bytes of the network")
    again = container.decode(read.bytes)
    display(Markdown(f"Version {code.version}, {len(read.bytes):,} bytes read back, all equal; from the "
                     f"picture: test accuracy {scores.accuracy(again, test):.4f}."))
else:
    display(Markdown(f"{len(content):,} bytes do not fit a QR code: lower `DENSITY`."))
''')
md('''
`lepton compress MODEL.keras DATA --bytes 2900` makes such a file of a network of your own, taught by that network; of a `.lept` file it writes the LiteRT model.

## The marks

Eight budgets in bytes, on the published data and on clothes. For each, recipe and density are those with the best *validation* accuracy among the scanned files that fit (`lepton sweep scan`); then three seeds, tested once (`lepton sweep deep_compression`). Intervals are over seeds.
''')
code('''
def over_seeds(part):
    """Mean over seeds of test accuracy, and of its difference to reference and control, in points."""
    row = {"bytes": part["file_bytes"].mean(), "times smaller": part["ratio_file"].mean(),
           "test": part["test_accuracy"].mean()}
    for name in ("reference", "control"):
        gap = 100 * (part["test_accuracy"] - part[f"{name}_test_accuracy"])
        row[f"points, {name}"] = gap.mean()
        row[f"± {name}"] = 4.303 * gap.std() / np.sqrt(len(gap))  # Student's t for three seeds
    return pd.Series(row)


marks = table.groupby(["data", "model", "budget"]).apply(over_seeds, include_groups=False)
two = {name: "{:+.2f}" for name in marks if name.startswith("points")} | {
    name: "{:.2f}" for name in marks if name.startswith("±")}
plots.table(marks, "Mean of three seeds, test split; ±: half of a 95% interval",
            formats={"bytes": "{:,.0f}", "times smaller": "{:.0f}", "test": "{:.4f}"} | two)
''')
code('''
for (of, name, budget), row in marks.iterrows():
    gap, half = row["points, reference"], row["± reference"]
    evidence.claim(f"{of}, {name}, {budget:,} bytes: not shown to be below its reference by more than 0.1 "
                   f"points ({gap:+.2f} ± {half:.2f}).", gap - half > -0.1,
                   f"{of}, {name}, {budget:,} bytes: {gap:+.2f} ± {half:.2f} points against its "
                   "reference; the interval reaches below -0.1.")
''')
md('''
The reference of the smallest MLP is the article's recipe as written; of all others it is the best plain recipe.

Now the published records, all on the digits. They do not count alike: *weights* leaves out where the weights are, *codes* counts what a program would have to be given beside, *shared* trusts writer and reader with one generator of random numbers and hashes the layers. Ours is the file.
''')
code('''
PUBLISHED = pd.DataFrame([
    ("Deep Compression 2016", "codes", 27_000, 1.58, 44_000, 0.74),
    ("network surgery 2016", "codes", 19_000, 1.99, 16_000, 0.91),
    ("soft weight-sharing 2017", "codes", 16_700, 1.94, 10_600, 0.97),
    ("variational dropout 2017", "weights", 15_700, 1.92, 6_160, 0.75),
    ("Bayesian compression 2017", "codes", np.nan, np.nan, 2_240, 1.0),
    ("Weightless 2018", "codes", np.nan, np.nan, 4_520, 1.0),
    ("MIRACLE 2019", "shared", np.nan, np.nan, 3_030, 0.69),
    ("MIRACLE 2019, small", "shared", np.nan, np.nan, 1_520, 0.96),
    ("entropy-penalized 2020", "codes", 8_560, 1.9, 2_840, 1.0)],
    columns=["method", "counts", "lenet_300_100", "error 300", "lenet_5", "error 5"])
figure, axes = plt.subplots(1, 2, figsize=(9.6, 3.8))
for axis, (name, error) in zip(axes, (("lenet_300_100", "error 300"), ("lenet_5", "error 5")), strict=True):
    known, ours = PUBLISHED.dropna(subset=[name]), table.query("data == 'digits' and model == @name")
    axis.scatter(known[name], known[error], marker="s", color="#777777", label="published")
    for place, (_, row) in enumerate(known.iterrows()):
        axis.annotate(f"{row['method']} ({row['counts']})", (row[name], row[error]), fontsize=6.5,
                      xytext=(4, (3, -8)[place % 2]), textcoords="offset points")
    axis.scatter(ours["file_bytes"], 100 * (1 - ours["test_accuracy"]), color=plots.COLOURS["combined"],
                 label="ours, the real file, three seeds")
    axis.set(xscale="log", xlim=(1_000, 200_000), title=name, xlabel="bytes", ylabel="test error (%)")
    axis.set_xticks([1e3, 3e3, 1e4, 3e4, 1e5], ["1,000", "3,000", "10,000", "30,000", "100,000"])
    axis.minorticks_off()
    axis.legend(fontsize=7)
plots.show("Test error against bytes on the digits: published results and our files, for both LeNets")
''')
md('''
Lower and further left is better. Decode what is stored, and ask it:
''')
code('''
rows = []
for (of, name, budget), part in table.groupby(["data", "model", "budget"]):
    path = deep_compression.file(of, name, budget, 0)
    model, row = container.load(path), part[part["seed"] == 0].iloc[0]
    rows.append({"file": path.name, "bytes": path.stat().st_size, "stored accuracy": row["test_accuracy"],
                 "decoded now": scores.accuracy(model, deep_compression.splits(of)[2])})
decoded = pd.DataFrame(rows).set_index("file")
if len(test.labels) == 10_000:  # of fewer images another share may be right
    assert (decoded["decoded now"] - decoded["stored accuracy"]).abs().max() < 0.002
plots.table(decoded, "Seed 0 of each budget", formats={"bytes": "{:,}", "stored accuracy": "{:.4f}",
                                                       "decoded now": "{:.4f}"})
''')
md('''
## The ladder: one factor at a time

The MLP with as many weights and epochs in every row; each adds one factor to the row above (`lepton sweep ladder`).
''')
code('''
everything = pd.read_csv(paths.RESULTS / "ladder.csv")
ladder = everything[~everything["step"].isin(deep_compression.VIEWED)]
by_seed = ladder.pivot(index="seed", columns="step", values=["test_accuracy", "file_bytes"])
steps = list(ladder["step"].unique())
rungs = ladder.groupby("step", sort=False)[["test_accuracy", "nonzeros", "file_bytes"]].mean()
for column, scale, unit in (("test_accuracy", 100, "points"), ("file_bytes", 1, "bytes")):
    gains = [(np.nan,) * 3] + [evidence.mean_interval(scale * (by_seed[column, b] - by_seed[column, a]))
                               for a, b in zip(steps, steps[1:], strict=False)]
    rungs[unit], rungs[f"{unit}, low"], rungs[f"{unit}, high"] = np.transpose(gains)
form = {"test_accuracy": "{:.4f}", "nonzeros": "{:,.0f}", "file_bytes": "{:,.0f}"} | {
    f"points{end}": "{:+.2f}" for end in ("", ", low", ", high")} | {
    f"bytes{end}": "{:+,.0f}" for end in ("", ", low", ", high")}
saving = {name: rungs.loc[f"+ {name}", "bytes"]
          for name in ("waves", "places priced in the score", "places priced in the loss")}
predict.first("Which step makes the file smaller by most bytes, beside the row above it?",
              ("waves", "places priced in the score", "places priced in the loss"), lambda: min(
                  saving, key=saving.get), lambda: plots.table(
                  rungs, "Mean of three seeds; what a step changed, 95% intervals over seeds", formats=form))
''')
code('''
figure, axis = plt.subplots(figsize=(7.6, 3.4))
axis.plot(rungs["file_bytes"], 100 * rungs["test_accuracy"], "o-", color=plots.COLOURS["combined"])
for place, (name, row) in enumerate(rungs.iterrows()):
    axis.annotate(name, (row["file_bytes"], 100 * row["test_accuracy"]), fontsize=8,
                  xytext=(7, -3 - 9 * (place % 2)), textcoords="offset points")
axis.set(xlabel="bytes", ylabel="test accuracy (%)", title="Up is better, left is smaller")
axis.margins(x=0.25)
plots.show("Test accuracy against bytes for the steps of the ladder, one factor after another")
helped = (rungs["points, low"] > 0) | (rungs["bytes, high"] < 0)
idle = ", ".join(rungs.index[1:][~helped[1:]]) or "none"
display(Markdown("Beyond its interval, in accuracy or in bytes: "
                 f"{', '.join(rungs.index[helped]) or 'no step'}. Not shown to help: {idle}."))
plain_, viewed = (everything[everything["step"] == step].set_index("seed")
                  for step in deep_compression.VIEWED)
gain, low, high = evidence.mean_interval(100 * (viewed["test_accuracy"] - plain_["test_accuracy"]))
span = f"{gain:+.2f} points ({low:+.2f} to {high:+.2f})"
evidence.claim(f"Teachers of eight views of each digit, not one, bring LeNet-300-100 {span} at "
               "as many weights.", low > 0, f"Eight views of each digit are not shown to help: {span}.")
''')
md('''
## The front, by validation

Which network, at which density, for a budget? Every file that was scanned on Fashion-MNIST, one seed each, and the dense references. Whoever chooses by this picture chooses by the validation split. Move the budget.
''')
code('''
scan = pd.read_csv(paths.RESULTS / "density_scan.csv").query("data == 'fashion' and seed == 0")
plain = pd.read_csv(paths.RESULTS / "references.csv").query("recipe == 'reference'").groupby("model")
plain = plain["validation_accuracy"].mean()
NAMED = "{model} at {density:.1%}: {validation_accuracy:.4f} in {file_bytes:,} bytes"
SHADES = {"mlp": "combined", "lenet_300_100": "pruning", "lenet_5": "distillation"}
''')
code('''
def budget(kilobytes=5.0):
    figure, axis = plt.subplots(figsize=(8.4, 4.4))
    for name, part in scan.groupby("model"):
        colour, size = plots.COLOURS[SHADES[name]], 4 * models.BY_NAME[name]().count_params()
        label = f"{name}; dashed: dense, {size:,} bytes"
        axis.semilogx(part["file_bytes"], 100 * part["validation_accuracy"], "o", color=colour, label=label)
        axis.axhline(100 * plain[name], ls="--", lw=1, color=colour)
        for _, row in part.iterrows():
            axis.annotate(f"{row['density']:.1%}", (row["file_bytes"], 100 * row["validation_accuracy"]),
                          fontsize=7, xytext=(3, 4), textcoords="offset points")
    axis.axvline(1e3 * kilobytes, color="black", lw=1)
    axis.minorticks_off()
    fits = scan[scan["file_bytes"] <= 1e3 * kilobytes]
    axis.set_title("Nothing fits" if fits.empty else NAMED.format(
        **fits.loc[fits["validation_accuracy"].idxmax()]))
    axis.set(xlabel="bytes of the file", ylabel="validation accuracy (%)")
    axis.set_xticks([1e3, 2e3, 3e3, 5e3, 8e3], ["1,000", "2,000", "3,000", "5,000", "8,000"], minor=False)
    axis.legend(fontsize=8, loc="lower right")
    return figure
''')
code('''
kilobytes = ipywidgets.FloatLogSlider(value=5, base=10, min=0.2, max=1, step=0.02, description="kB")
plots.slider(budget, "Validation accuracy against bytes of each scanned file; dashed: the dense networks",
             kilobytes=kilobytes)
''')
md('''
## What we measured

The live model, and seed 0 of the stored files on Fashion-MNIST, for the scoreboard. `file_bytes` is the coded file.
''')
code('''
found = [("mlp", small, len(content), SEED)]
for (of, name, budget_), _ in table.groupby(["data", "model", "budget"]):
    if of == "fashion":
        path = deep_compression.file(of, name, budget_, 0)
        found.append((name, container.load(path), path.stat().st_size, 0))
rows = []
for name, model, size, seed in found:
    rows.append(scores.score(model, test, notebook="10_deep_compression", model=name, seed=seed,
                             technique=f"deep compression, {size:,} bytes", image=test.images[0]))
    rows[-1] |= {"file_bytes": size, "gzip_bytes": size}
board = scoreboard.record(rows).set_index("technique")
plots.table(board[["model", "accuracy", "float32_bytes", "file_bytes", "sparsity", "latency_us"]],
            "Test split; latency as a float32 LiteRT model", formats={
                "accuracy": "{:.4f}", "float32_bytes": "{:,.0f}", "file_bytes": "{:,.0f}",
                "sparsity": "{:.3f}", "latency_us": "{:.1f}"})
''')
md('''
## What surprised us
''')
code('''
where = (parts["used"] + parts["row"] + parts["unit"] + parts["tie"]) / len(content)
what = (parts["sign"] + parts["size"]) / len(content)
evidence.claim(f"- Of {len(content):,} bytes, {where:.0%} say where weights are, {what:.0%} what they are.",
               where > 0.5, f"- Where weights are takes {where:.0%} of the file: less than half.")
gap = marks["points, control"]
evidence.claim(f"- Against its control, every file loses: {gap.max():+.2f} to {gap.min():+.2f} points. "
               "Against a plain network some gain: that is the teachers' merit.", (gap < 0).all(),
               f"- Against its control, {int((gap >= 0).sum())} of {len(gap)} files lose nothing.")
gained = [1 - len(content) / others[name] for name in ("adaptive_bytes", "huffman_bytes")]
evidence.claim(f"- Margins and order save {gained[0]:.0%} of the file of a coder with one adaptive context a "
               f"kernel, {gained[1]:.0%} of Huffman's.", min(gained) > 0,
               "- On these levels the margins are no better than the simpler coders.")
mlp_row = board.iloc[0]
display(Markdown(f"- Nothing here is faster: decoded, it is a dense network again "
                 f"({mlp_row['latency_us']:.1f} µs). Bytes and time are different goods."))
''')
md('''
## Exercises

`exercises.hint()` gives hints; the [solutions](solutions/10_deep_compression.ipynb) are for later.

**1. A mask in few bytes.** `pack(mask)` turns a 0-1 array of few ones into `bytes`, `unpack(content, shape)` back. It must come back exactly and take less than 60% of the bitmap's bytes. A bitmap is given.
''')
code('''
def pack(mask):
    return np.packbits(np.asarray(mask, bool)).tobytes()


def unpack(content, shape):
    bits = np.unpackbits(np.frombuffer(content, np.uint8), count=int(np.prod(shape)))
    return bits.reshape(shape)
''', 'exercise-1')
code('''
def judge_mask(rng):
    shape = tuple(int(n) for n in rng.integers(40, 120, 2))
    mask = (rng.random(shape) < rng.uniform(0.01, 0.04)).astype(np.uint8)
    if rng.random() < 0.4:  # a long empty stretch
        mask[: shape[0] // 2] = 0
    content = pack(mask.copy())
    if not isinstance(content, bytes):
        return f"pack returned {type(content).__name__}, not bytes"
    found = np.asarray(unpack(content, shape))
    if found.shape != shape or not np.array_equal(found, mask):
        return "a mask did not come back as it was"
    return len(content) < 0.6 * mask.size / 8 or f"{len(content)} bytes, the bitmap has {mask.size // 8}"


exercises.check(judge_mask, right="a sparse mask costs by its ones, not by its places", hints=(
    "Say how far it is from one 1 to the next.", "A byte holds 0 to 255: what if the gap is longer?",
    "Let 255 mean: no one here, the gap goes on."))
''', 'check-1')
md('''
**2. An integer transform.** The shortest of all: `forward(a, b)` turns two integer arrays into `(mean, difference)`, all integers, the mean within one of the true one; `back(mean, difference)` restores both, bit for bit. Nothing may be lost by rounding.
''')
code('''
def forward(a, b):
    return (a + b) // 2, a - b


def back(mean, difference):
    return mean + difference // 2, mean - difference // 2
''', 'exercise-2')
code('''
def judge_transform(rng):
    a, b = rng.integers(-1000, 1000, (2, 50))
    mean, difference = (np.asarray(x) for x in forward(a.copy(), b.copy()))
    if mean.dtype.kind != "i" or difference.dtype.kind != "i" or mean.shape != a.shape:
        return f"forward gave {mean.dtype} and {difference.dtype}: integers were asked for"
    if np.abs(mean - (a + b) / 2).max() > 1 or np.abs(difference).max() > 2000:
        return "the first is not the mean, or the second is larger than a difference can be"
    found = np.stack(back(mean.copy(), difference.copy()))
    wrong = np.flatnonzero((found != np.stack([a, b])).any(axis=0))
    return not len(wrong) or (f"{a[wrong[0]]} and {b[wrong[0]]} came back as {found[0, wrong[0]]} and "
                              f"{found[1, wrong[0]]}")


exercises.check(judge_transform, right="rounding can be undone by whoever knows how it was done", hints=(
    "When a + b is odd, half of it is lost; what else do mean and difference tell about that?",
    "Sum and difference are odd together.", "Write b as mean minus something that back can compute too."))
''', 'check-2')
md('''
**3. A choice by rate and distortion.** Rounding to the nearest level is not the cheapest. `choose(weights, step, bits, price)` returns for each weight the level q, an integer from -top to top, that makes $(w - q\\,\\text{step})^2 + \\text{price} \\cdot \\text{bits}_{|q|}$ least; `bits` has top + 1 entries.
''')
code('''
def choose(weights, step, bits, price):
    top = len(bits) - 1
    return np.clip(np.round(weights / step), -top, top).astype(int)
''', 'exercise-3')
code('''
def judge_choice(rng):
    top = int(rng.integers(2, 7))
    bits, step = np.sort(rng.uniform(0.5, 9, top + 1)), float(rng.uniform(0.05, 0.3))
    weights, price = rng.normal(0, 2 * step, 200), float(rng.uniform(0.05, 0.6) * step ** 2)
    found = np.asarray(choose(weights.copy(), step, bits.copy(), price))
    if found.shape != weights.shape or np.abs(found).max() > top:
        return f"levels of shape {found.shape} up to {np.abs(found).max()} where {top} is the greatest"
    levels = np.arange(-top, top + 1)
    costs = np.square(weights[:, None] - step * levels) + price * bits[np.abs(levels)]
    paid = np.square(weights - step * found) + price * bits[np.abs(found.astype(int))]
    worse = paid.sum() / costs.min(axis=1).sum() - 1
    return bool(worse < 1e-9) or f"it pays {worse:.1%} more than it must"


exercises.check(judge_choice, right="each weight weighs its error against its bits", hints=(
    "Try every level for every weight: a table of weights by levels.",
    "Error and price are added, then compared.",
    "`argmin` along the levels."))
''', 'check-3')
md('''
**4.** Set `DENSITY = 0.01`, then `DENSITY = 0.05`. Before you do: which part of the file grows fastest, and does a weight become cheaper or dearer?

**5.** Explain why a network of a thousand hidden units could hide some bytes of *other* data in the order of its units, and what our sorted order does to them.

## Where it comes from

- S. Han, H. Mao, W. Dally: *Deep Compression*, 2016; Y. LeCun, J. Denker, S. Solla: *Optimal Brain Damage*, 1990.
- N. Ahmed, T. Natarajan, K. Rao: *Discrete Cosine Transform*, 1974; Y. Wang and others: *CNNpack*, 2016: networks as waves.
- D. Oktay and others: *Scalable Model Compression by Entropy Penalized Reparameterization*, 2020; M. Havasi, R. Peharz, J. Hernández-Lobato: *Minimal Random Code Learning* (MIRACLE), 2019.
- M. Zhu, S. Gupta: *To Prune, or Not to Prune*, 2017; S. Esser and others: *Learned Step Size Quantization*, 2020.
- S. Basu, L. Varshney: *Universal Source Coding of Deep Neural Networks*, 2018: what the order of units is worth.
- R. Krichevsky, V. Trofimov: *The Performance of Universal Encoding*, 1981; R. Bamler: the constriction library, 2022.
- G. Hinton, O. Vinyals, J. Dean: *Distilling the Knowledge in a Neural Network*, 2015.

[← 09 combining](09_combining.ipynb) · [11 edge deployment →](11_edge_deployment.ipynb)
''')

ANSWERS = {'exercise-1': '''
def pack(mask):
    places = np.flatnonzero(mask)
    gaps = np.diff(places, prepend=-1) - 1
    return b"".join(bytes([255] * (gap // 255) + [gap % 255]) for gap in gaps)


def unpack(content, shape):
    bits, place = np.zeros(int(np.prod(shape)), np.uint8), -1
    for byte in content:
        place += byte + (byte < 255)
        if byte < 255:
            bits[place] = 1
    return bits.reshape(shape)
''', 'exercise-2': '''
def forward(a, b):
    difference = a - b
    return b + (difference >> 1), difference


def back(mean, difference):
    b = mean - (difference >> 1)
    return b + difference, b
''', 'exercise-3': '''
def choose(weights, step, bits, price):
    top = len(bits) - 1
    levels = np.arange(-top, top + 1)
    cost = np.square(weights[:, None] - step * levels) + price * bits[np.abs(levels)]
    return levels[cost.argmin(axis=1)]
'''}
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}

def write(path, cells, old=None):
    meta = {"kernelspec": KERNEL}
    try:
        meta = json.load(open(path))["metadata"]
    except FileNotFoundError:
        meta = json.load(open(path.replace('10_deep_compression', '09_combining')))["metadata"]
    json.dump({"cells": cells, "metadata": meta, "nbformat": 4, "nbformat_minor": 5}, open(path, 'w'), indent=1, ensure_ascii=False)
    open(path, 'a').write('\n')
write(OUT, cells)
by = {t: c for c in cells for t in c["metadata"].get("tags", [])}
sol = json.load(open(SOL.replace('10_deep_compression', '08_distillation_and_factorization')))
print([ (c['cell_type'], c['metadata'].get('tags'), ''.join(c['source'])[:200]) for c in sol['cells']][:8])
solution = []
def s_md(t): solution.append({"cell_type": "markdown", "id": cid('s' + t), "metadata": {}, "source": t.strip('\n').splitlines(keepends=True)})
s_md('''
# 10  Solutions

To the exercises of [10_deep_compression](../10_deep_compression.ipynb). Try them there first; `exercises.hint()` gives hints in steps.
''')
def s_code(c, source=None):
    solution.append({**c, "outputs": [], "execution_count": None, **({"source": source.strip('\n').splitlines(keepends=True)} if source else {})})
s_code(by['imports'])
s_code(by['setup'])
for n, why in ((1, "## Exercise 1\n\nOne byte a gap: at 3% ones a bitmap spends 33 bits for each, gaps spend eight. 255 is an escape, so that a long way costs more bytes and nothing breaks. An entropy coder would give frequent gaps shorter codes."),
               (2, "## Exercise 2\n\nThis is *lifting* (Sweldens, 1996): what forward added, back subtracts, whatever the rounding was. The file's transform needs less, since it only ever runs in one direction: its sums are integers, so every machine gets the same."),
               (3, "## Exercise 3\n\nA table of weights by levels, and the least of each row. Cheap levels draw weights in: zero becomes wider than half a step.")):
    s_md(why)
    s_code({**by[f'exercise-{n}'], 'id': cid(f'solution{n}'), 'metadata': {'tags': [f'solution-{n}']}}, ANSWERS[f'exercise-{n}'])
    s_code(by[f'check-{n}'])
s_md('''
## Exercises 4 and 5

**4.** *Where* grows fastest, and a weight becomes cheaper: at a higher density there is less to say about where it is.

**5.** An order of a thousand units is worth log₂ 1000! bits, about a kilobyte: whoever chooses the order can write a message in it, and the network answers as before. Sorting the units erases it.
''')
write(SOL, solution)
text = '\n'.join(''.join(c['source']) for c in cells if c['cell_type'] == 'markdown')
print(len(text.split()), 'words', sum(c['cell_type'] == 'code' for c in cells), 'code', sum(c['cell_type'] == 'markdown' for c in cells), 'md')
for c in cells:
    if c['cell_type'] == 'code':
        n = len(c['source'])
        if n > 25: print('too long', n, c['source'][0])
        for l in c['source']:
            if len(l.rstrip('\n')) > 110: print(len(l), l)
