"""A study of hpsearch as one of Optuna's, in memory."""

import json
import warnings
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from hpsearch.client import Client
from hpsearch.space import CategoricalParameter, ConstantParameter, FloatParameter, IntParameter, Parameter, Value
from hpsearch.trial import TrialState
from hpsearch.wire.trials import TrialView

MOST_STEPS = 1_000_000
"""With more, Optuna cannot tell a value on a step from one between: the range is shown without steps."""

_STATES = {
    TrialState.QUEUED: optuna.trial.TrialState.WAITING,
    TrialState.RUNNING: optuna.trial.TrialState.RUNNING,
    TrialState.PAUSED: optuna.trial.TrialState.RUNNING,
    TrialState.COMPLETED: optuna.trial.TrialState.COMPLETE,
    TrialState.PRUNED: optuna.trial.TrialState.PRUNED,
    TrialState.FAILED: optuna.trial.TrialState.FAIL,
    TrialState.CANCELLED: optuna.trial.TrialState.FAIL,
}
_TOLD = ("reason", "attempts", "seed", "enqueued", "best_step", "last_step")


@dataclass(frozen=True, slots=True)
class _Axis:
    """A parameter as Optuna has it: its distribution, and `words` where Optuna would take two of its choices for one."""

    parameter: Parameter
    distribution: BaseDistribution
    words: bool = False

    def shown(self, value: Value) -> Value:
        if self.words:
            return json.dumps(value)
        if isinstance(self.distribution, FloatDistribution) and self.distribution.step is not None:
            place = self.parameter.position(value)
            return value if place is None else self.parameter.at(place)  # Optuna allows less rounding than we
        return value


def to_study(name: str, client: Client | None = None, *, reports: bool = False) -> optuna.Study:
    """All trials of a study as a study of Optuna in memory, for its visualization, importances and data frame.

    Trial n is Optuna's trial n. Completed, pruned and failed trials are Optuna's; cancelled ones are FAIL, queued ones WAITING,
    running and paused ones RUNNING. The user attribute `state` says which it is here; others, named as the columns of the CSV
    export, have reason, attempts, seed, best_step, error and the metrics. A pruned trial has its value at the decision. Times are
    naive local times, as Optuna has them. Constants are categorical with one choice. Choices that are equal in Python but differ
    here, such as 1 and true, become their JSON texts.

    reports: also fetch what the trials reported, as intermediate values. That is a request for each trial, a few milliseconds
    on the server's own machine; without it there is one for a thousand trials.
    Raises StudyNotFound.
    """
    with ExitStack() as stack:
        client = client or stack.enter_context(Client())
        definition = client.get_study(name).definition
        study = optuna.create_study(
            study_name=name, directions=[direction.value for direction in definition.directions]
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            study.set_metric_names(list(definition.metrics))
        axes = {parameter: _axis(definition.space[parameter]) for parameter in definition.space}
        for trial in client.list_trials(name):
            curve = (
                {report.step: report.value for report in client.reports(name, trial.number)}
                if reports and trial.last_step is not None
                else {}
            )
            study.add_trial(_frozen(trial, axes, curve))
    return study


def _axis(parameter: Parameter) -> _Axis:
    match parameter:
        case CategoricalParameter():
            words = len(set(parameter.choices)) < len(parameter.choices)
            choices = [json.dumps(choice) for choice in parameter.choices] if words else parameter.choices
            return _Axis(parameter, CategoricalDistribution(choices), words)
        case ConstantParameter():
            return _Axis(parameter, CategoricalDistribution([parameter.value]))
        case IntParameter():
            last = parameter.at(parameter.cardinality() - 1)
            return _Axis(parameter, IntDistribution(parameter.low, last, log=parameter.log, step=parameter.step))
        case FloatParameter():
            return _Axis(parameter, _floats(parameter))


def _floats(parameter: FloatParameter) -> FloatDistribution:
    steps = parameter.cardinality()
    if parameter.step is None or steps is None or steps > MOST_STEPS:
        return FloatDistribution(parameter.low, parameter.high, log=parameter.log)
    return FloatDistribution(parameter.low, parameter.at(steps - 1), step=parameter.step)


def _frozen(trial: TrialView, axes: Mapping[str, _Axis], curve: dict[int, float]) -> optuna.trial.FrozenTrial:
    state = _STATES[trial.state]
    has_values = trial.state in (TrialState.COMPLETED, TrialState.PRUNED)
    values = trial.values if has_values and not any(value != value for value in trial.values or ()) else None
    started = None if state is optuna.trial.TrialState.WAITING else trial.started_at or trial.created_at
    return optuna.trial.FrozenTrial(
        number=trial.number,
        trial_id=trial.number,
        state=state,
        value=None,
        values=values,
        datetime_start=_local(started),
        datetime_complete=_local(trial.finished_at),
        params={name: axes[name].shown(value) for name, value in trial.params.items()},
        distributions={name: axes[name].distribution for name in trial.params},
        user_attrs=_attributes(trial),
        system_attrs={},
        intermediate_values=curve,
    )


def _attributes(trial: TrialView) -> dict[str, Any]:
    told = {"state": trial.state.value, **{name: getattr(trial, name) for name in _TOLD}}
    told |= {f"metrics.{name}": value for name, value in trial.metrics.items()}
    if trial.error is not None:
        told |= {"error": trial.error.reason, "error_message": trial.error.message}
    return {name: value for name, value in told.items() if value is not None}


def _local(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone().replace(tzinfo=None)
