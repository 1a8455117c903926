"""What all sides do: the same network on the same samples with the same configurations."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from hpsearch import objectives, settings
from hpsearch_workers import data

BATCH = 64
SPACE: dict[str, tuple[float, float, bool]] = {
    "learning_rate": (10**-3.5, 1e-2, True),
    "weight_decay": (1e-5, 1e-1, True),
    "dropout": (0.05, 0.5, False),
}
"""Low, high, and whether its logarithm is drawn evenly."""

Configuration = dict[str, float]
Part = tuple[np.ndarray, np.ndarray]
"""Normalised images (n, height, width, channels) float32, and labels (n,) int32."""


@dataclass(frozen=True)
class Task:
    """A network, its data, and how long it trains. AdamW, minibatches of BATCH, ReLU."""

    name: str
    data: dict[str, Any]
    widths: tuple[int, ...]
    filters: tuple[int, ...]  # of convolutions of 3 x 3, each with a max-pooling of 2 x 2
    epochs: int

    @property
    def objective(self) -> str:
        return "flax/cnn" if self.filters else "flax/mlp"

    @property
    def settings(self) -> dict[str, Any]:
        """As a study has them."""
        common = {
            "data": self.data,
            "hidden_units": list(self.widths),
            "optimizer": "adamw",
            "initializer": "lecun_normal",  # flax's default
            "batch_size": BATCH,
            "max_epochs": self.epochs,
        }
        return common | ({"filters": list(self.filters)} if self.filters else {})

    @cached_property
    def parts(self) -> tuple[Part, Part]:
        """The samples that train, and those that validate."""
        chosen = objectives.get(self.objective).configure(self.settings, {})
        found = data.training_data(chosen.data, settings.load().data)
        shift, scale = data.fit(chosen.normalisation, found.train)
        train, validation = (
            ((part.inputs.astype(np.float32) - shift) * scale, part.labels) for part in (found.train, found.validation)
        )
        return train, validation

    def of_epochs(self, epochs: int) -> "Task":
        return replace(self, epochs=epochs)


# Whole minibatches: no side has an incomplete one.
_MNIST = {"name": "idx", "path": "mnist", "validation": {"last": 2048}, "train": {"first": 64 * BATCH}}
TASKS = {
    task.name: task
    for task in (
        Task("digits", {"name": "digits", "train": {"first": 16 * BATCH}}, (128, 128), (), epochs=20),
        Task("mnist-mlp", _MNIST, (512, 512), (), epochs=5),
        Task("mnist-cnn", _MNIST, (64,), (16, 32), epochs=2),
    )
}


def configurations(count: int) -> list[Configuration]:
    """The same random search for all sides."""
    random = np.random.default_rng(0)

    def draw(low: float, high: float, log: bool) -> float:
        return float(np.exp(random.uniform(np.log(low), np.log(high))) if log else random.uniform(low, high))

    return [{name: draw(*limits) for name, limits in SPACE.items()} for _ in range(count)]
