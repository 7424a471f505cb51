"""All three forms are recognized, read and checked; what is broken is named or refused in one sentence."""

import os
import shutil
import sys
from pathlib import Path

import examples as make
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from lepton_helpers import data, paths
from lepton_own import columns, pictures, sources, tables


def found(source, what):
    """`{sentence: count}` of the findings called `what`."""
    return {sentence: count for checked, count, sentence in source.findings if checked == what}


def refusal(path, label=None):
    """The sentence that refuses `path`: one line, what and what to do."""
    with pytest.raises(data.DataError) as caught:
        sources.read(path, label)
    text = str(caught.value)
    assert "\n" not in text and text[-1] in ".?" and ("; " in text or ": " in text), text
    return text


@pytest.fixture
def root(tmp_path):
    return make.folder(tmp_path / "my pets")


def test_a_folder_of_class_folders(root):
    source = sources.read(root)
    assert source.form == "folder of images" and source.pictures
    assert source.inputs.shape == (42, 12, 12) and source.inputs.dtype == np.uint8
    assert source.names == ["cat", "dog", "红 熊猫"] and np.bincount(source.labels).tolist() == [14] * 3
    assert all(source.items[i].startswith(source.names[source.labels[i]]) for i in range(42))


def test_an_idx_folder_keeps_its_test_part(tmp_path):
    source = sources.read(make.idx_folder(tmp_path / "idx"))
    assert source.form == "IDX folder" and source.names == list("012")
    assert (source.parts == "test").sum() == 18
    assert source.items[0] == "train, number 0" and source.items[-1] == "test, number 17"
    (tmp_path / "idx" / "t10k-labels-idx1-ubyte").unlink()
    assert "t10k-labels" in refusal(tmp_path / "idx")


def test_an_idx_folder_with_train_files_only_is_split_here_and_says_so(tmp_path):
    folder = make.idx_folder(tmp_path / "idx")
    for path in folder.glob("t10k*"):
        path.unlink()
    source = sources.read(folder)
    assert len(source.labels) == 42 and set(source.parts) == {""}
    assert any("a fifth of each class" in said for said in found(source, "in two parts"))


def test_an_idx_folder_by_emnists_names_and_two_sets_in_one_folder(tmp_path):
    folder = make.idx_folder(tmp_path / "idx")
    for path in list(folder.iterdir()):
        path.rename(folder / f"emnist-digits-{path.name.replace('t10k', 'test')}")
    source = sources.read(folder)
    assert (source.parts == "test").sum() == 18 and (source.parts == "train").sum() == 42
    make.idx_folder(folder)
    assert "second pair" in refusal(folder)


def test_train_and_test_folders_are_respected(tmp_path):
    make.folder(tmp_path / "pets" / "train")
    make.folder(tmp_path / "pets" / "Test", each=3, seed=1)
    source = sources.read(tmp_path / "pets")
    assert source.names == ["cat", "dog", "红 熊猫"] and (source.parts == "test").sum() == 9


def test_what_a_system_hides_is_no_class_and_no_unreadable_file(root):
    for name in (".ipynb_checkpoints/1.png", "__MACOSX/1.png", "cat/.DS_Store", "cat/Thumbs.db"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(b"")
    source = sources.read(root)
    assert set(found(source, "unreadable files").values()) == {0} and not found(source, "files beside")
    assert len(source.names) == 3 and set(found(source, "empty classes")) == {"no class folder is empty"}


def test_folders_beside_train_and_test_are_no_classes_and_said(tmp_path):
    make.folder(tmp_path / "pets" / "train")
    make.folder(tmp_path / "pets" / "test", each=3, seed=1)
    (tmp_path / "pets" / "docs").mkdir()
    for name in ("docs/readme.txt", "labels.csv", "test/unlabelled.png", "train/cat/.hidden"):
        (tmp_path / "pets" / name).write_text("beside")
    source = sources.read(tmp_path / "pets")
    assert source.names == ["cat", "dog", "红 熊猫"] and (source.parts == "test").sum() == 9
    (said, count), = found(source, "files beside").items()
    assert count == 3 and all(name in said for name in ("readme.txt", "labels.csv", "unlabelled.png"))


def test_a_folder_called_train_alone_is_a_class(tmp_path):
    assert sources.read(make.folder(tmp_path / "t", ("train", "plane"))).names == ["plane", "train"]


def test_the_penguins_by_name_of_their_column():
    source = sources.read(paths.DATA / "penguins" / "penguins.csv")
    assert source.form == "CSV of features" and not source.pictures
    assert source.names == ["Adelie", "Chinstrap", "Gentoo"] and source.inputs.shape == (344, 10)
    assert ["sex", "male", 0.0] in source.columns and ["body_mass_g", None, 0.0] in source.columns
    (said, count), = found(source, "label column").items()
    assert count == 3 and "'species'" in said and "guessed by its name" in said
    (said, count), = found(source, "missing values").items()
    assert count == 19 and "sex 11" in said and "body_mass_g 2" in said
    assert np.isnan(source.inputs).sum() == 8


@pytest.mark.parametrize("label, names", [("island", ["Biscoe", "Dream", "Torgersen"]),
                                          ("year", ["2007", "2008", "2009"])])
def test_another_label_column(label, names):
    assert sources.read(paths.DATA / "penguins" / "penguins.csv", label).names == names


@pytest.mark.parametrize("colour, planar", [(False, False), (True, False), (True, True)])
def test_a_csv_of_pixels_is_a_set_of_pictures(tmp_path, colour, planar):
    rng = np.random.default_rng(0)
    shown = np.stack([make.picture(n % 3, rng, 12, colour) for n in range(30)])
    values = shown.transpose(0, 3, 1, 2) if planar else shown
    frame = pd.DataFrame(values.reshape(30, -1))
    frame.insert(0, "label", np.arange(30) % 3)
    frame.to_csv(tmp_path / "digits.csv", index=False)
    source = sources.read(tmp_path / "digits.csv")
    assert source.form == "CSV of pixels" and np.array_equal(source.inputs, shown)
    row = frame.iloc[7].rename(str).to_dict()
    assert np.array_equal(np.reshape(columns.vector(row, source.columns), shown[7].shape), shown[7])


def test_pixels_without_a_header_and_the_label_first(tmp_path):
    rng = np.random.default_rng(0)
    lines = [[n % 3, *make.picture(n % 3, rng, 12).ravel()] for n in range(30)]
    pd.DataFrame(lines).to_csv(tmp_path / "m.csv", index=False, header=False)
    source = sources.read(tmp_path / "m.csv")
    assert source.inputs.shape == (30, 12, 12) and source.names == list("012")


def test_nine_whole_numbers_are_features_and_no_picture_of_3_by_3(tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.integers(0, 10, (40, 9)), columns=list("abcdefghi")).assign(y=np.arange(40) % 2)
    frame.to_csv(tmp_path / "cells.csv", index=False)
    assert sources.read(tmp_path / "cells.csv").form == "CSV of features"


def test_sixty_four_columns_with_halves_are_features(tmp_path):
    values = np.random.default_rng(0).integers(0, 9, (40, 64)) / 2
    pd.DataFrame(values).assign(y=np.arange(40) % 2).to_csv(tmp_path / "t.csv", index=False)
    assert sources.read(tmp_path / "t.csv").form == "CSV of features"


def table(path, labels, **columns):
    values, _ = make.rows(len(labels))
    frame = pd.DataFrame({"length": values[:, 0], "width": values[:, 1], **columns, "kind": labels})
    frame.to_csv(path, index=False)
    return path


def test_float_labels_that_are_whole_are_classes(tmp_path):
    source = sources.read(table(tmp_path / "t.csv", [1.0, 2.0, 10.0] * 20), "kind")
    assert source.names == ["1", "2", "10"], "in the order of numbers"


def test_float_labels_are_regression_and_refused(tmp_path):
    said = refusal(table(tmp_path / "t.csv", [1.0, 2.5] * 30), "kind")
    assert "2.5 in row 2" in said and "regression" in said


def test_missing_labels_are_left_out(tmp_path):
    source = sources.read(table(tmp_path / "t.csv", [1.0, 2.0, np.nan] * 20), "kind")
    assert source.names == ["1", "2"] and len(source.labels) == 40
    assert 20 in found(source, "rows without label").values()


@pytest.mark.parametrize("missing", ["", "?", "NA", "null"])
def test_none_may_be_a_class_and_what_is_missing_is_not(tmp_path, missing):
    source = sources.read(table(tmp_path / "t.csv", ["None", "mild", missing or np.nan] * 20), "kind")
    assert source.names == ["None", "mild"] and 20 in found(source, "rows without label").values()


def test_truths_are_labels_by_name(tmp_path):
    assert sources.read(table(tmp_path / "t.csv", [True, False] * 30), "kind").names == ["False", "True"]


def test_a_column_of_which_a_third_is_missing_stays_one_of_numbers(tmp_path):
    path = table(tmp_path / "t.csv", ["a", "b"] * 30, mass=["?", "None", *(f"{n}.5" for n in range(4))] * 10)
    source = sources.read(path, "kind")
    assert [name for name, *_ in source.columns] == ["length", "width", "mass"]
    assert np.isnan(source.inputs[:, 2]).sum() == 20 and 20 in found(source, "missing values").values()


def test_a_number_that_float32_cannot_hold_counts_as_missing(tmp_path):
    masses = ["1e39", "-inf", *(f"{n % 28}.5" for n in range(58))]
    path = table(tmp_path / "t.csv", ["a", "b"] * 30, mass=masses)
    source = sources.read(path, "kind")
    assert np.isnan(source.inputs[:, 2]).sum() == 2 and 2 in found(source, "missing values").values()
    assert not np.isinf(source.inputs).any()


def test_row_numbers_with_gaps_are_no_feature(tmp_path):
    path = table(tmp_path / "t.csv", ["a", "b", np.nan] * 20, rowid=range(100, 160), key=range(5, 185, 3))
    assert [name for name, *_ in sources.read(path, "kind").columns] == ["length", "width"]


def test_y_beside_x_is_a_place_and_no_label(tmp_path):
    values, labels = make.rows()
    pd.DataFrame({"x": values[:, 0], "y": values[:, 1], "colour": np.where(labels, "red", "blue")}).to_csv(
        tmp_path / "t.csv", index=False)
    assert sources.read(tmp_path / "t.csv").names == ["blue", "red"]


def test_a_label_of_many_names_is_refused_in_no_time(tmp_path):
    pd.DataFrame({"a": np.arange(20_000) % 77, "name": [f"no {n}" for n in range(20_000)]}).to_csv(
        tmp_path / "t.csv", index=False)
    assert "too small" in refusal(tmp_path / "t.csv", "name")


def test_a_number_of_the_rows_and_a_constant_teach_nothing(tmp_path):
    path = table(tmp_path / "t.csv", ["a", "b"] * 30, rowid=range(100, 160), site="Oslo", note=[
        f"text {n}" for n in range(60)])
    source = sources.read(path, "kind")
    assert [name for name, *_ in source.columns] == ["length", "width"]
    (said, count), = found(source, "columns left out").items()
    assert count == 3 and all(word in said for word in ("rowid", "site", "note"))


def test_a_column_that_gives_the_class_away_is_named(tmp_path):
    path = table(tmp_path / "t.csv", ["a", "b"] * 30, code=[7, 9] * 30)
    assert any("code" in said for said in found(sources.read(path, "kind"), "tells class"))
    assert not found(sources.read(table(tmp_path / "u.csv", ["a", "b"] * 30), "kind"), "tells class")


def test_semicolons_decimal_commas_a_byte_order_mark_and_chinese(tmp_path):
    values, labels = make.rows()
    lines = ["长度;宽;类", *(f"{a:.3f};{b:.3f};{'猫狗'[k]}".replace(".", ",")
                         for (a, b), k in zip(values, labels, strict=True))]
    (tmp_path / "表.csv").write_text("\n".join(lines), encoding="utf-8-sig")
    source = sources.read(tmp_path / "表.csv")
    assert source.names == ["狗", "猫"] and [c[0] for c in source.columns] == ["长度", "宽"]
    assert np.allclose(source.inputs, values, atol=1e-4)


@pytest.mark.parametrize("lines, names, form", [
    (["5.1,3.5,setosa", "4.9,3.0,setosa", "7.0,3.2,virginica", "6.1,2.9,virginica"], ["0", "1"], "no"),
    (["p,x,s", "e,y,s", "p,b,t", "e,x,t"], ["0", "1"], "no"),
    (["1100,1102.5,kind", "5.1,2,a", "4.9,3,b", "5.2,2,a", "4.8,3,b"], ["1100", "1102.5"], "named")])
def test_a_first_line_of_data_or_of_names(tmp_path, lines, names, form):
    (tmp_path / "t.data").write_text("\n".join(lines))
    frame = tables.whole(tmp_path / "t.data")
    assert list(frame.columns[:2]) == names and len(frame) == len(lines) - (form == "named")


def test_dates_with_points_beside_decimal_commas(tmp_path):
    values, labels = make.rows()
    numbers = [f"{a:.3f};{b:.3f}".replace(".", ",") for a, b in values]
    lines = ["day;length;width;kind", *(f"{1 + n % 28:02}.01.2020;{both};{kind}" for n, (both, kind) in
                                        enumerate(zip(numbers, labels, strict=True)))]
    (tmp_path / "t.csv").write_text("\n".join(lines))
    source = sources.read(tmp_path / "t.csv")
    assert [c[0] for c in source.columns] == ["length", "width"] and source.decimal == ","
    assert np.allclose(source.inputs, values, atol=1e-4)
    row = dict(zip(("day", "length", "width"), lines[1].split(";"), strict=False))
    assert columns.vector(row, source.columns, source.decimal) == pytest.approx(source.inputs[0])


def test_question_marks_are_missing_values(tmp_path):
    values, labels = make.rows()
    texts = values[:, 0].astype(str)
    texts[3] = "?"
    pd.DataFrame({"a": texts, "b": values[:, 1], "y": labels}).to_csv(tmp_path / "t.csv", index=False)
    source = sources.read(tmp_path / "t.csv")
    assert np.flatnonzero(np.isnan(source.inputs[:, 0])).tolist() == [3]


def test_truths_and_texts_become_columns_whatever_their_case(tmp_path):
    path = table(tmp_path / "t.csv", ["a", "b"] * 30, sex=list("MfmM") * 15, ill=[
        True, False, True] * 20)
    source = sources.read(path, "kind")
    assert [c[:2] for c in source.columns[2:]] == [["sex", "f"], ["sex", "m"],
                                                   ["ill", "false"], ["ill", "true"]]
    assert np.array_equal(source.inputs[:, 3], [1, 0, 1, 1] * 15)
    row = {"length": "1", "width": "1e99", "ill": "TRUE", "sex": " F"}
    assert columns.vector(row, source.columns) == [1, 0, 1, 0, 0, 1]


def test_a_csv_above_two_gigabytes_is_refused_unread(tmp_path):
    path = tmp_path / "big.csv"
    with path.open("wb") as file:  # a hole in the disk: it takes no room
        file.truncate(2_000_000_001)
    assert "2.0 GB" in refusal(path)


def test_a_csv_is_read_in_pieces_and_stopped_at_the_bound(tmp_path, monkeypatch):
    path = table(tmp_path / "t.csv", ["a", "b"] * 30)
    monkeypatch.setattr(tables, "PIECE", 100)  # some seven rows
    source = sources.read(path, "kind")
    assert len(source.labels) == 60 and source.items[-1] == "row 60"
    monkeypatch.setattr(tables, "MEMORY", 200)
    assert "sample" in refusal(path, "kind")


@pytest.mark.parametrize("content, word", [
    (b"\x89PNG\r\n\x1a\n and more", "PNG"), (b"PK\3\4rest", "Excel"), (b"\x1f\x8bxx", "gzip"), (b"", "empty"),
    (b"a,b\0\0\0", "binary"), (b"\0\0\x08\3", "IDX"), ("a,y\né,1\n".encode("latin-1"), "UTF-8"),
    (b"a,b,y\n1,2,0\n1,2,3,4,5\n", "line 3"), (b"just text\nwithout\ncolumns\n", "columns"),
    (b"a,b,y\n", "0 rows")])
def test_a_csv_that_is_none_is_refused(tmp_path, content, word):
    (tmp_path / "table.csv").write_bytes(content)
    assert word in refusal(tmp_path / "table.csv")


@pytest.mark.parametrize("labels, word", [(["one"] * 60, "nothing to tell apart"),
                                          ([f"no {n}" for n in range(60)], "too small")])
def test_one_class_or_only_names_are_refused(tmp_path, labels, word):
    assert word in refusal(table(tmp_path / "t.csv", labels), "kind")


def test_more_than_a_thousand_classes_are_refused():
    with pytest.raises(data.DataError, match="1,001 classes"):
        sources.require_classes("t.csv", [str(n) for n in range(1_001)], [])
    sources.require_classes("t.csv", [str(n) for n in range(1_000)], [])


def test_an_unknown_label_column_and_none_to_guess(tmp_path):
    path = table(tmp_path / "t.csv", np.linspace(0, 1, 60))
    assert "length" in refusal(path, "colour") and "--label" in refusal(path)


def test_a_path_that_is_not_there_and_pictures_without_classes(tmp_path):
    assert "does not exist" in refusal(tmp_path / "nowhere")
    Image.new("L", (4, 4)).save(tmp_path / "a.png")
    assert "class" in refusal(tmp_path)
    (tmp_path / "empty").mkdir()
    assert "no files" in refusal(tmp_path)


def test_idx_that_is_swapped_cut_or_of_two_sizes(tmp_path):
    folder = make.idx_folder(tmp_path / "idx")
    images, labels = folder / "train-images-idx3-ubyte", folder / "train-labels-idx1-ubyte"
    whole, marks = images.read_bytes(), labels.read_bytes()
    images.write_bytes(whole[:-3])
    assert "bytes" in refusal(folder)
    images.write_bytes(marks)
    labels.write_bytes(whole)
    assert "swapped" in refusal(folder)
    images.write_bytes(whole)
    labels.write_bytes(marks)
    make.write_idx(folder / "t10k-images-idx3-ubyte", np.zeros((18, 9, 9)))
    assert "one size" in refusal(folder)


def test_a_corrupt_file_is_left_out_by_name(root):
    (root / "cat" / "broken.png").write_bytes(b"this is no picture")
    whole = (root / "dog" / "no 001.png").read_bytes()
    (root / "dog" / "cut.png").write_bytes(whole[:60])
    (root / "dog" / "notes.txt").write_text("remember the milk")
    source = sources.read(root)
    (said, count), = found(source, "unreadable files").items()
    assert count == 3 and len(source.labels) == 42
    assert all(name in said for name in ("broken.png", "cut.png", "notes.txt"))


def test_whatever_pillow_raises_for_a_damaged_file_names_it(root, monkeypatch):
    header = pictures.header

    def broken(path):
        return None + 1 if path.name == "no 001.png" else header(path)

    monkeypatch.setattr(pictures, "header", broken)
    (said, count), = found(sources.read(root), "unreadable files").items()
    assert count == 3 and "no 001.png (unsupported operand" in said


def test_too_many_unreadable_files_are_refused(root):
    for n in range(12):
        (root / "cat" / f"{n}.png").write_bytes(b"nothing")
    assert "12 of 54 files" in refusal(root)


def test_an_empty_class_a_small_class_and_a_single_class(root):
    (root / "empty").mkdir()
    shutil.copytree(root / "cat", root / "few")
    for n in range(4, 14):
        (root / "few" / f"no {n:03}.png").unlink()
    source = sources.read(root)
    assert source.names == ["cat", "dog", "红 熊猫"]
    assert any("empty" in said for said in found(source, "empty classes"))
    assert any("few" in said and count == 1 for said, count in found(source, "too small a class").items())
    for name in ("cat", "dog"):
        shutil.rmtree(root / name)
    assert "1 class (红 熊猫)" in refusal(root)


def test_mixed_sizes_are_fitted_and_large_ones_reduced(root):
    Image.new("L", (30, 20), 200).save(root / "cat" / "wide.png")
    source = sources.read(root)
    assert source.inputs.shape[1:] == (12, 12)
    assert any("12 x 12" in said and count == 1 for said, count in found(source, "other sizes").items())
    wide = source.inputs[list(source.items).index(str(Path("cat") / "wide.png"))]
    assert wide[0].max() == 0 and wide[6].min() == 200, "whole, its margins black"
    assert pictures.target([(4000, 3000)] * 3) == (256, 192)
    assert pictures.target([(10, 20), (40, 30), (50, 50)]) == (40, 40)


def test_a_size_that_tells_the_class_is_reported(root):
    shutil.rmtree(root / "dog")
    make.folder(root, ("dog",), side=16)
    (said, count), = found(sources.read(root), "size tells class").items()
    assert count >= 15 and "learn sizes" in said


def test_sizes_that_are_all_different_tell_nothing():
    rng = np.random.default_rng(0)
    told = pictures.by_size(rng.integers(50, 500, (300, 2)), rng.choice(["a", "b", "c"], 300).astype(object))
    assert told.low < 0 and told.points < 10


def test_256_pixels_in_colour(tmp_path):
    source = sources.read(make.folder(tmp_path / "big", ("a", "b"), each=5, side=256, colour=True))
    assert source.inputs.shape == (10, 256, 256, 3)


def test_pictures_that_do_not_fit_in_memory_are_halved(root, monkeypatch):
    monkeypatch.setattr(pictures, "MEMORY", 42 * 12 * 12 - 1)
    assert sources.read(root).inputs.shape == (42, 6, 6)


def test_colour_files_that_are_grey_become_grey(tmp_path):
    root = make.folder(tmp_path / "g", ("a", "b"), each=6)
    for path in root.rglob("*.png"):
        Image.open(path).convert("RGB").save(path)
    assert sources.read(root).inputs.ndim == 3


GREY = np.linspace(0, 255, 16).astype(np.uint8).reshape(4, 4)


def save_16_bit(path):
    Image.fromarray(GREY.astype(np.uint16) * 257).save(path)


def save_palette(path):
    Image.fromarray(np.stack([GREY] * 3, -1)).convert("P").save(path)


def save_alpha(path):
    Image.fromarray(np.stack([GREY, GREY, GREY, np.full_like(GREY, 255)], -1)).save(path)


def save_bits(path):
    Image.fromarray(GREY > 127).save(path)


@pytest.mark.parametrize("save, close", [(save_16_bit, 0), (save_palette, 30), (save_alpha, 0)])
def test_kinds_of_png_read_as_what_they_show(tmp_path, save, close):
    save(tmp_path / "a.png")
    assert np.abs(pictures.pixels(tmp_path / "a.png", mode="L").astype(int) - GREY).max() <= close


def test_one_bit_and_transparency_on_white(tmp_path):
    save_bits(tmp_path / "bits.png")
    assert np.array_equal(pictures.pixels(tmp_path / "bits.png"), 255 * (GREY > 127))
    clear = np.zeros((4, 4, 4), np.uint8)
    clear[0, 0] = (255, 0, 0, 255)
    Image.fromarray(clear).save(tmp_path / "clear.png")
    seen = pictures.pixels(tmp_path / "clear.png")
    assert seen[0, 0].tolist() == [255, 0, 0] and (seen[1:] == 255).all()


def test_exif_says_which_way_is_up(tmp_path):
    shown = np.zeros((8, 16, 3), np.uint8)
    shown[:, :8] = 255
    exif = Image.Exif()
    exif[0x112] = 6
    Image.fromarray(shown).save(tmp_path / "a.jpg", exif=exif, quality=95)
    seen = pictures.pixels(tmp_path / "a.jpg")
    assert seen.shape == (16, 8, 3) and seen[:7].mean() > 240 and seen[9:].mean() < 15
    assert pictures.header(tmp_path / "a.jpg")[0] == (8, 16)


def test_kinds_and_wrong_names_are_counted(root):
    save_16_bit(root / "cat" / "deep.png")
    save_palette(root / "cat" / "palette.png")
    save_alpha(root / "cat" / "alpha.png")
    Image.new("RGB", (12, 12), "red").save(root / "cat" / "really.jpg", format="PNG")
    said = " ".join(found(sources.read(root), "kind of file"))
    assert all(word in said for word in ("16-bit", "palette", "white", "read by content"))


def test_a_decompression_bomb_is_left_out_by_name(root):
    for name, side in (("bomb.png", 10_000), ("small bomb.png", 7_500)):
        Image.new("1", (side, side)).save(root / "cat" / name)
    (said, count), = found(sources.read(root), "unreadable files").items()
    assert count == 2 and "bomb.png" in said and "50 million pixels" in said


def test_no_format_that_runs_a_program_is_opened(root):
    (root / "cat" / "post.eps").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n")
    assert any("post.eps" in said for said in found(sources.read(root), "unreadable files"))
    with pytest.raises(OSError, match="cannot identify"):
        pictures.header(root / "cat" / "post.eps")


def test_bits_that_files_have_and_do_not_use_are_told(root):
    assert not found(sources.read(root), "dark")
    for path in root.rglob("*.png"):
        Image.fromarray(np.asarray(Image.open(path)).astype(np.uint16) * 16).save(path)  # 12 bits of 16
    assert found(sources.read(root), "dark")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only there may a name be any bytes")
def test_names_that_are_no_utf_8_can_be_printed(root):
    os.rename(os.fsencode(root / "cat"), os.fsencode(root) + b"/\xc4\xe3")  # Chinese in GBK
    source = sources.read(root)
    assert len(source.names) == 3 and all(name.isprintable() for name in source.names)
    "".join([*source.names, *source.items]).encode()


def test_copies_and_contradictions_are_counted(root):
    shutil.copy(root / "cat" / "no 000.png", root / "cat" / "again.png")
    shutil.copy(root / "dog" / "no 000.png", root / "cat" / "torn.png")
    source = sources.read(root)
    assert list(found(source, "copies").values()) == [2]
    assert list(found(source, "two labels").values()) == [2]
    assert len(set(source.groups)) == len(source.labels) - 2


def test_the_same_picture_in_two_parts_is_not_learnt_from(tmp_path):
    make.folder(tmp_path / "p" / "train")
    make.folder(tmp_path / "p" / "test", each=4, seed=1)
    shutil.copy(tmp_path / "p" / "test" / "cat" / "no 000.png", tmp_path / "p" / "train" / "cat" / "seen.png")
    source = sources.read(tmp_path / "p")
    (said, count), = found(source, "in two parts").items()
    assert count == 1 and "seen.png" in said
    assert (source.parts == "test").sum() == 12, "the test part stays whole"
    assert not set(source.groups[source.parts == "test"]) & set(source.groups[source.parts != "test"])
