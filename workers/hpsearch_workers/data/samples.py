"""Labelled samples, and training data as the sets it is kept apart in."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Samples:
    """`inputs` (n, height, width, channels) as the source stores them; `labels` (n,), int32, from 0."""

    inputs: NDArray[np.generic]
    labels: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: NDArray[np.bool_ | np.integer] | slice) -> "Samples":
        """The samples of these rows, in their order."""
        return Samples(self.inputs[rows], self.labels[rows])


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What a search may see: the samples that train, and those that validate. The test samples are not here."""

    train: Samples
    validation: Samples

    @property
    def classes(self) -> int:
        """The number of classes: the greatest label that a search may see, and one."""
        return 1 + int(max(self.train.labels.max(), self.validation.labels.max()))
