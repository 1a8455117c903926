"""Trials as rows of a table: its columns, and a trial's values for them."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hpsearch.study import Study
from hpsearch.wire.trials import TrialView


@dataclass(frozen=True, slots=True)
class TrialTable:
    """The table of a study: a column for each parameter, objective and metric, besides what every trial has."""

    study: Study
    metrics: Sequence[str]

    @property
    def columns(self) -> list[str]:
        """The names, in order."""
        return [
            *("number", "state", "reason", "enqueued", "attempts", "seed"),
            *(f"params.{name}" for name in self.study.space),
            *(f"values.{name}" for name in self.study.metrics),
            *(f"metrics.{name}" for name in self.metrics),
            *("best_step", "last_step", "error", "created_at", "started_at", "finished_at"),
        ]

    def row(self, trial: TrialView) -> list[Any]:
        """A value for each column; None for what the trial does not have."""
        return [
            *(trial.number, trial.state.value, trial.reason, trial.enqueued, trial.attempts, trial.seed),
            *(trial.params.get(name) for name in self.study.space),
            *(trial.values or itertools.repeat(None, len(self.study.metrics))),
            *(trial.metrics.get(name) for name in self.metrics),
            *(trial.best_step, trial.last_step, trial.error.reason if trial.error else None),
            *(trial.created_at, trial.started_at, trial.finished_at),
        ]
