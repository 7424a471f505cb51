"""Splits that nothing crosses, networks for each form, a choice on validation, and a run that resumes."""

import itertools
import shutil
import threading
import time

import examples as make
import numpy as np
import pandas as pd
import pytest

from lepton_helpers import artifacts, paths
from lepton_helpers.coding import container
from lepton_helpers.evidence import scores
from lepton_own import pipeline, report, sources, techniques
from lepton_own.techniques import DEEP


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Four epochs and two, one sparsity."""
    monkeypatch.setattr(techniques, "STEPS", 1)
    monkeypatch.setattr(techniques, "SPARSITIES", (0.8,))


@pytest.fixture(scope="module")
def pets(tmp_path_factory):
    """Pictures and what came of them with two seeds, kept in a home of this module: `(source, run, home)`."""
    root = tmp_path_factory.mktemp("pets")
    source = sources.read(make.folder(root / "pets"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEPTON_HOME", str(root / "home"))
        patch.setattr(techniques, "STEPS", 1)
        patch.setattr(techniques, "SPARSITIES", (0.8,))
        return source, pipeline.run(source, seeds=2), root / "home"


def kept(home):
    """When each artifact below `home` was written, by its folder's name."""
    return {path.parent.name: path.stat().st_mtime_ns for path in home.glob("artifacts/*/manifest.json")}


def copied(tmp_path, many=6):
    """Pictures of which some stand there twice under another name."""
    root = make.folder(tmp_path / "pets", each=20)
    for path in sorted(root.rglob("*.png"))[::3]:
        for n in range(many):
            shutil.copy(path, path.with_name(f"copy {n} of {path.name}"))
    return sources.read(root)


def test_no_copy_crosses_and_classes_keep_their_shares(tmp_path):
    source = copied(tmp_path)
    rows = pipeline.split(source)
    assert sorted(np.concatenate(rows)) == list(range(len(source.labels)))
    groups = [set(source.groups[r]) for r in rows]
    assert not groups[0] & groups[1] and not groups[0] & groups[2] and not groups[1] & groups[2]
    for part, share in zip(groups, (0.64, 0.16, 0.2), strict=True):
        assert len(part) == pytest.approx(share * 60, abs=3)
    for r in rows:
        kinds = [len(set(source.groups[r][source.labels[r] == k])) for k in range(3)]
        assert max(kinds) - min(kinds) <= 1


def test_the_split_is_the_same_every_time(tmp_path):
    source = copied(tmp_path)
    first, again, other = (pipeline.split(source, seed) for seed in (0, 0, 1))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[2], other[2])


def test_parts_that_the_data_came_with_stay(tmp_path):
    source = sources.read(make.idx_folder(tmp_path / "idx", each=20))
    train, validation, test = pipeline.split(source)
    assert set(source.parts[test]) == {"test"} and len(test) == 18
    assert set(source.parts[validation]) == {"train"} and len(validation) == 12 and len(train) == 48


def test_a_part_of_one_item_is_refused(tmp_path):
    source = sources.read(make.idx_folder(tmp_path / "idx", each=20))
    only = np.flatnonzero(source.parts == "test")[1:]
    parts = source.parts.copy()
    parts[only] = "train"
    with pytest.raises(pipeline.data.DataError, match=", 1 distinct"):
        pipeline.split(source._replace(parts=parts))


def test_missing_values_become_the_training_median():
    source = sources.read(paths.DATA / "penguins" / "penguins.csv")
    rows = pipeline.split(source)
    fill, splits = pipeline.prepared(source, rows)
    mass = [name for name, *_ in source.columns].index("body_mass_g")
    assert fill[mass] == np.nanmedian(source.inputs[rows[0], mass])
    assert not any(np.isnan(part.images).any() for part in splits)
    gaps = np.isnan(source.inputs[rows[0], mass])
    assert gaps.any() and (splits.train.images[gaps, mass] == fill[mass]).all()


def test_the_network_standardizes_what_it_is_given():
    rng = np.random.default_rng(0)
    rows = pipeline.data.Split(rng.normal([5, 1e4], [0.1, 3e3], (200, 2)).astype(np.float32), None)
    inside = techniques.network(rows, 3).layers[0](rows.images).numpy()
    assert np.allclose(inside.mean(axis=0), 0, atol=1e-3) and np.allclose(inside.std(axis=0), 1, atol=1e-3)
    constant = pipeline.data.Split(np.ones((9, 2), np.float32), None)
    assert np.isfinite(techniques.network(constant, 3).predict(constant.images, verbose=0)).all()


@pytest.mark.parametrize("shape", [(1, 1), (5, 9), (28, 28), (64, 64, 3), (100, 60), (256, 256, 3)])
def test_any_size_up_to_256_pixels_has_a_network_that_stays_quick(shape):
    images = np.random.default_rng(0).integers(0, 256, (4, *shape), np.uint8)
    model = techniques.network(pipeline.data.Split(images, None), 7)
    assert model.predict(images, verbose=0).shape == (4, 7)
    assert scores.macs(model) < 25e6, "a step of 32 pictures takes well below a second"
    again = container.decode(container.encode(rounded(model)))
    assert np.array_equal(again.predict(images, verbose=0), model.predict(images, verbose=0))


def rounded(model):
    """The model with kernels of a few levels, as the format wants them."""
    model.set_weights([np.round(w * 8) / 8 if w.ndim > 1 else w for w in model.get_weights()])
    return model


def test_a_thousand_classes_have_a_network():
    images = np.zeros((2, 28, 28), np.uint8)
    model = techniques.network(pipeline.data.Split(images, None), 1_000)
    assert model.output_shape == (None, 1_000)


def test_the_work_of_a_training_is_bounded(monkeypatch):
    monkeypatch.setattr(techniques, "STEPS", 10 ** 6)
    model = techniques.network(pipeline.data.Split(np.zeros((2, 256, 256, 3), np.uint8), None), 2)
    few, many = (techniques.plan(model, n)[0] for n in (100, 60_000))
    assert few["epochs"] == 60 and many["epochs"] == 4


BOARD = pd.DataFrame({"accuracy": [0.90, 0.905, 0.895, 0.85], "gzip_bytes": [9_000, 3_000, 1_000, 500]},
                     index=["control", "int8", "small", "tiny"])


@pytest.mark.parametrize("budget, chosen, met", [
    ({}, "small", True), ({"most_bytes": 3_000}, "int8", True), ({"most_bytes": 999}, "tiny", True),
    ({"most_bytes": 100}, "tiny", False), ({"least_accuracy": 0.9}, "int8", True),
    ({"least_accuracy": 0.8}, "tiny", True), ({"least_accuracy": 0.99}, "int8", False)])
def test_the_choice_by_budget(budget, chosen, met):
    name, held, why = pipeline.choose(BOARD, **budget)
    assert (name, held) == (chosen, met) and why


def test_of_equally_accurate_ones_the_smallest_is_chosen():
    even = BOARD.assign(accuracy=0.9)
    assert pipeline.choose(even, most_bytes=9_000)[0] == "tiny"
    assert pipeline.choose(even, least_accuracy=0.99)[0] == "tiny"


def test_copies_count_once_in_an_interval():
    rng = np.random.default_rng(0)
    ours, theirs = (rng.random((3, 50)) < share for share in (0.9, 0.6))
    once = pipeline.evidence.difference(ours, theirs)
    numbers = np.repeat(np.arange(50), 7)  # all of them seven times: nothing new is known
    again = pipeline.evidence.difference(*(pipeline.by_item(x[:, numbers], numbers) for x in (ours, theirs)))
    assert again == pytest.approx(once)
    numbers = np.repeat(np.arange(50), np.arange(50) % 3 + 1)
    assert pipeline.by_item(ours[:, numbers], numbers).mean() == pytest.approx(ours[:, numbers].mean())


def test_two_copies_of_one_item_are_no_test(tmp_path):
    source = sources.read(make.idx_folder(tmp_path / "idx", each=20))
    parts, groups = source.parts.copy(), source.groups.copy()
    tested = np.flatnonzero(parts == "test")
    parts[tested[2:]], groups[tested[:2]] = "train", groups[tested[0]]
    with pytest.raises(pipeline.data.DataError, match=", 1 distinct"):
        pipeline.split(source._replace(parts=parts, groups=groups))


def test_int8_is_calibrated_on_every_class():
    rows = techniques.spread(1_000)  # of items that come class by class
    assert len(rows) == 300 and rows[0] == 0 and rows[-1] == 999 and np.diff(rows).max() <= 4
    assert set(techniques.spread(7)) == set(range(7))


def test_all_techniques_on_pictures_with_names_in_chinese(pets):
    source, run, _ = pets
    assert {"control", "int8", "pruned 80%", "pruned 80% + int8", DEEP} <= set(run.choice.index)
    assert run.choice.loc["int8", "file_bytes"] < run.choice.loc["control", "file_bytes"]
    assert run.choice["gzip_bytes"].idxmin() == DEEP and run.chosen in run.choice.index
    assert all(len(group) == 2 for group in run.made.values()) and (run.exam["seeds"] == 2).all()
    assert run.choice.loc["pruned 80%", "gzip_bytes"] < 0.5 * run.choice.loc["control", "gzip_bytes"]
    content = run.files[DEEP][0][0]
    images = run.splits.test.images
    assert np.array_equal(container.decode(content).predict(images, verbose=0),
                          run.made[DEEP][0].predict(images, verbose=0))
    assert run.files["control"][0][0] != run.files["as trained"][0][0], "the control trains on, too"


def test_an_interrupted_run_resumes_and_trains_nothing_twice(pets, home, monkeypatch):
    source, run, whole = pets
    build, seen = artifacts.cached, []

    def pulled(name, *arguments, **recipe):
        if len(seen) == 3:
            raise KeyboardInterrupt
        seen.append(name)
        return build(name, *arguments, **recipe)

    with monkeypatch.context() as patch:
        patch.setattr(artifacts, "cached", pulled)
        with pytest.raises(KeyboardInterrupt):
            pipeline.run(source, seeds=2)
    begun = kept(home)
    assert len(begun) == 3 and set(begun) < set(kept(whole)), "the same as an undisturbed run has"
    for name in sorted(set(kept(whole)) - set(begun))[1:]:  # all but one: what is there is not made again
        shutil.copytree(whole / "artifacts" / name, home / "artifacts" / name)
    there = kept(home)
    again = pipeline.run(source, seeds=2)
    assert set(kept(home)) == set(kept(whole)) and len(kept(home)) == len(there) + 1
    assert all(kept(home)[name] == time for name, time in there.items())
    assert again.choice.drop(columns="latency_us").equals(run.choice.drop(columns="latency_us"))


def test_a_session_that_built_other_networks_finds_what_is_kept(pets, monkeypatch):
    source, run, home = pets
    monkeypatch.setenv("LEPTON_HOME", str(home))
    before = kept(home)
    techniques.network(run.splits.train, 3)
    again = pipeline.run(source, seeds=1)
    assert kept(home) == before and again.files["int8"][0] == run.files["int8"][0]


def test_other_pictures_are_other_artifacts_calibrated_on_spread_rows(pets, home, tmp_path, monkeypatch):
    convert, given = techniques.litert.convert, []
    monkeypatch.setattr(techniques, "spread", lambda n: np.arange(0, n, 9))
    monkeypatch.setattr(techniques.litert, "convert",
                        lambda *arguments: given.append(len(arguments[2])) or convert(*arguments))
    pipeline.run(sources.read(make.folder(tmp_path / "others", seed=1)), seeds=1)
    assert 2 * len(kept(home)) == len(kept(pets[2])) and not set(kept(home)) & set(kept(pets[2]))
    assert set(given) == {-(-len(pets[1].splits.train.labels) // 9)}


def test_a_network_that_the_format_cannot_hold_is_said(pets, monkeypatch):
    monkeypatch.setenv("LEPTON_HOME", str(pets[2]))
    monkeypatch.setattr(techniques, "MOST_WEIGHTS", 10)
    run = pipeline.run(pets[0], seeds=1)
    assert DEEP not in run.choice.index and "no .lept file" in run.remarks[0]


def test_two_runs_that_write_into_one_folder_do_not_mix(pets, tmp_path, monkeypatch):
    """Both are ready at the same time; the second waits until all files of the first are there."""
    order, ready, write = [], threading.Barrier(2, timeout=3600), paths.write_atomically

    def slowly(path, content):
        order.append(threading.get_ident())
        time.sleep(0.05)
        return write(path, content)

    monkeypatch.setattr(report.paths, "write_atomically", slowly)
    monkeypatch.setattr(report, "page", lambda *_: f"page {ready.wait()}")
    both = [threading.Thread(target=report.write, args=(pets[1], tmp_path)) for _ in "ab"]
    for one in both:
        one.start()
    for one in both:
        one.join(timeout=3600)
    assert [len(list(group)) for _, group in itertools.groupby(order)] == [len(order) // 2] * 2
    assert {path.name for path in tmp_path.iterdir()} == set(report.NAMES)
