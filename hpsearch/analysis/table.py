"""The trials of a study as columns: what every analysis reads."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hpsearch.study import Direction, Study
from hpsearch.trial import TrialState

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

STATES = tuple(TrialState)
"""A trial's state in a column is its place here."""


@dataclass(frozen=True, slots=True)
class Table:
    """Row n is trial n, since numbers have no gaps. Columns are read-only; those of floats have NaN where a trial has nothing.

    `state` has places in STATES. `values` is of shape (trials, objectives): what was told, infinities included, of pruned trials
    the value at the decision; `told` says which trials have them. `params` has a column for each parameter of the space: its
    number, or the place of a category among its choices; NaN where it is inactive. `metrics` likewise by name. Times are seconds
    since 1970 UTC. `device_seconds` adds up a trial's attempts. `changed` is the study's `seq` when the trial changed last, `seq`
    that of the whole table.
    """

    study: Study
    seq: int
    state: Places
    values: Floats
    told: NDArray[np.bool_]
    params: Mapping[str, Floats]
    metrics: Mapping[str, Floats]
    best_step: Floats
    last_step: Floats
    attempts: Places
    created: Floats
    started: Floats
    finished: Floats
    device_seconds: Floats
    changed: Places

    def __len__(self) -> int:
        return len(self.state)

    def are(self, *states: TrialState) -> NDArray[np.bool_]:
        """Which trials are in one of these states."""
        return np.isin(self.state, [STATES.index(state) for state in states])

    def costs(self, objective: int = 0) -> Floats:
        """The values of completed trials where less is better: those of an objective that is maximised turned round. NaN for all others."""
        sign = 1.0 if self.study.directions[objective] is Direction.MINIMIZE else -1.0
        return np.where(self.are(TrialState.COMPLETED), sign * self.values[:, objective], np.nan)
