"""Which finished trials are good: Optuna's split, called only with the trials that may be."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from optuna.samplers._tpe.sampler import _split_trials, default_gamma, default_gamma_multiobjective
from optuna.study import StudyDirection
from optuna.study._multi_objective import _fast_non_domination_rank
from optuna.trial import FrozenTrial, TrialState

from hpsearch.samplers.table import Numbers, Table
from hpsearch.study import Direction
from hpsearch.trial import FinishedTrial

_OPTUNA = {Direction.MINIMIZE: StudyDirection.MINIMIZE, Direction.MAXIMIZE: StudyDirection.MAXIMIZE}


class Split:
    """The split of the finished trials of a view, kept until they change."""

    def __init__(self, directions: Sequence[Direction], table: Table) -> None:
        self.directions = [_OPTUNA[direction] for direction in directions]
        """With `direction`, all that Optuna's split asks of a study."""
        self._table = table
        self._finished: tuple[FinishedTrial, ...] | None = None
        self._good: Numbers = np.empty(0, np.int64)
        self._bad: Numbers = np.empty(0, np.int64)

    @property
    def direction(self) -> StudyDirection:
        """The only objective's direction."""
        return self.directions[0]

    def of(self, finished: tuple[FinishedTrial, ...]) -> tuple[Numbers, Numbers]:
        """The numbers of the good trials and of the others, each in order."""
        if finished is not self._finished:
            numbers = self._table.add(finished)
            good = self._best(numbers)
            is_good = np.isin(numbers, good)
            self._good, self._bad, self._finished = numbers[is_good], numbers[~is_good], finished
        return self._good, self._bad

    def _best(self, numbers: Numbers) -> list[int]:
        gamma = default_gamma if len(self.directions) == 1 else default_gamma_multiobjective
        wanted = gamma(len(numbers))
        study: Any = self
        trials = [self._trial(number) for number in self._contenders(numbers, wanted)]
        with np.errstate(over="ignore", invalid="ignore"):  # hypervolumes of infinite or huge values
            good, _ = _split_trials(study, trials, wanted)
        return [trial.number for trial in good]

    def _contenders(self, numbers: Numbers, wanted: int) -> list[int]:
        """Those that may be among the best: completed trials that rank no worse than the `wanted`-th best."""
        completed = numbers[np.isnan(self._table.steps[numbers])]
        if not 0 < wanted < len(completed):
            return [int(number) for number in numbers]
        signs = [1.0 if direction == StudyDirection.MINIMIZE else -1.0 for direction in self.directions]
        losses = self._table.values[completed] * signs
        several = len(signs) > 1
        ranks = _fast_non_domination_rank(losses, n_below=wanted) if several else losses[:, 0]
        limit = np.partition(ranks, wanted - 1)[wanted - 1]
        return [int(number) for number in completed[ranks <= limit]]

    def _trial(self, number: int) -> FrozenTrial:
        values = self._table.values[number].tolist()
        step = self._table.steps[number]
        pruned = not np.isnan(step)
        return FrozenTrial(
            number=number,
            state=TrialState.PRUNED if pruned else TrialState.COMPLETE,
            value=None,
            values=values,
            datetime_start=None,
            datetime_complete=None,
            params={},
            distributions={},
            user_attrs={},
            system_attrs={},
            intermediate_values={int(step): values[0]} if pruned else {},
            trial_id=number,
        )
