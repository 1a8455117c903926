"""The samples of a study as its trainings take them."""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import structlog
from numpy.typing import NDArray

from hpsearch.errors import InvalidSettings
from hpsearch.objectives.data import DigitsData, IdxData
from hpsearch_workers import data as sources
from hpsearch_workers.data import Normalisation, Samples
from hpsearch_workers.population.network import Data

log = structlog.get_logger("hpsearch.training")


@dataclass(frozen=True, eq=False)
class Dataset:
    """All samples that a search may see, and which of them train and validate, by fold."""

    samples: Samples
    data: Data
    _fitted: dict[str, Normalisation] = field(default_factory=dict)

    @classmethod
    def of(cls, samples: Samples, train: NDArray[np.int32], validation: NDArray[np.int32]) -> "Dataset":
        """Rows as population.network.Data has them."""
        return cls(samples, Data((samples.inputs, samples.labels), train, validation))

    @property
    def shape(self) -> tuple[int, ...]:
        """Of an input: (height, width, channels)."""
        return self.samples.inputs.shape[1:]

    @property
    def classes(self) -> int:
        """The number of classes: the greatest label, and one."""
        return 1 + int(self.samples.labels.max())

    @property
    def train_size(self) -> int:
        """The samples that train, in the fold with the fewest."""
        return int((self.data.train >= 0).sum(axis=1).min())

    def normalisation(self, kind: str) -> Normalisation:
        """Fitted for each fold to the samples that train in it: arrays (folds,)."""
        if kind not in self._fitted:
            each = [sources.fit(kind, self.samples.take(rows[rows >= 0])) for rows in self.data.train]
            self._fitted[kind] = Normalisation(*(np.array(numbers) for numbers in zip(*each, strict=True)))
        return self._fitted[kind]

    def whole(self) -> "Dataset":
        """The same samples, all of which train; none validates."""
        return Dataset(self.samples, self.data.whole())


@lru_cache(maxsize=2)
def dataset(chosen: DigitsData | IdxData, root: Path, folds: int | None) -> Dataset:
    """Split once, or into folds; files are below `root`. Raises InvalidSettings that names the field, OSError."""
    if folds is not None:
        return _cross_validation(sources.pooled_data(chosen, root), folds, chosen.split_seed)
    source = sources.training_data(chosen, root)
    parts = (source.train, source.validation)
    inputs, labels = (np.concatenate([getattr(part, name) for part in parts]) for name in ("inputs", "labels"))
    train, validation = np.split(_rows(len(labels)), [len(source.train)])
    return Dataset.of(Samples(inputs, labels), train[None], validation[None])


def _cross_validation(samples: Samples, folds: int, seed: int) -> Dataset:
    if folds > len(samples):
        raise InvalidSettings.at(
            "settings.folds", f"must be at most {len(samples)}, the samples there are; got {folds}"
        )
    counts = np.bincount(samples.labels)
    if rare := np.flatnonzero((counts > 0) & (counts < folds)).tolist():
        log.warning("classes with fewer samples than there are folds: some folds validate without them", classes=rare)
    found = sources.fold_of(samples.labels, folds, np.random.default_rng(seed))
    train, validation = (
        _filled([np.flatnonzero((found == fold) == held_out) for fold in range(folds)]) for held_out in (False, True)
    )
    return Dataset.of(samples, train, validation)


def _filled(rows: list[NDArray[np.intp]]) -> NDArray[np.int32]:
    """One array, filled up with -1."""
    longest = max(len(each) for each in rows)
    return np.stack([np.pad(each, (0, longest - len(each)), constant_values=-1) for each in rows]).astype(np.int32)


def _rows(count: int) -> NDArray[np.int32]:
    return np.arange(count, dtype=np.int32)
