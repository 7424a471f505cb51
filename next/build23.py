"""Writes notebooks/23_clinic.ipynb and its solutions, without outputs."""
import json, hashlib, sys
DEST = sys.argv[1] if len(sys.argv) > 1 else 'TEMP/nb'
OUT, SOL = f'{DEST}/23_clinic.ipynb', f'{DEST}/solutions/23_clinic.ipynb'
cells = []
def cid(text): return hashlib.sha256(text.encode()).hexdigest()[:8]
def md(text):
    text = text.strip('\n'); cells.append({"cell_type": "markdown", "id": cid('md' + text[:60]), "metadata": {}, "source": text.splitlines(keepends=True)})
def code(text, *tags):
    text = text.strip('\n'); cells.append({"cell_type": "code", "execution_count": None, "id": cid('code' + text[:80] + str(tags)), "metadata": {"tags": list(tags)} if tags else {}, "outputs": [], "source": text.splitlines(keepends=True)})

md(r'''
# 23  Clinic

**Question.** TF-MOT refuses a model, or its result is no smaller, no faster, not sparse: why, and what cures it?

**You need.** What pruning (05), clustering (06) and quantization (07) are. Bring a broken program if you have one.

**Minutes.** About 1½ on a quiet two-core machine.

Ten complaints that users of the TensorFlow Model Optimization Toolkit bring most, each reproduced here, explained and cured in a few lines. The first comes before all others: a model built with `import keras` today is a Keras 3 model, and TF-MOT does not know it.

[← 22 your own data](22_your_own_data.ipynb)
''')
code('''
from lepton_helpers import data, evidence, exercises, models, plots, training
from lepton_helpers.compress import clustering, pruning, quantization
from lepton_helpers.deploy import litert
from lepton_helpers.evidence import scoreboard, scores, timing
from lepton_helpers.quiet import native_stderr, tf, tfmot
from lepton_teaching import predict
import contextlib
import gzip
import importlib
import io
import tempfile
import warnings
from pathlib import Path
import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tf_keras as keras
from ai_edge_litert.interpreter import Interpreter
from ai_edge_quantizer import quantizer, recipe
from IPython.display import Markdown, display
plots.style()
''', 'imports')
md('''
Constants to play with.
''')
code('''
SPARSITY = 0.9    # asked of pruning; try 0.5, 0.98
FREQUENCY = 100   # steps between two prunings, as TF-MOT's schedules have it by default; try 10, 60
IMAGES = 12_000   # that a patient is trained on: enough to see what goes wrong
''', 'constants')
code('''
train, validation, test = data.load()
keras_3 = importlib.import_module("keras")  # what `import keras` means today
prune, cluster, aware = tfmot.sparsity.keras, tfmot.clustering.keras, tfmot.quantization.keras


def complaint(run):
    """What `run()` complains of, in a line; else what it returned."""
    try:
        return f"returned {type(run()).__name__}"
    except Exception as error:
        lines = str(error).strip().splitlines()  # a graph's own check stands deep in its trace
        line = next((line for line in lines if "assertion failed" in line), lines[0])
        return f"{type(error).__name__}: {line.replace('assertion failed: ', '')[:170]}"


def shown(rows, caption):
    """A table of sentences, by what was tried."""
    return plots.table(pd.Series(rows, name="what happens").to_frame(), caption).set_properties(
        **{"text-align": "left", "white-space": "normal"})
''', 'setup')
md('''
## 1. You passed an object of type: Sequential

A small network in Keras 3, trained there, and handed to the three techniques.
''')
code('''
few, layers = data.Split(train.images[:IMAGES], train.labels[:IMAGES]), keras_3.layers
patient = keras_3.Sequential([
    keras_3.Input((28, 28)), layers.Reshape((28, 28, 1)), layers.Conv2D(8, 3, strides=2, use_bias=False),
    layers.BatchNormalization(), layers.ReLU(), layers.Flatten(), layers.Dropout(0.1),
    layers.Dense(48, "relu"), layers.Dense(10, "softmax")])
keras_3.utils.set_random_seed(0)
patient.compile("adam", "sparse_categorical_crossentropy")
patient.fit(*few, batch_size=128, epochs=2, verbose=0)
start = {"number_of_clusters": 8, "cluster_centroids_init": cluster.CentroidInitialization.LINEAR}
said = {"pruning": complaint(lambda: prune.prune_low_magnitude(patient)),
        "clustering": complaint(lambda: cluster.cluster_weights(patient, **start)),
        "quantization-aware": complaint(lambda: aware.quantize_model(patient))}
refused = sum(not text.startswith("returned") for text in said.values())
predict.first("How many of pruning, clustering and quantization-aware training refuse a Keras 3 model?",
              ("none", "one", "two", "all three"), lambda: ("none", "one", "two", "all three")[refused],
              lambda: shown(said, "A Keras 3 model"))
''')
md('''
*You passed an object of type: Sequential*, when a Sequential is what it can prune: the two classes share a name. Clustering is worse: it returns `None`, and the error comes lines later. Keras 3 is another package than `tf_keras`, Keras 2, which TF-MOT was written for.

**Cure.** For new code, `import tf_keras as keras`. For a trained model, carry it over: its layers by a table, its weights as they are.
''')
code('''
carried = models.from_keras3(patient)
some = test.images[:1000]
gap = np.abs(carried.predict(some, verbose=0) - patient.predict(some, verbose=0)).max()
assert gap < 1e-6, "the carried model answers otherwise"
display(Markdown(f"Largest difference between the two models' probabilities on 1,000 images: {gap:.1e}."))
odd = keras_3.Sequential([keras_3.Input((9,)), layers.Dense(4), layers.LayerNormalization(name="norm")])
shown({"a layer without an equal": complaint(lambda: models.from_keras3(odd))}, "And what it cannot carry")
''')
md('''
After that, everything works. A little training each, on the same images, beside the carried model trained on as long.
''')
code('''
models.compiled(carried)
how = {"epochs": 4, "batch_size": 128, "seed": 0}
further, sparse, shared = models.compiled(models.copy(carried)), None, None
training.fit(further, *few, **how)
sparse, _ = pruning.prune(carried, SPARSITY, few, **how)
shared, _ = clustering.cluster(carried, 16, few, **how)
qat, _ = quantization.quantization_aware(carried, few, **how)
lites = {"float32": litert.convert(further), f"pruned {SPARSITY:.0%}": litert.convert(sparse),
         "16 values": litert.convert(shared), "quantization-aware": litert.convert(qat, "int8")}
table = pd.DataFrame({name: {"accuracy": scores.accuracy(lite, validation), "bytes": lite.file_bytes,
                             "gzip bytes": lite.gzip_bytes} for name, lite in lites.items()}).T
plots.table(table, "The Keras 3 model's descendants, validation split",
            formats={"accuracy": "{:.4f}", "bytes": "{:,.0f}", "gzip bytes": "{:,.0f}"})
''')
md('''
## 2. Prune() wrapper requires the UpdatePruningStep callback

`fit` without `UpdatePruningStep`: the counter never moves, and the graph's own check fails with a page of trace.
''')
code('''
def pruned_by_hand(callbacks, steps=60, frequency=5):
    """The carried model, wrapped and trained for some steps by plain Keras."""
    schedule = prune.PolynomialDecay(0.0, SPARSITY, 0, steps, frequency=frequency)
    model = prune.prune_low_magnitude(models.copy(carried), pruning_schedule=schedule)
    models.compiled(model).fit(few.images[:steps * 64], few.labels[:steps * 64], batch_size=64, verbose=0,
                               callbacks=callbacks)
    return prune.strip_pruning(model)


words = complaint(lambda: pruned_by_hand([]))
done = pruned_by_hand([prune.UpdatePruningStep()])
assert pruning.sparsity(done) > 0.9 * SPARSITY
shown({"without the callback": words, "with it": f"sparsity {pruning.sparsity(done):.3f}"},
      "A missing callback")
''')
md('''
**Cure.** `callbacks=[tfmot.sparsity.keras.UpdatePruningStep()]` in every `fit` of a wrapped model. (`training.fit` of this house does its work by itself.)

## 3. The sparsity that never came

The schedule says 90%, the stripped model has none. With the goal $s_f$ at step $t_1$ and a start $s_0$ at $t_0$,

$$s_t = s_f + (s_0 - s_f)\\left(1 - \\frac{t - t_0}{t_1 - t_0}\\right)^3$$

but the masks are computed only at $t_0$ and every `frequency` steps after, as long as $t \\le t_1$. A hundred is the default, and a short training has fewer steps. Move the slider: which frequencies reach the goal?
''')
code('''
STEPS = 94  # an epoch of 12,000 images in batches of 128


def reached(frequency, steps=STEPS, final=SPARSITY):
    """Sparsity after each step of a cubic schedule over all steps, from nothing."""
    last = np.arange(steps + 1) // frequency * frequency  # the step that computed the masks
    return final - final * (1 - last / steps) ** 3


def curves(frequency=FREQUENCY):
    figure, axis = plt.subplots(figsize=(7, 2.9))
    axis.plot(reached(1), ls="--", color="#777777", label="as the schedule says")
    axis.step(range(STEPS + 1), reached(frequency), where="post", color=plots.COLOURS["pruning"],
              label=f"as masks are computed, every {frequency} steps")
    axis.set(xlabel="training step", ylabel="sparsity", ylim=(-0.02, 1),
             title=f"At the end: {reached(frequency)[-1]:.3f}")
    axis.legend(fontsize=8)
    return figure


plots.slider(curves, "Sparsity by training step: the schedule's curve and the steps at which masks follow it",
             frequency=ipywidgets.IntSlider(value=FREQUENCY, min=1, max=100, description="frequency"))
''')
code('''
got = pruning.sparsity(pruned_by_hand([prune.UpdatePruningStep()], steps=STEPS, frequency=FREQUENCY))
assert abs(got - reached(FREQUENCY)[-1]) < 0.02, "the picture says what TF-MOT does"
evidence.claim(f"{STEPS} steps at a frequency of {FREQUENCY}: sparsity {got:.3f} where {SPARSITY} "
               "was asked for.", abs(got - SPARSITY) > 0.02,
               f"At a frequency of {FREQUENCY} these {STEPS} steps reach what was asked for: {got:.3f}.");
''')
md('''
**Cure.** A frequency that divides the steps between begin and end, some tens of masks in all, and a look at the sparsity of the stripped model.

## 4. Pruned, and no smaller

What does a file hold for a weight that is zero? And what does a wrapped model carry along?
''')
code('''
wrapped = prune.prune_low_magnitude(models.copy(sparse))
with tempfile.TemporaryDirectory() as folder:
    sizes = {}
    for name, model in (("dense", further), ("wrapped", wrapped), ("stripped", sparse)):
        path = Path(folder) / f"{name}.keras"
        models.copy(model).save(path) if name != "wrapped" else model.save(path)
        sizes[name] = {".keras": path.stat().st_size, ".keras, gzip": len(gzip.compress(path.read_bytes()))}
        if name != "wrapped":
            lite = litert.convert(model)
            sizes[name] |= {".tflite": lite.file_bytes, ".tflite, gzip": lite.gzip_bytes}
saved = pd.DataFrame(sizes).T
smaller = saved.loc["stripped", ".tflite"] < 0.9 * saved.loc["dense", ".tflite"]
predict.first("Pruned and stripped: is the LiteRT file smaller by a tenth or more, before gzip?",
              ("yes", "no"), lambda: "yes" if smaller else "no",
              lambda: plots.table(saved, f"Bytes, {SPARSITY:.0%} of the weights zero", formats="{:,.0f}"))
''')
md('''
**Cure.** `strip_pruning`, then gzip (every store, package and web server can), or a format that knows zeros: notebook 10's.

## 5. Pruned, and no faster

The same multiplications are done, most of them with zeros.
''')
code('''
image = test.images[:1]
rounds = timing.in_turns({"dense": timing.lite_call(lites["float32"], image),
                          "pruned": timing.lite_call(lites[f"pruned {SPARSITY:.0%}"], image)})
ratio = timing.ratio(rounds, "pruned", "dense")
evidence.claim(f"Pruned takes {ratio} as long as dense: no gain.", ratio.high >= 0.95,
               f"Pruned takes {ratio} as long as dense: here something is gained.");
''')
md('''
**Cure.** Take whole units or channels out (05), or use int8 (11). Unstructured zeros pay in time only with kernels that are made for them.

## 6. A layer that quantization-aware training refuses

Three refusals: a layer of one's own, a model inside a model, and a layer that has no rule.
''')
code('''
class Doubled(keras.layers.Layer):
    """A layer of one's own."""

    def call(self, x):
        return 2 * x


def network(*inner):
    return keras.Sequential([keras.layers.Input((28, 28)), keras.layers.Flatten(), *inner,
                             keras.layers.Dense(10, activation="softmax")])


dense = keras.layers.Dense(16, activation="relu")
patients = {"a layer of one's own": network(dense, Doubled()),
            "a model in a model": network(keras.Sequential([keras.layers.Input((784,)), dense])),
            "no rule for it": network(dense, keras.layers.LayerNormalization())}
shown({name: complaint(lambda model=model: aware.quantize_model(model)) for name, model in patients.items()},
      "Quantization-aware training")
''')
md('''
**Cure.** Unfold a nested model; for the other two, annotate the layers that shall be quantized and leave the rest in float, with a scope that tells the class.
''')
code('''
def unfolded(model):
    """The layers of a Sequential and of those within it, in one row."""
    rows = [[layer] if not isinstance(layer, keras.Sequential) else unfolded(layer).layers
            for layer in model.layers]
    return keras.Sequential([keras.layers.Input(model.input_shape[1:]), *(x for row in rows for x in row)])


def partly(model):
    """Quantization-aware where TF-MOT has a rule, float where not."""
    def annotated(layer):
        known = isinstance(layer, (keras.layers.Dense, keras.layers.Conv2D))
        return aware.quantize_annotate_layer(layer) if known else layer

    with keras.utils.custom_object_scope({"Doubled": Doubled}):
        return aware.quantize_apply(keras.models.clone_model(model, clone_function=annotated))


cured = {"a layer of one's own": lambda: partly(patients["a layer of one's own"]),
         "a model in a model": lambda: aware.quantize_model(unfolded(patients["a model in a model"])),
         "no rule for it": lambda: partly(patients["no rule for it"])}
made = {name: complaint(cure) for name, cure in cured.items()}
assert all(text.startswith("returned") for text in made.values()), made
shown(made, "After the cure")
''')
md('''
## 7. Batch normalization in the wrong place

Behind a layer and *before* its ReLU it is folded. Behind the ReLU TF-MOT has no rule. At inference it is $\\gamma\\,(x - \\mu)/\\sqrt{\\sigma^2 + \\varepsilon} + \\beta$, a product and a sum; so with $s = \\gamma/\\sqrt{\\sigma^2 + \\varepsilon}$ the *next* dense layer can absorb it:

$$W' = \\operatorname{diag}(s)\\,W, \\qquad b' = b + (\\beta - s\\,\\mu)^\\top W$$
''')
code('''
normed = models.compiled(network(dense, keras.layers.BatchNormalization()))
training.fit(normed, *few, epochs=1, batch_size=128)
norm, last = normed.layers[-2:]
gamma, beta, mean, variance = norm.get_weights()
scale, (kernel, bias) = gamma / np.sqrt(variance + norm.epsilon), last.get_weights()
folded = network(keras.layers.Dense(16, activation="relu"))
folded.set_weights([*dense.get_weights(), scale[:, None] * kernel, bias + (beta - scale * mean) @ kernel])
assert np.allclose(folded.predict(some, verbose=0), normed.predict(some, verbose=0), atol=1e-5)
shown({"as it was": complaint(lambda: aware.quantize_model(normed)),
       "folded": complaint(lambda: aware.quantize_model(folded))}, "Quantization-aware training")
''')
md('''
## 8. int8, and slower

An int8 convolution is as fast as the kernel that runs it. The same file through the optimized kernels, and without them, as happens where a runtime was built or asked to do so; beside it the file with int8 weights alone, whose activations are converted at each call.
''')
code('''
int8 = litert.convert(further, "int8", few.images[:300])
weights_only = litert.convert(further, "dynamic_range")
ways = {"float32": timing.lite_call(lites["float32"], image), "int8": timing.lite_call(int8, image),
        "int8 weights alone": timing.lite_call(weights_only, image),
        "float32, no delegate": timing.lite_call(lites["float32"], image, delegate=False),
        "int8, no delegate": timing.lite_call(int8, image, delegate=False)}
rounds = timing.in_turns(ways)
table = pd.DataFrame({name: timing.ratio(rounds, name, "float32")._asdict() for name in ways}).T
plots.table(table, "As long as float32 (95% interval over rounds)", formats="{:.2f}")
''')
md('''
**Cure.** Time the file on the device, with the threads and the delegate it will have. If an int8 model is slow, look at its kernels before its bits.

## 9. A conversion that falls back to float

An operation without an int8 kernel is left in float32 with conversions around it, silently. The tensors tell.
''')
code('''
def in_float(lite):
    """Operations of a LiteRT model that read or write float32, without the conversions at its ends."""
    interpreter = Interpreter(model_content=lite.content)
    kinds = {tensor["index"]: tensor["dtype"] for tensor in interpreter.get_tensor_details()}
    return [op["op_name"] for op in interpreter._get_ops_details() if op["op_name"] not in (
        "QUANTIZE", "DEQUANTIZE", "DELEGATE") and np.float32 in {kinds.get(i) for i in (
            *op["inputs"], *op["outputs"])}]


def converted(model):
    """int8 where there is a kernel, as TensorFlow's converter does it unless told to be strict."""
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([few.images[n:n + 1]] for n in range(100))
    with native_stderr():
        return litert.LiteModel(converter.convert())


odd_one = network(keras.layers.Dense(16), keras.layers.Lambda(lambda x: x * tf.math.sin(x)))
usual = network(keras.layers.Dense(16, activation="tanh"))
float_ops = {name: in_float(converted(model)) or ["none"] for name, model in (
    ("x sin(x)", odd_one), ("tanh", usual))}
asked = in_float(litert.convert(odd_one, "int8", few.images[:100]))
float_ops["x sin(x), int8 asked for"] = asked or ["none"]
shown({name: ", ".join(ops) for name, ops in float_ops.items()}, "Operations that stayed in float32")
''')
md('''
**Cure.** Count after every conversion, as above, also where `supported_ops` asks for int8 alone; and take an operation that has an int8 kernel.

## 10. Another way: no TF-MOT at all

The ai-edge-quantizer works on the converted file: whatever it was trained with, Keras 3 or PyTorch, is no matter to it.
''')
code('''
with tempfile.TemporaryDirectory() as folder:
    path = str(Path(folder) / "model.tflite")
    Path(path).write_bytes(lites["float32"].content)
    worker = quantizer.Quantizer(path, recipe.static_wi8_ai8())
    (name, ends), = Interpreter(path).get_signature_list().items()
    pictures = [{ends["inputs"][0]: few.images[n:n + 1]} for n in range(100)]
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), (
            contextlib.redirect_stderr(io.StringIO())):
        warnings.simplefilter("ignore")  # it is talkative
        other = litert.LiteModel(bytes(worker.quantize(worker.calibrate({name: pictures})).quantized_model))
routes = {"TF-MOT, quantization-aware": lites["quantization-aware"], "TensorFlow's converter": int8,
          "ai-edge-quantizer": other}
table = pd.DataFrame({name: {"accuracy": scores.accuracy(lite, validation), "bytes": lite.file_bytes,
                             "float operations": len(in_float(lite))} for name, lite in routes.items()}).T
plots.table(table, "Three routes to int8, validation", formats={"accuracy": "{:.4f}", "bytes": "{:,.0f}",
                                                         "float operations": "{:.0f}"})
''')
code('''
right = {name: scores.correct(lite, validation) for name, lite in routes.items()}
for name in list(routes)[:2]:
    found = evidence.difference(right["ai-edge-quantizer"], right[name])
    display(Markdown(evidence.said(found, "The ai-edge-quantizer's file", name)))
''')
md('''
## What we measured

The carried model and its descendants, on the test split, for the scoreboard.
''')
code('''
rows = [scores.score(lite, test, notebook="23_clinic", model="patient", technique=name, image=test.images[0])
        for name, lite in (lites | {"int8, ai-edge-quantizer": other}).items()]
board = scoreboard.record(rows).set_index("technique")
plots.table(board[["accuracy", "file_bytes", "gzip_bytes", "sparsity", "latency_us"]], "Test split", formats={
    "accuracy": "{:.4f}", "file_bytes": "{:,.0f}", "gzip_bytes": "{:,.0f}", "sparsity": "{:.2f}",
    "latency_us": "{:.1f}"})
''')
md('''
## What surprised us
''')
code('''
silent = [complaint(lambda: cluster.cluster_weights(patient, **start)), words]
evidence.claim("- Of three techniques, clustering takes a Keras 3 model without a word, and returns nothing.",
               "NoneType" in silent[0], "- Clustering refuses a Keras 3 model here, as the others do.")
more = saved.loc["wrapped", ".keras"] / saved.loc["dense", ".keras"]
evidence.claim(f"- A pruned model still wrapped takes {more:.1f} times the dense one's bytes.", more > 1,
               "- The wrapped model is not larger here.")
slow = timing.ratio(rounds, "int8, no delegate", "int8")
evidence.claim(f"- The same int8 file takes {slow:.1f} as long without the optimized kernels.", slow.low > 1,
               f"- Without the optimized kernels the int8 file takes {slow:.1f}: no slower here.");
''')
md('''
## Exercises

`exercises.hint()` gives hints; the [solutions](solutions/23_clinic.ipynb) are for later.

**1. Will it come?** `final_sparsity(steps, frequency, goal)`: what a cubic schedule from nothing over all `steps` reaches when masks are computed at step 0 and every `frequency` steps.
''')
code('''
def final_sparsity(steps, frequency, goal):
    return goal
''', 'exercise-1')
code('''
def judge_final(rng):
    steps, frequency = int(rng.integers(20, 500)), int(rng.integers(2, 150))
    goal = float(rng.uniform(0.3, 0.98))
    if steps % frequency == 0:
        frequency += 1
    last = steps // frequency * frequency
    found, wanted = final_sparsity(steps, frequency, goal), goal - goal * (1 - last / steps) ** 3
    return bool(np.isclose(found, wanted, atol=1e-6)) or (
        f"{steps} steps, frequency {frequency}, goal {goal:.2f}: it says {float(found):.3f}")


exercises.check(judge_final, right="the last step that computed masks decides", hints=(
    "Which is the last step at which masks are computed?", "Put that step into the schedule's formula.",
    "Integer division finds it."))
''', 'check-1')
md('''
**2. Fold it backwards.** Above the normalization stood before a dense layer. `fold(kernel, bias, gamma, beta, mean, variance, epsilon)` returns kernel and bias of one dense layer that answers as a dense layer *followed by* the normalization does.
''')
code('''
def fold(kernel, bias, gamma, beta, mean, variance, epsilon):
    return kernel, bias
''', 'exercise-2')
code('''
def judge_fold(rng):
    n, m = int(rng.integers(3, 9)), int(rng.integers(2, 7))
    kernel, x = rng.normal(size=(n, m)), rng.normal(size=(20, n))
    bias, gamma, beta, mean = rng.normal(size=(4, m))
    variance, epsilon = rng.uniform(0.01, 2, m), 1e-3
    wanted = gamma * (x @ kernel + bias - mean) / np.sqrt(variance + epsilon) + beta
    new, shift = fold(kernel.copy(), bias.copy(), gamma, beta, mean, variance, epsilon)
    if np.shape(new) != (n, m) or np.shape(shift) != (m,):
        return f"shapes {np.shape(new)} and {np.shape(shift)} for a layer of {n} by {m}"
    gap = np.abs(x @ new + shift - wanted).max()
    return bool(gap < 1e-6) or f"answers differ by up to {gap:.3f}"


exercises.check(judge_fold, right="inference needs no normalization, only its numbers", hints=(
    "Write both layers as one formula and collect what multiplies x.", "Everything else is the new bias.",
    "The square root has epsilon inside."))
''', 'check-2')
md('''
**3. Which format?** `smallest(kernel)` returns `(name, bytes)` of the smallest of three formats for a kernel of float32: `"dense"`, four bytes a weight; `"bitmap"`, a bit a place (whole bytes) and four bytes a non-zero; `"places"`, two bytes of place and four of value a non-zero, for at most 65,536 places.
''')
code('''
def smallest(kernel):
    return "dense", 4 * kernel.size
''', 'exercise-3')
code('''
def judge_format(rng):
    kernel = rng.normal(size=tuple(rng.integers(150, 400, 2)))
    kernel[rng.random(kernel.shape) > rng.choice([0.01, 0.04, 0.1, 0.5, 0.985, 1.0])] = 0
    ones = np.count_nonzero(kernel)
    sizes = {"dense": 4 * kernel.size, "bitmap": -(-kernel.size // 8) + 4 * ones}
    sizes |= {"places": 6 * ones} if kernel.size <= 65_536 else {}
    name, size = smallest(kernel.copy())
    least = min(sizes.values())
    return bool(sizes.get(name) == size == least) or (
        f"{kernel.size} places, {ones} non-zeros: it says {name}, {size} bytes")


exercises.check(judge_format, right="below one in sixteen, places beat the bitmap", hints=(
    "Count the non-zeros, then write the three sizes down.",
    "A kernel of more than 65,536 places needs longer places.",
    "A bitmap ends in a whole byte."), draws=30)
''', 'check-3')
code('''
# NBVAL_CHECK_OUTPUT
print([round(float(reached(n, 94, 0.9)[-1]), 4) for n in (1, 10, 60, 100)])
''')
md('''
**4.** Set `FREQUENCY = 10`, then `FREQUENCY = 60`. Before you do: what will section 3 reach?

**5.** Explain to someone who has never seen it why clustering a Keras 3 model fails three lines after the mistake, and how you would have found out.

## Where it comes from

- The TensorFlow Model Optimization Toolkit 0.8.0, its guides and the issues that its users filed.
- M. Zhu, S. Gupta: *To Prune, or Not to Prune*, 2017 (the schedule).
- B. Jacob and others: *Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference*, 2018 (folding).
- LiteRT's quantization specification; Google's ai-edge-quantizer.

[← 22 your own data](22_your_own_data.ipynb)
''')

ANSWERS = {'exercise-1': '''
def final_sparsity(steps, frequency, goal):
    last = steps // frequency * frequency
    return goal - goal * (1 - last / steps) ** 3
''', 'exercise-2': '''
def fold(kernel, bias, gamma, beta, mean, variance, epsilon):
    scale = gamma / np.sqrt(variance + epsilon)
    return kernel * scale, (bias - mean) * scale + beta
''', 'exercise-3': '''
def smallest(kernel):
    ones = np.count_nonzero(kernel)
    sizes = {"dense": 4 * kernel.size, "bitmap": -(-kernel.size // 8) + 4 * ones}
    if kernel.size <= 65_536:
        sizes["places"] = 6 * ones
    return min(sizes.items(), key=lambda item: item[1])
'''}
WHY = {1: "Masks stay what they were at the last step that computed them; the rest of the schedule is never asked.",
       2: "A product and a sum follow a product and a sum: one of each is enough. Columns are scaled here, rows were above. Over a ReLU it cannot be moved: that cuts at zero, and the shift decides what is cut.",
       3: "A bitmap costs a bit a place, places cost sixteen bits a non-zero: equal at one in sixteen."}
meta = json.load(open('CHECKOUT/notebooks/22_your_own_data.ipynb'))["metadata"]
def write(path, cells):
    json.dump({"cells": cells, "metadata": meta, "nbformat": 4, "nbformat_minor": 5}, open(path, 'w'), indent=1, ensure_ascii=False)
    open(path, 'a').write('\n')
import os
os.makedirs(f'{DEST}/solutions', exist_ok=True)
write(OUT, cells)
by = {t: c for c in cells for t in c["metadata"].get("tags", [])}
solution = []
def s_md(t): solution.append({"cell_type": "markdown", "id": cid('s' + t), "metadata": {}, "source": t.strip('\n').splitlines(keepends=True)})
def s_code(c): solution.append({**c, "outputs": [], "execution_count": None})
s_md('# 23  Solutions\n\nTo the exercises of [23_clinic](../23_clinic.ipynb). Try them there first; `exercises.hint()` gives hints in steps.')
s_code(by['imports']); s_code(by['setup'])
for n in (1, 2, 3):
    s_md(f'## Exercise {n}\n\n{WHY[n]}')
    s_code({**by[f'exercise-{n}'], 'id': cid(f'solution{n}'), 'metadata': {'tags': [f'solution-{n}']}, 'source': ANSWERS[f'exercise-{n}'].strip('\n').splitlines(keepends=True)})
    s_code(by[f'check-{n}'])
s_md('''
## Exercises 4 and 5

**4.** At 10 the last masks are those of step 90 of 94, near the goal; at 60 those of step 60, far from it.

**5.** It returns `None`, which has no methods: the error names the next line's call. An assert on the type of what comes back, or reading the first line of the trace instead of the last, finds it.
''')
write(SOL, solution)
text = '\n'.join(''.join(c['source']) for c in cells if c['cell_type'] == 'markdown')
print(len(text.split()), 'words', sum(c['cell_type'] == 'code' for c in cells), 'code', sum(c['cell_type'] == 'markdown' for c in cells), 'md')
for c in cells:
    if c['cell_type'] == 'code':
        if len(c['source']) > 25: print('too long', len(c['source']), c['source'][0])
        for l in c['source']:
            if len(l.rstrip('\n')) > 110: print(len(l), l)
