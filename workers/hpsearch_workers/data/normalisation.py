"""Normalisation: (x - shift) * scale, fitted on the training set alone."""

from typing import Any, NamedTuple

import numpy as np

from hpsearch_workers.data.samples import Samples


class Normalisation(NamedTuple):
    """Two float32 scalars: all inputs share one unit."""

    shift: Any
    scale: Any


def fit(kind: str, train: Samples) -> Normalisation:
    """`min_max` to [0, 1], `symmetric` to [-1, 1], `standardise` to mean 0 and deviation 1, `none`. Constant inputs become 0."""
    low, high = float(train.inputs.min()), float(train.inputs.max())
    match kind:
        case "none":
            shift, spread = 0.0, 1.0
        case "min_max":
            shift, spread = low, high - low
        case "symmetric":
            shift, spread = (low + high) / 2, (high - low) / 2
        case _:
            shift, spread = float(train.inputs.mean()), float(train.inputs.std())
    return Normalisation(np.float32(shift), np.float32(1 / spread if spread > 0 else 1.0))
