"""What both sides do: the same network on the same samples with the same configurations."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np

from hpsearch import objectives
from hpsearch_workers import data

BATCH = 64
EPOCHS = 20
WIDTHS = (128, 128)
SETTINGS: dict[str, Any] = {
    "data": {"name": "digits", "train": {"first": 16 * BATCH}},  # whole minibatches: no side has an incomplete one
    "hidden_units": list(WIDTHS),
    "optimizer": "adamw",
    "initializer": "lecun_normal",  # flax's default
    "batch_size": BATCH,
    "max_epochs": EPOCHS,
}


def configurations(count: int) -> list[dict[str, float]]:
    """The same random search for both sides."""
    random = np.random.default_rng(0)
    return [
        {
            "learning_rate": float(10 ** random.uniform(-3.5, -2)),
            "weight_decay": float(10 ** random.uniform(-5, -1)),
            "dropout": float(random.uniform(0.05, 0.5)),
        }
        for _ in range(count)
    ]


def samples() -> data.TrainingData:
    """The digits, split as the settings say; inputs from 0 to 16."""
    return data.training_data(objectives.get("flax/mlp").configure(SETTINGS, {}).data, Path())


@dataclass(frozen=True)
class Measured:
    """One side: seconds of each trial, and its validation loss after the last epoch."""

    name: str
    seconds: list[float]
    losses: list[float]

    @property
    def rate(self) -> float:
        """Trials a second over all trials, compilation included."""
        return len(self.seconds) / sum(self.seconds)

    def row(self) -> dict[str, Any]:
        return {
            "side": self.name,
            "trials": len(self.seconds),
            "trials_per_second": self.rate,
            "first_trial_seconds": self.seconds[0],
            "later_trial_seconds": mean(self.seconds[1:]),
            "final_val_loss": mean(self.losses),
        }


def timed(name: str, trials: Iterable[Callable[[], float]]) -> Measured:
    """Runs trials that return their final validation loss."""
    seconds, losses = [], []
    for trial in trials:
        begin = time.perf_counter()
        losses.append(trial())
        seconds.append(time.perf_counter() - begin)
    return Measured(name, seconds, losses)
