"""The numbers of a trial that a program takes as arguments: everything that does not shape it."""

from typing import Any, NamedTuple

import jax
import numpy as np

from hpsearch.objectives.network import DEFAULT_EPS, NetworkSettings
from hpsearch_workers.data import Normalisation
from hpsearch_workers.training.initialise import INITIALIZERS
from hpsearch_workers.training.schedule import MOST_BOUNDARIES, SCHEDULES


class Hyper(NamedTuple):
    """Hyperparameters as scalars (float32, int32 where said) and short arrays, so that trials of one program differ in nothing else.

    Infinite where a limit is absent. `normalisation` has arrays (folds,), of one without folds.
    `schedule` and `initializer` (int32) are places in SCHEDULES and INITIALIZERS.
    """

    filters: jax.Array  # (convolutional layers,) int32, the true ones in the signature's buckets
    units: jax.Array  # (hidden layers,) int32, likewise
    learning_rate: jax.Array
    schedule: jax.Array
    warmup_epochs: jax.Array
    alpha: jax.Array
    decay_rate: jax.Array
    transition_epochs: jax.Array
    power: jax.Array
    boundaries: jax.Array  # (MOST_BOUNDARIES,) epochs
    momentum: jax.Array
    b1: jax.Array
    b2: jax.Array
    decay: jax.Array
    rho: jax.Array
    eps: jax.Array
    weight_decay: jax.Array
    clip_value: jax.Array
    clip_norm: jax.Array
    l1: jax.Array
    l2: jax.Array
    label_smoothing: jax.Array
    input_dropout: jax.Array
    conv_dropout: jax.Array
    dropout: jax.Array
    initializer: jax.Array
    init_stddev: jax.Array
    normalisation: Normalisation
    max_epochs: jax.Array  # int32


_GIVEN = """
    learning_rate warmup_epochs alpha decay_rate transition_epochs power momentum b1 b2 decay rho l1 l2 label_smoothing input_dropout dropout
    init_stddev
"""


def hyper(settings: NetworkSettings, normalisation: Normalisation) -> Hyper:
    """The numbers of a trial with these settings, NumPy's; its networks normalise inputs by `normalisation`, arrays (folds,)."""
    boundaries = [*settings.boundaries, *[np.inf] * (MOST_BOUNDARIES - len(settings.boundaries))]
    real: dict[str, Any] = {name: getattr(settings, name) for name in _GIVEN.split()}
    real |= {
        "boundaries": boundaries,
        "eps": DEFAULT_EPS.get(settings.optimizer, 1e-8) if settings.eps is None else settings.eps,
        "weight_decay": _weight_decay(settings),
        "clip_value": settings.clip_value or np.inf,
        "clip_norm": settings.clip_norm or np.inf,
        "conv_dropout": getattr(settings, "conv_dropout", 0.0),
    }
    whole: dict[str, Any] = {
        "filters": settings.layer_filters,
        "units": settings.widths,
        "schedule": SCHEDULES.index(settings.schedule),
        "initializer": INITIALIZERS.index(settings.initializer),
        "max_epochs": settings.max_epochs,
    }
    arrays: dict[str, Any]
    with np.errstate(over="ignore"):  # what float32 cannot hold is infinite, and such a training diverges
        arrays = {name: np.asarray(value, np.float32) for name, value in real.items()}
    arrays |= {name: np.asarray(value, np.int32) for name, value in whole.items()}
    return Hyper(**arrays, normalisation=normalisation)


def _weight_decay(settings: NetworkSettings) -> float:
    if settings.weight_decay is None:
        return 1e-4 if settings.optimizer == "adamw" else 0.0
    return settings.weight_decay
