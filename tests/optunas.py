"""What Optuna's own TPE sampler would draw from the same trials."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from hpsearch.study import Study
from hpsearch.trial import FinishedTrial, PendingTrial, View


def optunas(study: Study, view: View, group: list[str], seed: int) -> dict[str, Any]:
    """What Optuna's TPESampler draws for these parameters from the same trials, choices and steps by their index."""
    distributions = {name: _distribution(study.space[name]) for name in study.space}

    def trial(number: int, params: dict[str, Any], **fields: Any) -> optuna.trial.FrozenTrial:
        shown = {name: _number(study.space[name], value) for name, value in params.items()}
        known = {name: distributions[name] for name in params}
        return optuna.trial.create_trial(params=shown, distributions=known, **fields)

    directions = [direction.value for direction in study.directions]
    theirs = optuna.create_study(directions=directions)
    for one in sorted((*view.finished, *view.pending), key=lambda one: one.number):
        match one:
            case PendingTrial():
                fields: dict[str, Any] = {"state": optuna.trial.TrialState.RUNNING}
            case FinishedTrial(step=None):
                fields = {"values": list(one.values)}
            case _:
                reports = {one.step: one.values[0]}
                fields = {"state": optuna.trial.TrialState.PRUNED, "intermediate_values": reports}
        theirs.add_trial(trial(one.number, one.params, **fields))
    sampler = optuna.samplers.TPESampler(
        n_startup_trials=study.sampler.n_startup_trials,
        n_ei_candidates=study.sampler.n_ei_candidates,
        multivariate=True,
    )
    sampler._rng._rng = np.random.RandomState(np.random.MT19937(np.random.SeedSequence([seed, view.next_number])))
    return sampler._sample(
        theirs, theirs.ask()._get_latest_trial(), {name: distributions[name] for name in sorted(group)}
    )


def _distribution(parameter: Any) -> Any:
    if parameter.type == "categorical":
        return CategoricalDistribution(range(len(parameter.choices)))
    if parameter.type == "constant":
        return CategoricalDistribution([0])
    if parameter.log or parameter.cardinality() is None:
        kind = IntDistribution if parameter.type == "int" else FloatDistribution
        return kind(parameter.low, parameter.high, log=parameter.log)
    return IntDistribution(0, parameter.cardinality() - 1)


def _number(parameter: Any, value: Any) -> Any:
    counted = parameter.type in {"categorical", "constant"} or (not parameter.log and parameter.cardinality())
    return parameter.position(value) if counted else value


def shown(study: Study, params: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: _number(study.space[name], params[name]) for name in names}
