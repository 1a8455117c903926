"""A model of one's own, trained as a population: an LSTM that forecasts a wave, of data drawn from a seed.

A sequence is 16 noisy points of a sum of two sines with frequencies, phases and heights of its own; the network reads them and says
what the next point is. A worker trains many trials of it at once, as lanes of one compiled program (docs/own-model.md).
"""

from dataclasses import dataclass
from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np
import optax

from hpsearch.errors import InvalidSettings
from hpsearch_workers.objective import TrialRun
from hpsearch_workers.population import Data, FromLoss, Training

LENGTH = 16
"""Points of a sequence."""


@lru_cache
def waves(train: int, validation: int, seed: int = 0) -> Data:
    """Sequences (n, LENGTH) and the points that follow, (n,), float32; the first `train` of them train."""
    random = np.random.default_rng(seed)
    count = train + validation
    frequencies, phases, heights = (
        random.uniform(*limits, (count, 2, 1)) for limits in ((0.1, 1), (0, 6.28), (0.3, 1))
    )
    points = (heights * np.sin(frequencies * np.arange(LENGTH + 1) + phases)).sum(axis=1)
    points += random.normal(scale=0.02, size=points.shape)
    points = points.astype(np.float32)
    rows = np.arange(count, dtype=np.int32)
    return Data((points[:, :-1], points[:, -1]), train=rows[None, :train], validation=rows[None, train:])


@dataclass(frozen=True)
class Lstm:
    """Fields are what shapes a program: every number of units has one of its own. All else is in `hyper`."""

    units: int

    def init(self, key, hyper):
        kernel, out = jax.random.split(key)
        gates = 4 * self.units
        bias = jnp.zeros(gates).at[self.units : 2 * self.units].set(hyper["forget_bias"])
        return {
            "kernel": jax.random.normal(kernel, (1 + self.units, gates)) / jnp.sqrt(1.0 + self.units),
            "bias": bias,
            "out": jax.random.normal(out, (self.units,)) / jnp.sqrt(1.0 * self.units),
        }

    def loss(self, weights, hyper, batch, key):
        """Squared errors, and absolute ones to look at; one each a sequence."""
        points, following = batch

        def read(state, point):
            hidden, cell = state
            gates = jnp.concatenate([point[:, None], hidden], axis=1) @ weights["kernel"] + weights["bias"]
            into, forget, new, out = jnp.split(gates, 4, axis=1)
            cell = jax.nn.sigmoid(forget) * cell + jax.nn.sigmoid(into) * jnp.tanh(new)
            return (jax.nn.sigmoid(out) * jnp.tanh(cell), cell), None

        nothing = jnp.zeros((len(points), self.units))
        (hidden, _), _ = jax.lax.scan(read, (nothing, nothing), points.T)
        if key is not None:  # training: dropout, with a rate that differs from lane to lane
            kept = jax.random.bernoulli(key, 1 - hyper["dropout"], hidden.shape)
            hidden = jnp.where(kept, hidden / (1 - hyper["dropout"]), 0.0)
        # The network says by how much the next point differs from the last.
        errors = points[:, -1] + hidden @ weights["out"] - following
        return errors**2, {"absolute_error": jnp.abs(errors)}

    def optimizer(self, hyper, epochs):
        rate = hyper["learning_rate"] * hyper["decay"] ** epochs
        return optax.chain(optax.clip_by_global_norm(hyper["clip_norm"]), optax.adam(rate))


class Objective:
    """`objective: model:Objective`."""

    def prepare(self, trial: TrialRun) -> Training:
        """Called once for each trial, before it gets a lane."""
        epochs = trial.settings.get("max_epochs", 20)
        if not isinstance(epochs, int) or epochs < 1:
            # The study pauses with this message, instead of failing trial after trial.
            raise InvalidSettings.at("settings.max_epochs", f"must be a whole number from 1, got {epochs!r}")
        numbers = ("learning_rate", "decay", "clip_norm", "dropout", "forget_bias")
        return Training(
            network=FromLoss(Lstm(units=trial.params["units"])),
            hyper={name: trial.params[name] for name in numbers},
            data=waves(train=1000, validation=250),
            batch=50,
            max_epochs=epochs,
            patience=5,
        )

    def weights(self, training, weights):
        """What is kept of the best trials."""
        return weights
