"""What is known of the trials of one study as arrays: a row a trial number, a column a searched parameter."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from hpsearch.samplers.axis import Axis
from hpsearch.trial import FinishedTrial, PendingTrial

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


class Table:
    """Converted trials by number. A trial is converted once: again only when another object stands for the same number."""

    def __init__(self, axes: Mapping[str, Axis], objectives: int) -> None:
        self._axes = axes
        self._trials: dict[int, FinishedTrial | PendingTrial] = {}
        self.params: Floats = np.full((0, len(axes)), np.nan)
        """NaN where a parameter is inactive."""
        self.values: Floats = np.full((0, objectives), np.nan)
        """NaN of pending trials."""
        self.steps: Floats = np.full(0, np.nan)
        """Last step of pruned trials, NaN of others."""

    def add(self, trials: Sequence[FinishedTrial] | Sequence[PendingTrial]) -> Numbers:
        """The numbers of these trials, converted where they are new."""
        if trials:
            self._reserve(max(trial.number for trial in trials) + 1)
        for trial in trials:
            if self._trials.get(trial.number) is not trial:
                self._convert(trial)
        return np.fromiter((trial.number for trial in trials), np.int64, len(trials))

    def _convert(self, trial: FinishedTrial | PendingTrial) -> None:
        params = trial.params
        self.params[trial.number] = [
            axis.to_number(params[name]) if name in params else np.nan for name, axis in self._axes.items()
        ]
        values, step = (trial.values, trial.step) if isinstance(trial, FinishedTrial) else (np.nan, None)
        self.values[trial.number] = values
        self.steps[trial.number] = np.nan if step is None else step
        self._trials[trial.number] = trial

    def _reserve(self, rows: int) -> None:
        missing = rows - len(self.steps)
        if missing <= 0:
            return
        missing = max(missing, len(self.steps) // 2, 64)
        self.params = np.pad(self.params, ((0, missing), (0, 0)), constant_values=np.nan)
        self.values = np.pad(self.values, ((0, missing), (0, 0)), constant_values=np.nan)
        self.steps = np.pad(self.steps, (0, missing), constant_values=np.nan)
