"""Learning-rate schedules as one pure function of arrays: optax's branch on their arguments, so jit could not trace those."""

from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp

if TYPE_CHECKING:
    from hpsearch_workers.training.hyper import Hyper

SCHEDULES = (
    "constant",
    "linear",
    "polynomial",
    "cosine",
    "warmup_cosine",
    "exponential",
    "step",
    "piecewise_constant",
    "inverse_time",
    "power",
)
MOST_BOUNDARIES = 16


def learning_rate(hyper: "Hyper", epochs: jax.Array) -> jax.Array:
    """The learning rate after `epochs` epochs (a real number: finished steps over steps of an epoch)."""
    done = jnp.minimum(epochs / hyper.max_epochs, 1.0)
    units = epochs / hyper.transition_epochs
    warmed = (epochs - hyper.warmup_epochs) / (hyper.max_epochs - hyper.warmup_epochs)
    falling = _left(hyper.alpha, _cosine(jnp.clip(warmed, 0.0, 1.0)))
    factors = (
        jnp.ones_like(done),
        _left(hyper.alpha, 1.0 - done),
        _left(hyper.alpha, (1.0 - done) ** hyper.power),
        _left(hyper.alpha, _cosine(done)),
        jnp.where(epochs < hyper.warmup_epochs, epochs / hyper.warmup_epochs, falling),
        hyper.decay_rate**units,
        hyper.decay_rate ** jnp.floor(units),
        hyper.decay_rate ** jnp.sum(epochs >= hyper.boundaries),
        1.0 / (1.0 + hyper.decay_rate * units),
        (1.0 + units) ** -hyper.power,
    )
    return hyper.learning_rate * jnp.stack(factors)[hyper.schedule]


def _cosine(done: jax.Array) -> jax.Array:
    return 0.5 * (1.0 + jnp.cos(jnp.pi * done))


def _left(alpha: jax.Array, factor: jax.Array) -> jax.Array:
    """From 1 down to `alpha` while `factor` goes from 1 to 0."""
    return alpha + (1.0 - alpha) * factor
