"""A trial in training, as the engine keeps its account."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pydantic import JsonValue

from hpsearch.errors import InvalidSettings
from hpsearch.space import NAME_PATTERN
from hpsearch.study import Direction
from hpsearch_workers.objective import Outcome, TrialRun
from hpsearch_workers.population.lane import Epoch, Goal
from hpsearch_workers.population.network import Training

_NAME = re.compile(NAME_PATTERN)
Metrics = dict[str, float]
_FOREVER = np.iinfo(np.int32).max


@dataclass
class Progress:
    """What is known of a trial's epochs; travels in its snapshots."""

    epoch: int = 0
    best_epoch: int = 0
    best: Metrics = field(default_factory=dict)
    programs: list[dict[str, JsonValue]] = field(default_factory=list)
    diverged: bool = False
    best_network: int = 0
    """Which of its networks was the best one at the best epoch."""
    own_best: list[float] = field(default_factory=list)
    own_epochs: list[int] = field(default_factory=list)
    """Of each network its own best value (as of less is better) and the epoch that gave it; nothing for a trial of one."""


@dataclass(eq=False)
class Trial:
    """One attempt, from its lease to its end."""

    lease: str
    run: TrialRun
    training: Training
    progress: Progress = field(default_factory=Progress)
    reported: int = 0
    """The last epoch that was reported."""
    device_seconds: float = 0.0
    """Of this attempt alone: its share of what the device computed, whatever became of it."""
    judged: Mapping[str, Any] = field(default_factory=dict)
    """What the best epoch's networks found of the samples that validate, (networks, n_val) by name; once it has ended, where it was wanted."""
    note: dict[str, JsonValue] = field(default_factory=dict)
    """What the trace says besides: the checkpoint that was resumed from, or why not."""

    def goal(self, names: tuple[str, ...]) -> Goal:
        """When it ends; raises InvalidSettings when its study's metric is none of `names`, ValueError for a name that cannot be reported."""
        for name in names:
            if not _NAME.fullmatch(name):
                raise ValueError(f"{name!r} is no name for a metric: letters, digits, '.', '_' and '-'")
        for metric in self.run.metrics:
            if metric not in names:
                raise InvalidSettings.at("metric", f"must be one of {', '.join(names)}, got {metric!r}")
        patience = self.training.patience
        return Goal(
            max_epochs=np.int32(self.training.max_epochs),
            patience=np.int32(_FOREVER if patience is None else patience),
            min_delta=np.float32(self.training.min_delta),
            monitor=np.int32(names.index(self.run.metrics[0])),
            sign=np.float32(self._sign),
        )

    @property
    def _sign(self) -> int:
        return 1 if self.run.directions[0] is Direction.MINIMIZE else -1

    def trained_by(self, program: str, lanes: int) -> None:
        """It goes on in this program."""
        last = self.progress.programs[-1] if self.progress.programs else {}
        if (last.get("program"), last.get("lanes")) != (program, lanes):
            self.progress.programs.append({"program": program, "lanes": lanes, "from_step": self.progress.epoch + 1})

    def finished_epoch(self, names: tuple[str, ...], epoch: Epoch, place: int) -> Metrics:
        """Takes in what lane `place` of a group gave; the metrics to report."""
        self.progress.epoch += 1
        metrics = _named(names, epoch.metrics[place])
        if self.run_is_repeated:
            spread = _named(names, epoch.spread[place])
            metrics |= {f"{name}_std": value for name, value in spread.items() if name.startswith(("train_", "val_"))}
        if int(epoch.best_epoch[place]) == self.progress.epoch:
            self.progress.best_epoch, self.progress.best = self.progress.epoch, metrics
        self.progress.diverged = bool(epoch.diverged[place])
        if self.run_is_repeated:
            self._compare([self._sign * float(value) for value in epoch.values[place]])
        return metrics

    def _compare(self, values: Sequence[float]) -> None:
        """Takes in each network's value of this epoch."""
        progress = self.progress
        if progress.best_epoch == progress.epoch:
            progress.best_network = int(np.argmin(values))
        if not progress.own_best:
            progress.own_best, progress.own_epochs = [math.inf] * len(values), [0] * len(values)
        for network, value in enumerate(values):
            if value < progress.own_best[network]:
                progress.own_best[network], progress.own_epochs[network] = value, progress.epoch

    @property
    def run_is_repeated(self) -> bool:
        """Whether its metrics are means over several networks."""
        return self.training.repeats * len(self.training.data.train) > 1

    @property
    def has_weights(self) -> bool:
        """Whether it has a best epoch that counts."""
        return not self.progress.diverged and self.progress.best_epoch > 0

    @property
    def keeps_weights(self) -> bool:
        """Whether one of its networks is the trial's: those of folds are none, each has seen a part of the samples."""
        return self.has_weights and len(self.training.data.train) == 1

    def outcome(self, weights: Any) -> Outcome:
        """How it came out; `weights` are those of the best epoch, None where they are not kept.

        `best_epoch` is the mean over its networks, where they are several, of each one's own best epoch.
        """
        progress = self.progress
        metrics = dict(progress.best) if self.has_weights else {}
        if metrics and self.run_is_repeated:
            metrics["best_epoch"] = float(np.mean(progress.own_epochs))
        values = [progress.best[metric] if self.has_weights else math.nan for metric in self.run.metrics]
        return Outcome(
            values=tuple(values),
            metrics=metrics,
            best_step=progress.best_epoch if self.has_weights else None,
            weights=weights,
            trace=self.trace(),
            device_seconds=self.device_seconds,
        )

    def trace(self) -> Mapping[str, JsonValue]:
        """Which programs trained it, each with its first step; the newest where they are too many."""
        return {"programs": list(self.progress.programs[-20:]), **self.note}


def _named(names: tuple[str, ...], values: Any) -> Metrics:
    # The shortest number that is this one in float32: 0.1, not 0.10000000149.
    return {name: float(str(value)) for name, value in zip(names, np.asarray(values), strict=True)}
