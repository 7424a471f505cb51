"""The networks, each a plain tf_keras model, compiled and seeded."""

from lepton_helpers.quiet import keras

layers = keras.layers


def require_tf_keras(model):
    """Raise `TypeError` with one clear sentence unless `model` is a tf_keras (Keras 2) model."""
    if isinstance(model, keras.Model):
        return model
    if type(model).__module__.split(".")[0] == "keras" or any(
            c.__module__.split(".")[0] == "keras" for c in type(model).__mro__):
        raise TypeError("this is a Keras 3 model, and TF-MOT speaks Keras 2 only; "
                        "build it with `import tf_keras as keras`.")
    raise TypeError(f"expected a tf_keras model, got {type(model).__name__}.")


def compiled(model, optimizer="adam", one_hot=False):
    """Compile in place with cross-entropy and accuracy; returns the model.

    `one_hot` chooses the article's `categorical_crossentropy`; otherwise labels are integers.
    """
    loss = "categorical_crossentropy" if one_hot else "sparse_categorical_crossentropy"
    require_tf_keras(model).compile(optimizer=optimizer, loss=loss, metrics=["accuracy"])
    return model


def copy(model):
    """A model of the same layers and weights, not compiled; `TypeError` unless it is a tf_keras model."""
    twin = keras.models.clone_model(require_tf_keras(model))
    twin.set_weights(model.get_weights())
    return twin


def with_kernels(model, kernels):
    """A compiled copy of `model` with the kernels in `{layer name: array}` put in place."""
    twin = compiled(copy(model))
    for name, kernel in kernels.items():
        layer = twin.get_layer(name)
        layer.set_weights([kernel, *layer.get_weights()[1:]])
    return twin


def dense(units, n=0, activation="relu"):
    """The `n`th dense layer of a network, named as Keras names it in a fresh session."""
    # explicit names: Keras' own depend on what the session built before
    return layers.Dense(units, activation=activation, name=f"dense_{n}" if n else "dense")


def convolution(filters, size, n=0, padding="valid", stride=1):
    """The `n`th square convolution of a network, with ReLU."""
    name = f"conv2d_{n}" if n else "conv2d"
    return layers.Conv2D(filters, size, stride, padding, activation="relu", name=name)


def _sequential(name, seed, *stack):
    keras.utils.set_random_seed(seed)
    return compiled(keras.Sequential(stack, name=name))


def mlp(input_shape=(28, 28), classes=10, hidden=128, seed=0):
    """The article's network: Flatten, Dense(128, relu), Dense(10, softmax); 101,770 parameters."""
    return _sequential("mlp", seed, layers.Input(input_shape), layers.Flatten(),
                       dense(hidden), dense(classes, 1, "softmax"))


def lenet_300_100(input_shape=(28, 28), classes=10, seed=0):
    """LeNet-300-100 (LeCun et al. 1998): two hidden dense layers; 266,610 parameters."""
    return _sequential("lenet_300_100", seed, layers.Input(input_shape), layers.Flatten(),
                       dense(300), dense(100, 1), dense(classes, 2, "softmax"))


def lenet_5(input_shape=(28, 28), classes=10, seed=0):
    """LeNet-5 as Deep Compression (Han et al. 2016) counts it, 20-50-500-10; 431,080 parameters."""
    return _sequential(
        "lenet_5", seed, layers.Input(input_shape), layers.Reshape((*input_shape, 1)),
        convolution(20, 5), layers.MaxPooling2D(), convolution(50, 5, 1), layers.MaxPooling2D(),
        layers.Flatten(), dense(500), dense(classes, 1, "softmax"))


def small_cnn(input_shape=(28, 28), classes=10, seed=0, widths=(16, 32, 64), dropout=0.1):
    """Three 3x3 convolutions and one dense layer, made for the edge; 54,666 parameters."""
    first, second, third = widths
    return _sequential(
        "small_cnn", seed, layers.Input(input_shape), layers.Reshape((*input_shape, 1)),
        convolution(first, 3, 0, "same"), layers.MaxPooling2D(),
        convolution(second, 3, 1, "same"), layers.MaxPooling2D(),
        convolution(third, 3, 2, "same"), layers.Flatten(), layers.Dropout(dropout),
        dense(classes, 0, "softmax"))


BY_NAME = {"mlp": mlp, "lenet_300_100": lenet_300_100, "lenet_5": lenet_5, "small_cnn": small_cnn}
