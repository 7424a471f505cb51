"""JAX: an epoch as one jitted `lax.scan` over batches, Adam from optax."""

import functools

import jax
import jax.numpy as jnp
import optax
from jax import lax

from lepton_sweeps.peers import turns

LAYOUT = ("NHWC", "HWIO", "NHWC")
ADAM = optax.adam(1e-3, eps=1e-7)


def logits(weights, images, padding):
    """The networks of `models.py` from Keras' weights: convolutions, the first two pooled, then dense."""
    x, last = images[..., None], len(weights) // 2 - 1
    for i, (kernel, bias) in enumerate(zip(weights[::2], weights[1::2], strict=True)):
        if kernel.ndim == 4:
            x = lax.conv_general_dilated(x, kernel, (1, 1), padding, dimension_numbers=LAYOUT)
            x = jax.nn.relu(x + bias)
            if i < 2:
                x = lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
        else:
            x = x.reshape(len(x), -1) @ kernel + bias
            x = x if i == last else jax.nn.relu(x)
    return x


@functools.partial(jax.jit, static_argnames="padding", donate_argnames="state")
def epoch(state, images, labels, grid, padding):
    """Weights and Adam's state after one pass, and the mean loss."""
    def loss(weights, rows):
        said = logits(weights, images[rows], padding)
        return optax.softmax_cross_entropy_with_integer_labels(said, labels[rows]).mean()

    def step(state, rows):
        weights, moments = state
        value, slopes = jax.value_and_grad(loss)(weights, rows)
        updates, moments = ADAM.update(slopes, moments)
        return (optax.apply_updates(weights, updates), moments), value

    state, values = lax.scan(step, state, grid)
    return state, values.mean()


def main():
    """Serve turns of the network whose padding is the only word."""
    job = turns.Job()
    weights = [jnp.asarray(w) for w in job.weights]
    images, labels = jnp.asarray(job.images), jnp.asarray(job.labels)
    state = weights, ADAM.init(weights)

    def train(grid):
        nonlocal state
        state, value = epoch(state, images, labels, grid, job.words[0].upper())
        return value

    job.serve(train)


if __name__ == "__main__":
    main()
