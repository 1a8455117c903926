"""Splits that keep sets apart: stratified by label and drawn from a seed, or by the order of the file."""

import numpy as np
from numpy.typing import NDArray

from hpsearch.errors import InvalidSettings
from hpsearch.objectives.data import First, Last
from hpsearch_workers.data.samples import Samples, TrainingData


def stratified(labels: NDArray[np.int32], share: float, random: np.random.Generator) -> NDArray[np.bool_]:
    """Which samples to take: round(share * n) of all, and of each class its share within one sample."""
    shuffled = random.permutation(len(labels))
    by_class = shuffled[np.argsort(labels[shuffled], kind="stable")]
    # Every 1/share-th of the row of classes: a systematic sample is spread evenly over it.
    marks = np.floor(np.arange(len(labels) + 1) * share + 0.5)
    taken = np.zeros(len(labels), dtype=bool)
    taken[by_class[np.diff(marks) > 0]] = True
    return taken


def fold_of(labels: NDArray[np.int32], folds: int, random: np.random.Generator) -> NDArray[np.int32]:
    """The fold of each sample, from 0. Folds differ by one sample at most, and by one of each class."""
    shuffled = random.permutation(len(labels))
    by_class = shuffled[np.argsort(labels[shuffled], kind="stable")]
    found = np.empty(len(labels), np.int32)
    found[by_class] = np.arange(len(labels)) % folds
    return found


def split_off(samples: Samples, share: float, random: np.random.Generator) -> tuple[Samples, Samples]:
    """The rest, and the share that was drawn from every class; both in the order of the file."""
    taken = stratified(samples.labels, share, random)
    return samples.take(~taken), samples.take(taken)


def training_split(
    samples: Samples, validation: float | Last, train: First | None, random: np.random.Generator
) -> TrainingData:
    """Splits what is not test data; raises InvalidSettings where it does not suffice."""
    if isinstance(validation, Last):
        if validation.last >= len(samples):
            raise InvalidSettings.at(
                "settings.data.validation.last", f"must be below the {len(samples)} samples there are"
            )
        rest, held_out = samples.take(slice(None, -validation.last)), samples.take(slice(-validation.last, None))
    else:
        rest, held_out = split_off(samples, validation, random)
    if train is not None:
        if train.first > len(rest):
            raise InvalidSettings.at(
                "settings.data.train.first", f"must be at most {len(rest)}: the samples that validation leaves"
            )
        rest = rest.take(slice(train.first))
    if not len(rest) or not len(held_out):
        raise InvalidSettings.at(
            "settings.data.validation", f"leaves {len(rest)} samples to train and {len(held_out)} to validate"
        )
    return TrainingData(rest, held_out)
