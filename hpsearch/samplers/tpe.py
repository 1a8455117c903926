"""The tree-structured Parzen estimator: Optuna's TPESampler, fed with arrays instead of its own trials.

Optuna 5 converts and splits all finished trials again for each suggestion. Here its parts (the split into good and bad, the Parzen
estimators, the acquisition function) are called on arrays that are kept between suggestions; the suggestions are those of
`TPESampler(multivariate=True, group=True, constant_liar=True)`.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from optuna.distributions import BaseDistribution
from optuna.samplers import TPESampler
from optuna.samplers._tpe.parzen_estimator import _ParzenEstimator

from hpsearch.samplers.axis import Axis, axis
from hpsearch.samplers.base import ViewSampler
from hpsearch.samplers.density import log_density
from hpsearch.samplers.random import RandomSearch
from hpsearch.samplers.split import Split
from hpsearch.samplers.table import Floats, Numbers, Table
from hpsearch.space import SearchSpace, Value
from hpsearch.study import Study, TpeSampler
from hpsearch.trial import View


class TpeSearch(ViewSampler):
    """Random until n_startup_trials have finished, then where trials like the good ones are likelier than trials like the others.

    Parameters that are active under the same conditions are drawn together. Pending trials count as bad ones. Trials that diverged are
    completed ones of infinite value; pruned ones rank behind the completed, the longer they ran the better.
    """

    def __init__(self, study: Study, settings: TpeSampler, seed: int) -> None:
        self._space = study.space
        self._seed = seed
        self._startup = RandomSearch(study.space, seed)
        self._n_startup_trials = settings.n_startup_trials
        self._axes = {name: found for name in study.space if (found := axis(study.space[name]))}
        self._groups = _groups(study.space, self._axes)
        self._table = Table(self._axes, len(study.directions))
        self._split = Split(study.directions, self._table)
        self._optuna = _Optuna(n_ei_candidates=settings.n_ei_candidates, several=len(study.directions) > 1)

    def suggest(self, view: View) -> dict[str, Value]:
        """The suggestion for trial `view.next_number`; all its randomness comes from the seed and that number."""
        if len(view.finished) < self._n_startup_trials:
            return self._startup.point(view.next_number).params
        good, bad = self._split.of(view.finished)
        bad = np.sort(np.concatenate([bad, self._table.add(view.pending)]))
        random = np.random.RandomState(np.random.MT19937(np.random.SeedSequence([self._seed, view.next_number])))
        drawn: dict[str, float] = {}
        params: dict[str, Value] = {}
        for name in self._space.order:
            if not self._space.is_active(name, params):
                continue
            if name not in self._axes:
                params[name] = self._space[name].from_unit(0.0)
                continue
            if name not in drawn:
                drawn |= self._draw(self._groups[name], good, bad, random)
            params[name] = self._axes[name].to_value(drawn[name])
        return params

    def _draw(
        self, group: Sequence[str], good: Numbers, bad: Numbers, random: np.random.RandomState
    ) -> dict[str, float]:
        columns = [list(self._axes).index(name) for name in group]
        space = {name: self._axes[name].distribution for name in group}
        return self._optuna.draw(space, self._known(good, columns), self._known(bad, columns), random)

    def _known(self, numbers: Numbers, columns: list[int]) -> Floats:
        """The rows of these trials where the group was active; its parameters are active together."""
        rows = self._table.params[numbers][:, columns]
        return rows[~np.isnan(rows[:, 0])]


def _groups(space: SearchSpace, axes: Mapping[str, Axis]) -> dict[str, list[str]]:
    """For each name those that are active whenever it is, itself included, sorted."""
    conditions = {
        name: frozenset(
            (parent, frozenset(space[parent].position(value) for value in values))
            for parent, values in (space[name].when or {}).items()
        )
        for name in axes
    }
    return {name: sorted(other for other in axes if conditions[other] == conditions[name]) for name in axes}


class _Optuna(TPESampler):
    """Optuna's sampler, with one door: from the numbers of good and bad trials to the numbers of the next."""

    def __init__(self, *, n_ei_candidates: int, several: bool) -> None:
        super().__init__(n_ei_candidates=n_ei_candidates, multivariate=True)
        self._several = several

    def draw(
        self, space: dict[str, BaseDistribution], good: Floats, bad: Floats, random: np.random.RandomState
    ) -> dict[str, float]:
        """One number a parameter of `space`; `good` and `bad` have a row a trial, oldest first, and a column a parameter."""
        # As Optuna has it: with several objectives all good trials weigh the same, else newer ones more.
        weights = np.ones(len(good)) if self._several else None
        likely = self._estimator(space, good, weights)
        candidates = likely.sample(random, self._n_ei_candidates)
        points = np.array(list(candidates.values())).T
        others = self._estimator(space, bad, None)
        gains = log_density(likely._mixture_distribution, points) - log_density(others._mixture_distribution, points)
        best: dict[str, float] = self._compare(candidates, gains)
        return best

    def _estimator(self, space: dict[str, BaseDistribution], rows: Floats, weights: Floats | None) -> _ParzenEstimator:
        observed = {name: rows[:, column] for column, name in enumerate(space)}
        return self._parzen_estimator_cls(observed, space, self._parzen_estimator_parameters, weights)
