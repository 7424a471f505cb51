"""The article's program, as written there."""

import numpy as np
import pytest

import lepton_helpers
from lepton_helpers import (
    create_model,
    data,
    evaluate_model,
    optimize_model,
    preprocess_data,
    preprocess_labels,
    train_model,
)


def test_the_program_runs_as_written(capsys):
    train_data, train_labels, test_data, test_labels = data.read_folder()
    train_data, train_labels = preprocess_data(train_data), preprocess_labels(train_labels)
    test_data, test_labels = preprocess_data(test_data), preprocess_labels(test_labels)
    model = create_model((28, 28))
    assert [type(layer).__name__ for layer in model.layers] == ["Flatten", "Dense", "Dense"]
    model = train_model(model, train_data, train_labels)
    before = evaluate_model(model, test_data, test_labels)
    optimized = optimize_model(model)
    after = evaluate_model(optimized, test_data, test_labels)
    lines = capsys.readouterr().out.splitlines()
    assert lines == [f"Test accuracy: {before['accuracy']:.4f}", f"Test accuracy: {after['accuracy']:.4f}"]
    assert before["accuracy"] > 0.86 and after["accuracy"] > before["accuracy"] - 0.005
    assert before["gzip_bytes"] / after["gzip_bytes"] > 8 and before["file_bytes"] / after["file_bytes"] > 3.5


def test_other_shapes_and_its_own_data(few):
    images, labels = few.images[:600, ::2, ::2], few.labels[:600]
    model = train_model(create_model((14, 14)), images, preprocess_labels(labels), epochs=2)
    lite = optimize_model(model, images, labels, target_sparsity=0.5, bits=16, epochs=1)
    assert lite.predict(images[:3]).shape == (3, 10)


def test_bad_input_gets_one_sentence(few):
    with pytest.raises(data.DataError, match="labels run from 0 to 12"):
        preprocess_labels([0, 12])
    with pytest.raises(data.DataError, match="NaN"):
        preprocess_data(np.full((2, 3, 3), np.nan, np.float32))
    model = create_model((28, 28))
    with pytest.raises(ValueError, match="bits=4 must be 8, 16 or 32"):
        optimize_model(model, bits=4)
    with pytest.raises(ValueError, match=r"sparsity=1 must lie in \[0, 1\)"):
        optimize_model(model, target_sparsity=1)
    with pytest.raises(data.DataError, match="takes images of shape"):
        optimize_model(create_model((14, 14)))
    with pytest.raises(data.DataError, match="2 images but 3 labels"):
        evaluate_model(model, few.images[:2], few.labels[:3])


def test_names_that_are_not_there():
    with pytest.raises(AttributeError, match="no attribute 'prune_everything'"):
        lepton_helpers.prune_everything  # noqa: B018
