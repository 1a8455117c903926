"""The training of one trial as pure functions of (hyper, state, data).

An epoch is `begin` (shuffle), steps over minibatches, and `end` (validate, early stopping). Everything random is drawn from the
trial's seed by epoch and step, with threefry keys: their numbers do not depend on what else the program computes.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from hpsearch.objectives import Signature
from hpsearch_workers.training import early_stopping
from hpsearch_workers.training.evaluation import Sums, evaluate, normalised
from hpsearch_workers.training.hyper import Hyper
from hpsearch_workers.training.loss import hits, losses, smoothed
from hpsearch_workers.training.network import Model, Training
from hpsearch_workers.training.optimizer import Params, optimizer, penalty
from hpsearch_workers.training.schedule import learning_rate


class Data(NamedTuple):
    """Samples on the device, as the source stores them: inputs (n, height, width, channels), labels (n,) int32."""

    train_inputs: jax.Array
    train_labels: jax.Array
    val_inputs: jax.Array
    val_labels: jax.Array


class State(NamedTuple):
    """One trial in training. `best_params` and `best_stats` are those of the best epoch; `sums` run over the present epoch."""

    seed: jax.Array  # uint32
    epoch: jax.Array  # int32, finished epochs
    steps: jax.Array  # int32, finished steps
    params: Params
    stats: Params
    moments: Any  # optax's state
    sums: Sums
    stopping: early_stopping.Stopping
    best_params: Params
    best_stats: Params


class Epoch(NamedTuple):
    """What an epoch gave: `metrics` (5,) in the order of METRICS and the learning rate of its last step; whether the training ends here."""

    metrics: jax.Array
    ended: jax.Array
    diverged: jax.Array


@dataclass(frozen=True)
class Trainer:
    """Pure functions that train networks of one signature on data of one shape."""

    signature: Signature
    model: Model
    samples: int  # of the training set

    @property
    def steps_per_epoch(self) -> int:
        """Minibatches of an epoch; the last may be incomplete."""
        return -(-self.samples // self.signature.batch_size)

    def init(self, hyper: Hyper, seed: jax.Array) -> State:
        """A trial before its first step."""
        params, stats = self.model.init(_key(seed, 0, jnp.int32(0)), hyper)
        moments = optimizer(self.signature, hyper, hyper.learning_rate).init(params)
        zero = jnp.int32(0)
        return State(seed, zero, zero, params, stats, moments, Sums.zero(), early_stopping.start(), params, stats)

    def epoch(self, hyper: Hyper, state: State, data: Data) -> tuple[State, Epoch]:
        """A trial after one more epoch."""
        order = self.begin(state)
        state = jax.lax.fori_loop(
            0,
            self.steps_per_epoch,
            lambda place, now: self.step(hyper, now, data, order, place),
            state._replace(sums=Sums.zero()),
        )
        return self.end(hyper, state, data)

    def begin(self, state: State) -> jax.Array:
        """The order of the samples in this epoch, filled up to whole minibatches with sample 0."""
        order = jax.random.permutation(_key(state.seed, 1, state.epoch), self.samples)
        return jnp.pad(order, (0, self.steps_per_epoch * self.signature.batch_size - self.samples))

    def step(self, hyper: Hyper, state: State, data: Data, order: jax.Array, place: jax.Array) -> State:
        """A trial after minibatch number `place` of its epoch. What fills up the last one has weight 0."""
        size = self.signature.batch_size
        rows = jax.lax.dynamic_slice(order, (place * size,), (size,))
        weights = (place * size + jnp.arange(size) < self.samples).astype(jnp.float32)
        inputs, labels = normalised(hyper.normalisation, data.train_inputs[rows]), data.train_labels[rows]
        training = Training(hyper, _key(state.seed, 2, state.steps), weights > 0)

        def objective(params: Params) -> tuple[jax.Array, tuple[Params, Sums]]:
            outputs, stats = self.model.apply(params, state.stats, inputs, training)
            plain = losses(self.signature.loss, outputs, labels)
            trained = smoothed(outputs, labels, hyper.label_smoothing) if self._has("label_smoothing") else plain
            sums = Sums(jnp.sum(weights * plain), jnp.sum(weights * hits(outputs, labels)))
            loss = jnp.sum(weights * trained) / jnp.sum(weights) + penalty(self.signature, hyper, params)
            return loss, (stats, sums)

        gradients, (stats, sums) = jax.grad(objective, has_aux=True)(state.params)
        transformation = optimizer(self.signature, hyper, self._rate(hyper, state.steps))
        updates, moments = transformation.update(gradients, state.moments, state.params)
        return state._replace(
            steps=state.steps + 1,
            params=jax.tree.map(jnp.add, state.params, updates),
            stats=stats,
            moments=moments,
            sums=jax.tree.map(jnp.add, state.sums, sums),
        )

    def end(self, hyper: Hyper, state: State, data: Data) -> tuple[State, Epoch]:
        """Validates after the last minibatch, and decides whether the training ends."""
        epoch = state.epoch + 1
        arrays = (hyper.normalisation, state.params, state.stats)
        val = evaluate(self.signature, self.model, arrays, data.val_inputs, data.val_labels)
        metrics = jnp.stack(
            [
                *_means(state.sums, self.samples),
                *_means(val, data.val_labels.shape[0]),
                self._rate(hyper, state.steps - 1),
            ]
        )
        stopping = early_stopping.update(state.stopping, hyper.sign * metrics[hyper.monitor], epoch, hyper.min_delta)
        better = stopping.best_epoch == epoch

        def best(new: jax.Array, old: jax.Array) -> jax.Array:
            return jnp.where(better, new, old)

        diverged = ~jnp.isfinite(metrics[0])
        state = state._replace(
            epoch=epoch,
            stopping=stopping,
            best_params=jax.tree.map(best, state.params, state.best_params),
            best_stats=jax.tree.map(best, state.stats, state.best_stats),
        )
        ended = (epoch >= hyper.max_epochs) | (stopping.waited >= hyper.patience) | diverged
        return state, Epoch(metrics, ended, diverged)

    def _rate(self, hyper: Hyper, steps: jax.Array) -> jax.Array:
        return learning_rate(hyper, steps / self.steps_per_epoch)

    def _has(self, option: str) -> bool:
        return option in self.signature.options


def _key(seed: jax.Array, purpose: int, place: jax.Array) -> jax.Array:
    """0: initial weights; 1: the order of an epoch; 2: the dropout of a step."""
    return jax.random.fold_in(jax.random.fold_in(jax.random.key(seed, impl="threefry2x32"), purpose), place)


def _means(sums: Sums, count: int) -> Sums:
    return Sums(sums.loss / count, sums.hits / count)
