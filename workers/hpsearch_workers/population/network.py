"""What the engine trains: pure functions over arrays, and a trial made ready for them. A user's own model joins in by these."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import jax
import numpy as np

from hpsearch_workers.objective import TrialRun

Tree = Any
"""Nested tuples, lists and dicts of arrays."""
Sums = dict[str, jax.Array]
"""Of each metric its sum over the samples present, float32; `loss` must be one of them."""
Each = dict[str, jax.Array]
"""Of each sample a number, by name: arrays (batch,)."""


class Now(NamedTuple):
    """Where a training is. What is random is drawn from `key` alone, which is another one at every step."""

    key: jax.Array
    epochs: jax.Array  # float32, finished epochs: steps over the steps of an epoch
    present: jax.Array  # (batch,) bool; False for what fills up an incomplete batch, which must have no influence
    fold: jax.Array  # int32, place of the fold; 0 without cross-validation


class Network(Protocol):
    """Pure functions of one network and its training, traced by JAX.

    Equal networks share compiled programs: whatever shapes a program is part of equality and hash, and numbers that differ from trial to
    trial come in `hyper`. The functions see one network: the engine puts `vmap` around them.
    """

    def __hash__(self) -> int: ...

    def init(self, key: jax.Array, hyper: Tree) -> tuple[Tree, Tree]:
        """Initial `weights`, which make predictions and are kept, and `memory`: what only the training needs (moments)."""

    def step(self, now: Now, hyper: Tree, weights: Tree, memory: Tree, batch: Tree) -> tuple[Tree, Tree, Sums]:
        """Weights and memory after one minibatch, and its sums, by the weights before it.

        Sums that `evaluate` does not give say something of the training alone (`grad_norm`), and are reported under their own name.
        """

    def evaluate(self, now: Now, hyper: Tree, weights: Tree, batch: Tree) -> Sums | tuple[Sums, Each]:
        """The same sums over samples that do not train; `now.key` is not to be used.

        And, from what classifies, of each sample `predicted` (int32, the class), its `probability` and the `loss` (float32): those
        of the best epoch are kept, and told as artifacts (hpsearch_workers.judgement).
        """

    def watch(self, hyper: Tree, epochs: jax.Array) -> Mapping[str, jax.Array]:
        """Numbers to report with every epoch, at its last step (`learning_rate`)."""


def evaluated(found: Sums | tuple[Sums, Each]) -> tuple[Sums, Each]:
    """What `evaluate` gave: sums, and what it gave of each sample."""
    return found if isinstance(found, tuple) else (found, {})


@dataclass(frozen=True, eq=False)
class Data:
    """Samples for all trials, copied to the device once; trials with the same object share the copy.

    `samples` are arrays (n, ...), which train and validate alike; `train` (folds, n_train) and `validation` (folds, n_val) are rows of
    them, int32, filled up with -1 where folds differ. Samples for the final test are not here.
    """

    samples: Tree
    train: np.ndarray[Any, np.dtype[np.int32]]
    validation: np.ndarray[Any, np.dtype[np.int32]]

    def whole(self) -> "Data":
        """Once, all rows that train or validate; they train, and none validates."""
        rows = np.unique(np.concatenate([self.train.ravel(), self.validation.ravel()]))
        return Data(self.samples, rows[None, rows >= 0], np.full((1, 1), -1, np.int32))


@dataclass(frozen=True)
class Training:
    """One trial, ready to be trained.

    `hyper` has NumPy arrays of the same shapes and types for all trials of a network. A validation metric that has not improved by more
    than `min_delta` for `patience` epochs in a row ends the training; without it `max_epochs` does. `batch` samples a step,
    `evaluation_batch` at most in one pass of the validation. Without folds, `data` has one row of each.
    """

    network: Network
    hyper: Tree
    data: Data
    batch: int
    max_epochs: int
    patience: int | None = None
    min_delta: float = 0.0
    repeats: int = 1
    evaluation_batch: int = 1024


class PopulationObjective(Protocol):
    """An objective whose trials train as lanes. Called on the host, once for each trial, before it gets a lane."""

    def prepare(self, trial: TrialRun) -> Training:
        """Raises InvalidSettings or InvalidInput that names the field, by who gave it: the settings, or this trial's parameters."""

    def weights(self, training: Training, weights: Tree) -> Tree:
        """What to keep of the best weights of a trial, NumPy's, of one network: of several repeats the best one. Nested dicts of arrays."""
