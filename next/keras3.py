"""A Keras 3 model's layers and weights, carried over to tf_keras."""

from lepton_helpers.quiet import keras

_POOL = "pool_size", "strides", "padding"
_CONVOLUTION = "strides", "padding", "dilation_rate", "activation", "use_bias"
CARRIED = {  # what a layer's answers rest on; its weights come in the same order in both
    "Dense": ("units", "activation", "use_bias"), "Conv2D": ("filters", "kernel_size", "groups", *_CONVOLUTION),
    "DepthwiseConv2D": ("kernel_size", "depth_multiplier", *_CONVOLUTION), "MaxPooling2D": _POOL,
    "AveragePooling2D": _POOL, "GlobalAveragePooling2D": ("keepdims",), "GlobalMaxPooling2D": ("keepdims",),
    "BatchNormalization": ("axis", "momentum", "epsilon", "center", "scale"), "Dropout": ("rate",),
    "Flatten": (), "Reshape": ("target_shape",), "ZeroPadding2D": ("padding",),
    "Rescaling": ("scale", "offset"), "Activation": ("activation",), "Softmax": ("axis",),
    "ReLU": ("max_value", "negative_slope", "threshold"), "Add": (), "Concatenate": ("axis",)}


def _layer(kind, config):
    """The tf_keras layer of a Keras 3 layer's configuration; `ValueError` where none gives equal answers."""
    reason = f"a {kind}" if kind not in CARRIED else "channels first" if (
        config.get("data_format") == "channels_first") else "an activation of its own" if not (
        isinstance(config.get("activation", ""), str)) else ""
    if reason:
        raise ValueError(f"layer {config.get('name')!r} ({reason}) cannot be carried over from Keras 3; what can "
                         f"be: {', '.join(CARRIED)}, channels last, with Keras' own activations.")
    return getattr(keras.layers, kind)(name=config["name"], **{key: config[key] for key in CARRIED[kind]})


def _sources(value):
    """`(layer, node, place)` of each tensor among a call's arguments, in their order."""
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        return [tuple(value["config"]["keras_history"])]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    return [source for part in parts for source in _sources(part)]


def from_keras3(model):
    """The tf_keras model, not compiled, of a Keras 3 Sequential or functional model: equal layers and weights.

    TF-MOT prunes, clusters and quantizes tf_keras models only. Raises `TypeError` for what is no built Keras 3
    model, `ValueError` that names the first layer without an equal one in tf_keras.
    """
    if isinstance(model, keras.Model) or not any(c.__module__.startswith("keras.src.models") for c in type(
            model).__mro__) or not (model.built and "layers" in model.get_config()):
        raise TypeError(f"expected a Keras 3 Sequential or functional model that is built, got "
                        f"{type(model).__module__.split('.')[0]}'s {type(model).__name__}.")
    config, made, tensors, last = model.get_config(), {}, {}, None
    for entry in config["layers"]:
        kind, how = entry["class_name"], entry["config"]
        nodes = entry.get("inbound_nodes", [None])
        if kind == "InputLayer":
            last = tensors[how["name"], 0, 0] = keras.Input(how["batch_shape"][1:], name=how["name"])
            continue
        layer = made[how["name"]] = _layer(kind, how)
        for place, node in enumerate(nodes):
            taken = [last] if node is None else [tensors[source] for source in _sources(node)]
            last = tensors[how["name"], place, 0] = layer(taken if kind in ("Add", "Concatenate") else taken[0])
    ends = [config.get(key) for key in ("input_layers", "output_layers")]
    ins, outs = ([tensors[tuple(end)] for end in (which if isinstance(which[0], list) else [which])]
                 if which else [] for which in ends)
    twin = keras.Model(ins or [tensors[key] for key in tensors][:1], outs or last, name=model.name)
    for name, layer in made.items():
        layer.set_weights(model.get_layer(name).get_weights())
    return twin
