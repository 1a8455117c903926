"""Losses and accuracy of single samples, from the outputs before their activation."""

import jax
import jax.numpy as jnp


def losses(loss: str, outputs: jax.Array, labels: jax.Array) -> jax.Array:
    """The loss of each sample (n,) for `outputs` (n, classes).

    `cross_entropy` of the softmax; `mean_squared_error`: half the squared error of the sigmoid against one-hot targets, summed over classes.
    """
    if loss == "cross_entropy":
        return -_pick(jax.nn.log_softmax(outputs), labels)
    targets = jax.nn.one_hot(labels, outputs.shape[-1])
    return 0.5 * jnp.sum((jax.nn.sigmoid(outputs) - targets) ** 2, axis=-1)


def smoothed(outputs: jax.Array, labels: jax.Array, smoothing: jax.Array) -> jax.Array:
    """Cross-entropy of each sample (n,) against targets of which the share `smoothing` is spread evenly over all classes."""
    logs = jax.nn.log_softmax(outputs)
    return -(1 - smoothing) * _pick(logs, labels) - smoothing * jnp.mean(logs, axis=-1)


def probabilities(loss: str, outputs: jax.Array) -> jax.Array:
    """Of each class (n, classes): softmax for `cross_entropy`; sigmoid for `mean_squared_error`, where they do not add up to 1."""
    return jax.nn.softmax(outputs) if loss == "cross_entropy" else jax.nn.sigmoid(outputs)


def hits(outputs: jax.Array, labels: jax.Array) -> jax.Array:
    """1 for each sample whose greatest output is its class, else 0 (n,), float32."""
    return (jnp.argmax(outputs, axis=-1) == labels).astype(jnp.float32)


def _pick(logs: jax.Array, labels: jax.Array) -> jax.Array:
    return jnp.take_along_axis(logs, labels[:, None], axis=-1)[:, 0]
