"""Pictures in folders, one folder a class: read by their content, whatever their names say."""

import re
import warnings
from collections import Counter

import numpy as np
from PIL import Image, ImageOps
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.tree import DecisionTreeClassifier

from lepton_helpers import evidence, progress
from lepton_helpers.data import DataError
from lepton_own.tables import MEMORY

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM")  # no format that runs a program
SUFFIXES = {"jpg": "JPEG", "jpeg": "JPEG", "tif": "TIFF", "pgm": "PPM", "pnm": "PPM", "pbm": "PPM"}
PARTS = {"train": "train", "training": "train", "test": "test", "testing": "test", "val": "validation",
         "valid": "validation", "validation": "validation"}
SIDE = 256             # pixels: what is larger is reduced
MOST_UNREADABLE = 0.2  # the share of files beyond which the folder is not what it seems
HIDDEN = re.compile(r"(^|/)(\.|__MACOSX(/|$)|thumbs\.db$|desktop\.ini$)", re.I)
GREY = ("1", "L", "LA", "I", "F", "I;16", "I;16B", "I;16L", "I;16N")


def pixels(path, size=None, mode=None):
    """A picture as uint8 `(height, width)` or `(height, width, 3)`, upright; size: width, height.

    Grey of 16 bits is scaled to 8, a palette becomes its colours, transparency is laid on white. Another size
    is fitted in whole, its margins black. Raises `OSError` or `ValueError` for what is no sound picture.
    Its source goes into run.py as it stands, so it needs nothing of this module.
    """
    with Image.open(path) as image:
        if image.size[0] * image.size[1] > 50_000_000:  # a few bytes may claim to hold billions
            raise ValueError("it claims more than 50 million pixels")
        image = ImageOps.exif_transpose(image)
    if image.mode[0] in "IF":
        values, top = np.asarray(image, float), 1.0 if image.mode == "F" else 65535
        if not (values.min() >= 0 and values.max() <= top):
            raise ValueError(f"its pixels do not lie within 0 to {top:g}")
        image = Image.fromarray(np.round(values * (255 / top)).astype(np.uint8))
    if "A" in image.getbands() or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    image = image.convert(mode or ("L" if image.mode in ("1", "L") else "RGB"))
    if size and image.size != tuple(size):
        image = ImageOps.pad(image, tuple(size))
    return np.asarray(image, np.uint8)


def header(path):
    """What the file says of itself without being decoded: size once upright, mode, format and remarks."""
    with Image.open(path, formats=FORMATS) as image:
        turned = image.getexif().get(0x112, 1)
        suffix = path.suffix.lower().removeprefix(".")
        remarks = {"turned upright as its EXIF data say": turned > 1,
                   "16-bit or deeper, scaled to 8 bits": image.mode[0] in "IF",
                   "with a palette, turned into its colours": image.mode == "P",
                   "with transparency, laid on white":
                       "A" in image.getbands() or "transparency" in image.info,
                   "animated, first frame taken": getattr(image, "n_frames", 1) > 1 and image.format != "MPO",
                   "not in the format that its name says, read by content":
                       SUFFIXES.get(suffix, suffix.upper()) != image.format.replace("MPO", "JPEG")}
        size = image.size[::-1] if turned >= 5 else image.size
        return size, image.mode, [remark for remark, true in remarks.items() if true]


def listed(folder):
    """`(part, class, path)` of every file, the classes without any, and the files that no class holds."""
    tops = sorted(d for d in folder.iterdir() if d.is_dir() and not HIDDEN.search(d.name))
    if not tops:
        raise DataError(f"{folder.name} holds neither IDX files nor folders; put each class's pictures into "
                        "a folder that bears the class's name, or name a CSV file.")
    parts = {d: PARTS[d.name.lower()] for d in tops if d.name.lower() in PARTS}
    split = "train" in parts.values() and (len(parts) > 1 or len(tops) == 1)
    homes = [d for top in parts for d in sorted(top.iterdir()) if d.is_dir() and not HIDDEN.search(d.name)
             ] if split else tops
    held, beside = {home: [] for home in homes}, []
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_file() and not HIDDEN.search(inside.as_posix()):
            held.get(folder.joinpath(*inside.parts[:1 + split]), beside).append(path)
    return ([(parts[home.parent] if split else "", shown(home.name), path) for home in homes
             for path in held[home]], [shown(home.name) for home in homes if not held[home]], beside)


def shown(name):
    """A name as text that can be printed, though its bytes be no UTF-8."""
    return str(name).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def target(sizes):
    """The one size (width, height) for all: the commonest if half have it, else a square; at most `SIDE`."""
    (common, count), = Counter(sizes).most_common(1)
    if 2 * count < len(sizes):
        common = (int(np.median([max(size) for size in sizes])),) * 2
    ratio = min(1, SIDE / max(common))
    return tuple(max(1, round(n * ratio)) for n in common)


def by_size(sizes, labels):
    """The `Difference` between what sizes tell of the classes and the commonest class.

    Each fifth of the items is told by a tree that saw the other four.
    """
    tree, folds = DecisionTreeClassifier(min_samples_leaf=3), KFold(5, shuffle=True, random_state=0)
    told = cross_val_predict(tree.set_params(random_state=0), sizes, labels, cv=folds) == labels
    return evidence.difference(told, labels == Counter(labels).most_common(1)[0][0])


def read(folder):
    """The pictures of `folder` for `sources.checked`; what cannot be read is left out by name."""
    files, empty, beside = listed(folder)
    heads, bad = [], {}

    def tried(call, path, *rest):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", Image.DecompressionBombWarning)
                warnings.filterwarnings("ignore", category=UserWarning)
                return call(path, *rest)
        except Exception as error:  # noqa: BLE001  for a damaged file Pillow may raise anything
            text = "it is no picture" if "cannot identify" in str(error) else str(error).rstrip(".")
            bad[path] = shown(text.replace(str(path), path.name))

    for file in progress.bar(files, desc="looking at files", unit="file"):
        heads.append((file, tried(header, file[2])))
    heads = [(file, head) for file, head in heads if head]
    require_readable(folder, files, bad)
    sizes = [head[0] for _, head in heads]
    size, mode = target(sizes), "L" if all(head[1] in GREY for _, head in heads) else "RGB"
    while len(heads) * size[0] * size[1] * len(mode.strip("L") or "1") > MEMORY:
        size = tuple(-(-n // 2) for n in size)
    inputs, kept = np.empty((len(heads), *size[::-1], *[3] * (mode == "RGB")), np.uint8), []
    for file, _ in progress.bar(heads, desc="reading pictures", unit="file"):
        if (picture := tried(pixels, file[2], size, mode)) is not None:
            inputs[len(kept)] = picture
            kept.append(file)
    require_readable(folder, files, bad)
    inputs = inputs[:len(kept)]
    if mode == "RGB" and (inputs == inputs[..., :1]).all():
        inputs = np.ascontiguousarray(inputs[..., 0])
    found = findings(folder, heads, size, bad, empty, beside, inputs.ndim == 3)
    return {"form": "folder of images", "inputs": inputs, "labels": [kind for _, kind, _ in kept],
            "parts": [part for part, *_ in kept], "findings": found,
            "items": [shown(path.relative_to(folder)) for *_, path in kept]}


def require_readable(folder, files, bad):
    """Raise `DataError` where there is no file, or where too many are no pictures."""
    if not files:
        raise DataError(f"{folder.name} holds folders but no files in them; put the pictures there.")
    if len(bad) > MOST_UNREADABLE * len(files):
        path, why = next(iter(bad.items()))
        raise DataError(f"{len(bad):,} of {len(files):,} files in {folder.name} cannot be read as pictures, "
                        f"{shown(path.name)} for one ({why}); above {MOST_UNREADABLE:.0%} the folder is "
                        "not what it seems: take these files out, or mend them.")


def findings(folder, heads, size, bad, empty, beside, grey):
    """What was found out about files, sizes and modes, as rows for the table."""
    faults = [f"{shown(path.relative_to(folder))} ({why})" for path, why in bad.items()]
    yield ("unreadable files", len(bad), f"left out: {'; '.join(faults[:100])}" + " and others" * (
        len(bad) > 100) if bad else "every file is a picture that can be read")
    yield ("empty classes", len(empty), f"no files, left out: {', '.join(empty)}" if empty
           else "no class folder is empty")
    if beside:
        yield ("files beside", len(beside), "in no class's folder, passed over: "
               + ", ".join(shown(path.name) for path in beside[:5]) + " ..." * (len(beside) > 5))
    other = sum(head[0] != size for _, head in heads)
    shape = f"{size[0]} x {size[1]} pixels, {'grey' if grey else 'colour'}"
    yield ("other sizes", other, f"fitted into {shape}, margins black" if other else f"all are {shape}")
    if other:
        told = by_size([head[0] for _, head in heads], np.array([file[1] for file, _ in heads], object))
        yield ("size tells class", max(0, round(told.points)), "points more than the commonest class are "
               "right by size alone" + "; a network may learn sizes and not what is seen" * (told.sign > 0))
    for remark, count in Counter(remark for _, head in heads for remark in head[2]).items():
        yield ("kind of file", count, remark)
