"""Pictures in folders, one folder a class: read by their content, whatever their names say."""

import warnings
from collections import Counter

import numpy as np
from PIL import Image, ImageOps

from lepton_helpers import progress
from lepton_helpers.data import DataError
from lepton_own.tables import MEMORY

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM")  # no format that runs a program
SUFFIXES = {"jpg": "JPEG", "jpeg": "JPEG", "tif": "TIFF", "pgm": "PPM", "pnm": "PPM", "pbm": "PPM"}
PARTS = {"train": "train", "training": "train", "test": "test", "testing": "test", "val": "validation",
         "valid": "validation", "validation": "validation"}
SIDE = 256                 # pixels: what is larger is reduced
MOST_PIXELS = 50_000_000   # of one picture; a few bytes may claim to hold billions
MOST_UNREADABLE = 0.2      # the share of files beyond which the folder is not what it seems
GREY = ("1", "L", "LA", "I", "F", "I;16", "I;16B", "I;16L", "I;16N")


def pixels(path, size=None, mode=None):
    """A picture as uint8 `(height, width)` or `(height, width, 3)`, upright; size: width, height.

    Grey of 16 bits is scaled to 8, a palette becomes its colours, transparency is laid on white. Another size
    is fitted in whole, its margins black. Raises `OSError` or `ValueError` for what is no sound picture.
    Its source goes into run.py as it stands, so it needs nothing of this module.
    """
    with Image.open(path) as image:
        if image.size[0] * image.size[1] > 50_000_000:
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
        if image.size[0] * image.size[1] > MOST_PIXELS:
            raise ValueError(f"it claims {image.size[0]:,} x {image.size[1]:,} pixels")
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
    """`(part, class, path)` of every file, and the classes without any; hidden files are passed over."""
    tops = sorted(d for d in folder.iterdir() if d.is_dir() and d.name[0] not in "._")
    if not tops:
        raise DataError(f"{folder.name} holds neither IDX files nor folders; put each class's pictures into "
                        "a folder that bears the class's name, or name a CSV file.")
    split = all(d.name.lower() in PARTS for d in tops) and "train" in {PARTS[d.name.lower()] for d in tops}
    homes = [(PARTS[top.name.lower()], d) for top in tops for d in sorted(top.iterdir())
             if d.is_dir() and d.name[0] not in "._"] if split else [("", d) for d in tops]
    files, empty = [], []
    for part, home in homes:
        mine = [p for p in sorted(home.rglob("*")) if p.is_file() and p.name[0] != "."
                and p.name.lower() not in ("thumbs.db", "desktop.ini")]
        files += [(part, home.name, p) for p in mine]
        empty += [] if mine else [home.name]
    return files, empty


def target(sizes):
    """The one size (width, height) for all: the commonest if half have it, else a square; at most `SIDE`."""
    (common, count), = Counter(sizes).most_common(1)
    if 2 * count < len(sizes):
        common = (int(np.median([max(size) for size in sizes])),) * 2
    ratio = min(1, SIDE / max(common))
    return tuple(max(1, round(n * ratio)) for n in common)


def by_size(sizes, labels):
    """How much better than chance, as a share of items, a picture's size alone tells its class."""
    told = Counter(zip(sizes, labels, strict=True)).most_common()
    best = {size: count for (size, _), count in reversed(told)}
    return (sum(best.values()) - Counter(labels).most_common(1)[0][1]) / len(labels)


def read(folder):
    """The pictures of `folder` for `sources.checked`; what cannot be read is left out by name."""
    files, empty = listed(folder)
    heads, bad = [], {}

    def tried(call, path, *rest):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", Image.DecompressionBombWarning)
                warnings.filterwarnings("ignore", category=UserWarning)
                return call(path, *rest)
        except (OSError, ValueError, SyntaxError, OverflowError, MemoryError, Image.DecompressionBombError,
                Image.DecompressionBombWarning) as error:
            text = "it is no picture" if "cannot identify" in str(error) else str(error).rstrip(".")
            bad[path] = text.replace(str(path), path.name)

    for file in progress.bar(files, desc="looking at files", unit="file"):
        heads.append((file, tried(header, file[2])))
    heads = [(file, head) for file, head in heads if head]
    require_readable(folder, files, bad)
    sizes = [head[0] for _, head in heads]
    size, mode = target(sizes), "L" if all(head[1] in GREY for _, head in heads) else "RGB"
    while len(heads) * size[0] * size[1] * len(mode.strip("L") or "1") > MEMORY:
        size = tuple(-(-n // 2) for n in size)
    read_ = [(file, tried(pixels, file[2], size, mode))
             for file, _ in progress.bar(heads, desc="reading pictures", unit="file")]
    read_ = [(file, picture) for file, picture in read_ if picture is not None]
    require_readable(folder, files, bad)
    inputs = np.stack([picture for _, picture in read_])
    if mode == "RGB" and (inputs == inputs[..., :1]).all():
        inputs = np.ascontiguousarray(inputs[..., 0])
    found = findings(folder, heads, size, bad, empty, inputs.ndim == 3)
    return {"form": "folder of images", "inputs": inputs, "labels": [kind for (_, kind, _), _ in read_],
            "parts": [part for (part, _, _), _ in read_],
            "items": [str(path.relative_to(folder)) for (_, _, path), _ in read_], "findings": found}


def require_readable(folder, files, bad):
    """Raise `DataError` where there is no file, or where too many are no pictures."""
    if not files:
        raise DataError(f"{folder.name} holds folders but no files in them; put the pictures there.")
    if len(bad) > MOST_UNREADABLE * len(files):
        path, why = next(iter(bad.items()))
        raise DataError(f"{len(bad):,} of {len(files):,} files in {folder.name} cannot be read as pictures, "
                        f"{path.name} for one ({why}); with more than {MOST_UNREADABLE:.0%} the folder is "
                        "not what it seems: take these files out, or mend them.")


def findings(folder, heads, size, bad, empty, grey):
    """What was found out about files, sizes and modes, as rows for the table."""
    named = "; ".join(f"{path.relative_to(folder)} ({why})" for path, why in list(bad.items())[:10])
    yield ("unreadable files", len(bad), f"left out: {named}" + " and others" * (len(bad) > 10) if bad
           else "every file is a picture that can be read")
    yield ("empty classes", len(empty), f"no files, left out: {', '.join(empty)}" if empty
           else "no class folder is empty")
    other = sum(head[0] != size for _, head in heads)
    shape = f"{size[0]} x {size[1]} pixels, {'grey' if grey else 'colour'}"
    yield ("other sizes", other, f"fitted into {shape}, margins black" if other else f"all are {shape}")
    if other:
        told = by_size([head[0] for _, head in heads], [file[1] for file, _ in heads])
        yield ("size tells class", round(100 * told), "points more than chance its size alone gets right"
               + ("; a network may learn sizes and not what is seen" if told > 0.1 else ""))
    for remark, count in Counter(remark for _, head in heads for remark in head[2]).items():
        yield ("kind of file", count, remark)
