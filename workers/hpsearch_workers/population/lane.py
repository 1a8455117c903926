"""The training of one lane, step by step, as pure functions: everything that the engine adds to a network.

What is random is drawn from the seeds of the lane by epoch and step, with threefry keys: under `vmap` their numbers do not depend on the
lane or on its neighbours, as those of other generators do.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, TypeVar

import jax
import jax.numpy as jnp

from hpsearch_workers.population import early_stopping
from hpsearch_workers.population.network import Each, Network, Now, Sums, Tree, evaluated

_Tree = TypeVar("_Tree")
Array = Any
"""NumPy's on the host, JAX's in a program."""


class Samples(NamedTuple):
    """Data on the device."""

    arrays: Tree
    train: Array
    validation: Array


class Goal(NamedTuple):
    """When a training ends, and which epoch is best: scalars, traced.

    `monitor` is the place of the study's metric among the metrics, `sign` 1 where less is better and -1 where more is.
    """

    max_epochs: Array  # int32
    patience: Array  # int32
    min_delta: Array
    monitor: Array  # int32
    sign: Array


class Replica(NamedTuple):
    """One network of a lane.

    `order` are the rows of the present epoch, -1 for what fills up its last batch; `best` are the weights of the best epoch, and
    `judged` what they gave of each sample that validates.
    """

    seed: jax.Array  # uint32
    weights: Tree
    memory: Tree
    best: Tree
    order: jax.Array
    sums: Sums
    judged: Each


class State(NamedTuple):
    """A lane in training: its replicas, with a leading axis, start, stop and end together."""

    epoch: jax.Array  # int32, finished epochs
    place: jax.Array  # int32, finished steps of the present epoch
    stopping: early_stopping.Stopping
    replicas: Replica


class Lane(NamedTuple):
    """A trial in its lane: what it was given, and how far it is."""

    goal: Goal
    hyper: Tree
    state: State


class Epoch(NamedTuple):
    """What an epoch gave: `metrics` and their `spread` over the replicas (standard deviation), in the order of `names`.

    `values` (replicas,) is the study's metric of each.
    """

    metrics: jax.Array
    spread: jax.Array
    values: jax.Array
    best_epoch: jax.Array
    ended: jax.Array
    diverged: jax.Array


@dataclass(frozen=True)
class Trainer:
    """Functions of one lane, for networks of one kind on data of one shape."""

    network: Network
    batch: int
    evaluation_batch: int
    samples: int  # rows that train
    repeats: int
    folds: int

    @property
    def steps(self) -> int:
        """Steps of an epoch; its last batch may be incomplete."""
        return -(-self.samples // self.batch)

    @property
    def replicas(self) -> int:
        """Networks of a lane."""
        return self.repeats * self.folds

    def init(self, goal: Goal, hyper: Tree, seed: jax.Array, data: Samples) -> Lane:
        """A trial before its first step. Its first replica has the seed of the trial."""
        seeds = seed + jnp.arange(self.replicas, dtype=jnp.uint32) * _SEED_STRIDE

        replicas = jax.vmap(partial(self._replica, hyper, data))(seeds, self._folds())
        return Lane(goal, hyper, State(jnp.int32(0), jnp.int32(0), early_stopping.start(), replicas))

    def step(self, hyper: Tree, state: State, data: Samples) -> State:
        """After the next minibatch of its epoch."""
        steps = state.epoch * self.steps + state.place

        def one(replica: Replica, fold: jax.Array) -> Replica:
            rows = jax.lax.dynamic_slice(replica.order, (state.place * self.batch,), (self.batch,))
            now = Now(_key(replica.seed, 2, steps), steps / self.steps, rows >= 0, fold)
            batch = _take(data.arrays, rows)
            weights, memory, sums = self.network.step(now, hyper, replica.weights, replica.memory, batch)
            sums = jax.tree.map(jnp.add, replica.sums, sums)
            after = replica._replace(weights=weights, memory=memory, sums=sums)
            return after if self.folds == 1 else _where(jnp.any(rows >= 0), after, replica)

        return state._replace(place=state.place + 1, replicas=jax.vmap(one)(state.replicas, self._folds()))

    def end(self, lane: Lane, data: Samples) -> tuple[Lane, Epoch]:
        """After the validation that follows the last minibatch of an epoch; ready for the next."""
        goal, hyper, state = lane
        epoch = state.epoch + 1
        last = (epoch * self.steps - 1) / self.steps
        means, judged = jax.vmap(partial(self._means, hyper, last, data))(state.replicas, self._folds())
        each = [values for _, values in sorted(means.items())]
        watched = [value for _, value in sorted(self.network.watch(hyper, last).items())]
        metrics = jnp.stack([*(jnp.mean(values) for values in each), *watched])
        spread = jnp.stack([*(_deviation(values) for values in each), *(jnp.zeros_like(value) for value in watched)])
        values = jnp.stack([*each, *(jnp.broadcast_to(value, (self.replicas,)) for value in watched)])[goal.monitor]
        diverged = ~jnp.all(jnp.isfinite(means["train_loss"]))
        stopping = early_stopping.update(state.stopping, goal.sign * metrics[goal.monitor], epoch, goal.min_delta)
        better = stopping.best_epoch == epoch

        def one(replica: Replica, fold: jax.Array, judged: Each) -> Replica:
            return replica._replace(
                best=_where(better, replica.weights, replica.best),
                order=self._order(replica.seed, epoch, self._rows(data.train, fold)),
                sums=jax.tree.map(jnp.zeros_like, replica.sums),
                judged=_where(better, judged, replica.judged),
            )

        replicas = jax.vmap(one)(state.replicas, self._folds(), judged)
        ended = (epoch >= goal.max_epochs) | (stopping.waited >= goal.patience) | diverged
        state = State(epoch, jnp.int32(0), stopping, replicas)
        return Lane(goal, hyper, state), Epoch(metrics, spread, values, stopping.best_epoch, ended, diverged)

    def names(self, hyper: Tree, data: Samples) -> tuple[str, ...]:
        """Names of an epoch's metrics, in their order."""
        means, watched = jax.eval_shape(self._measured, hyper, data)
        return (*sorted(means), *sorted(watched))

    def _measured(self, hyper: Tree, data: Samples) -> tuple[Sums, Mapping[str, jax.Array]]:
        replica, start = self._replica(hyper, data, jnp.uint32(0), jnp.int32(0)), jnp.float32(0)
        return self._means(hyper, start, data, replica, jnp.int32(0))[0], self.network.watch(hyper, start)

    def _replica(self, hyper: Tree, data: Samples, seed: jax.Array, fold: jax.Array) -> Replica:
        """A network before its first step."""
        weights, memory = self.network.init(_key(seed, 0, jnp.int32(0)), hyper)
        order = self._order(seed, jnp.int32(0), self._rows(data.train, fold))
        rows = jnp.zeros(self.batch, jnp.int32)
        now = Now(_key(seed, 2, jnp.int32(0)), jnp.float32(0), rows >= 0, fold)
        sums = jax.eval_shape(self.network.step, now, hyper, weights, memory, _take(data.arrays, rows))[2]
        judged = jax.eval_shape(self._validate, hyper, jnp.float32(0), data, seed, weights, fold)[1]
        return Replica(seed, weights, memory, weights, order, *jax.tree.map(_zeros, (sums, judged)))

    def _means(
        self, hyper: Tree, epochs: jax.Array, data: Samples, replica: Replica, fold: jax.Array
    ) -> tuple[Sums, Each]:
        """Of the epoch's minibatches and over all samples that validate, by metric; and what was found of each of these samples."""
        trained = _over(replica.sums, self._rows(data.train, fold))
        validated, judged = self._validate(hyper, epochs, data, replica.seed, replica.weights, fold)
        means = {f"train_{name}" if name in validated else name: value for name, value in trained.items()}
        return means | {f"val_{name}": value for name, value in validated.items()}, judged

    def _validate(
        self, hyper: Tree, epochs: jax.Array, data: Samples, seed: jax.Array, weights: Tree, fold: jax.Array
    ) -> tuple[Sums, Each]:
        rows = self._rows(data.validation, fold)
        size = min(len(rows), self.evaluation_batch)
        padded = jnp.pad(rows, (0, -len(rows) % size), constant_values=-1)

        def look(rows: jax.Array) -> tuple[Sums, Each]:
            now = Now(_key(seed, 3, jnp.int32(0)), epochs, rows >= 0, fold)
            return evaluated(self.network.evaluate(now, hyper, weights, _take(data.arrays, rows)))

        def add(place: jax.Array, found: tuple[Sums, Each]) -> tuple[Sums, Each]:
            sums, each = look(jax.lax.dynamic_slice(padded, (place * size,), (size,)))
            kept = {
                name: jax.lax.dynamic_update_slice(found[1][name], values, (place * size,))
                for name, values in each.items()
            }
            return jax.tree.map(jnp.add, found[0], sums), kept

        shapes, each = jax.eval_shape(look, padded[:size])
        nothing = {name: jnp.zeros(len(padded), leaf.dtype) for name, leaf in each.items()}
        start = (jax.tree.map(_zeros, shapes), nothing)
        sums, kept = jax.lax.fori_loop(0, len(padded) // size, add, start)
        return _over(sums, rows), {name: values[: len(rows)] for name, values in kept.items()}

    def _order(self, seed: jax.Array, epoch: jax.Array, rows: jax.Array) -> jax.Array:
        """The rows that train in the order of this epoch, filled up to whole minibatches."""
        order = jax.random.permutation(_key(seed, 1, epoch), rows)
        return jnp.pad(order, (0, self.steps * self.batch - self.samples), constant_values=-1)

    def _rows(self, rows: jax.Array, fold: jax.Array) -> jax.Array:
        return rows[0] if self.folds == 1 else rows[fold]  # without folds, one gather serves all lanes

    def _folds(self) -> jax.Array:
        return jnp.tile(jnp.arange(self.folds, dtype=jnp.int32), self.repeats)


_SEED_STRIDE = jnp.uint32(0x9E3779B9)
"""Between the seeds of two replicas: 2**32 over the golden ratio."""


def _key(seed: jax.Array, purpose: int, place: jax.Array) -> jax.Array:
    """0: initial weights; 1: the order of an epoch; 2: a step; 3: validation, which draws nothing."""
    return jax.random.fold_in(jax.random.fold_in(jax.random.key(seed, impl="threefry2x32"), purpose), place)


def _take(arrays: Tree, rows: jax.Array) -> Tree:
    return jax.tree.map(lambda array: array[jnp.maximum(rows, 0)], arrays)


def _where(condition: jax.Array, new: _Tree, old: _Tree) -> _Tree:
    return jax.tree.map(partial(jnp.where, condition), new, old)  # type: ignore[no-any-return]


def _zeros(leaf: Any) -> jax.Array:
    return jnp.zeros(leaf.shape, leaf.dtype)


def _over(sums: Sums, rows: jax.Array) -> Sums:
    """Means, of the sums over these rows."""
    count = jnp.sum(rows >= 0)
    return {name: value / count for name, value in sums.items()}


def _deviation(values: jax.Array) -> jax.Array:
    """Standard deviation of a sample; 0 of a single value."""
    return jnp.std(values, ddof=1) if values.shape[0] > 1 else jnp.zeros_like(values[0])
