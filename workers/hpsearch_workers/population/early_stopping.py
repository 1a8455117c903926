"""Early stopping as a pure function of arrays: when to end, and which epoch was best. NaN is no improvement."""

from typing import NamedTuple

import jax
import jax.numpy as jnp


class Stopping(NamedTuple):
    """What is remembered of the epochs so far, for values of which less is better.

    `best` is the least value, of epoch `best_epoch` (0: none yet, `best` is infinite). `mark` is the value that the next
    improvement is measured against, `waited` the epochs in a row since it was set.
    """

    best: jax.Array
    best_epoch: jax.Array
    mark: jax.Array
    waited: jax.Array


def start() -> Stopping:
    """Before the first epoch."""
    return Stopping(jnp.float32(jnp.inf), jnp.int32(0), jnp.float32(jnp.inf), jnp.int32(0))


def update(state: Stopping, value: jax.Array, epoch: jax.Array, min_delta: jax.Array) -> Stopping:
    """After `epoch` (from 1) gave `value`. An improvement is less than the mark by more than `min_delta`; the best epoch is the first least one."""
    better = value < state.best
    improved = value < state.mark - min_delta
    return Stopping(
        best=jnp.where(better, value, state.best),
        best_epoch=jnp.where(better, epoch, state.best_epoch),
        mark=jnp.where(improved, value, state.mark),
        waited=jnp.where(improved, 0, state.waited + 1),
    )
