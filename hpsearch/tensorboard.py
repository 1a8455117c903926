"""The trials of a study as event files for TensorBoard, with its HParams view. Needs the extra `tensorboard`."""

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tensorboardX import SummaryWriter
from tensorboardX.summary import hparams

from hpsearch.client import Client
from hpsearch.errors import InvalidInput
from hpsearch.space import CategoricalParameter, ConstantParameter, Parameter, Value
from hpsearch.study import Study
from hpsearch.trial import TrialState
from hpsearch.wire.trials import ReportView, TrialView

SHOWN = 1000
"""Rows and parameters that TensorBoard's HParams view reads; it leaves out the rest without a word."""

STATE = "(state)"
"""The trial's state among the parameters, to filter by; no parameter has this name."""


def write(
    name: str, folder: Path, client: Client | None = None, progress: Callable[[int], None] = lambda written: None
) -> int:
    """Writes each trial that ran as a run of its own, `folder/trial-00007`, and says how many.

    A run has the trial's parameters and its state, its values and metrics as scalars at their step, and what it reported as curves under
    `curves/`, at the times when it was. Choices that are not all texts, all numbers or all booleans are written as JSON texts. Needs a request a
    trial. progress: is told how many are written. Raises InvalidInput for a folder that has something in it; StudyNotFound.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InvalidInput.at(
            "folder", f"{folder} must be new or empty: TensorBoard would mix what lies there with this"
        )
    with ExitStack() as stack:
        client = client or stack.enter_context(Client())
        study = client.get_study(name).definition
        metrics: dict[str, None] = dict.fromkeys(study.metrics)
        written = 0
        for trial in client.list_trials(name):
            if trial.started_at is None:
                continue
            scalars = _scalars(study, trial)
            metrics |= dict.fromkeys(scalars)
            _write_trial(
                folder / f"trial-{trial.number:05d}", study, trial, scalars, client.reports(name, trial.number)
            )
            written += 1
            progress(written)
        _write_experiment(folder, study, list(metrics))
    return written


def _scalars(study: Study, trial: TrialView) -> dict[str, float]:
    """What the trial came to: its metrics, and its values, which win where both have a name."""
    values = dict(zip(study.metrics, trial.values or (), strict=False))
    return {**trial.metrics, **values}


def _write_trial(
    folder: Path, study: Study, trial: TrialView, scalars: Mapping[str, float], reports: Iterable[ReportView]
) -> None:
    params = {name: _shown(study.space[name], value) for name, value in trial.params.items()}
    _, start, end = hparams(params | {STATE: trial.state.value}, {})
    began = (trial.started_at or trial.created_at).timestamp()
    ended = trial.finished_at.timestamp() if trial.finished_at else None
    with SummaryWriter(str(folder)) as writer:
        writer.file_writer.add_summary(start, walltime=began)
        for report in reports:
            for name, value in {**report.metrics, study.metrics[0]: report.value}.items():
                writer.add_scalar(f"curves/{name}", value, report.step, walltime=report.at.timestamp())
        step = trial.best_step if trial.best_step is not None else trial.last_step
        for name, value in scalars.items():
            writer.add_scalar(name, value, step or 0, walltime=ended or began)
        if trial.state.is_final:
            writer.file_writer.add_summary(end, walltime=ended)


def _write_experiment(folder: Path, study: Study, metrics: Iterable[str]) -> None:
    """Which columns there are, said once for all runs: no trial has all parameters of a space with conditions."""
    examples = {name: _shown(study.space[name], study.space[name].at(0)) for name in study.space}
    experiment, _, _ = hparams({**examples, STATE: TrialState.COMPLETED.value}, dict.fromkeys(metrics))
    with SummaryWriter(str(folder)) as writer:
        writer.file_writer.add_summary(experiment)


def _shown(parameter: Parameter, value: Value) -> Any:
    """A value in the one type that its column has."""
    if isinstance(parameter, CategoricalParameter | ConstantParameter):
        choices = parameter.choices if isinstance(parameter, CategoricalParameter) else (parameter.value,)
        if {_kind(choice) for choice in choices} not in ({"text"}, {"number"}, {"boolean"}):
            return json.dumps(value)
    return value


def _kind(value: Value) -> str:
    match value:
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "text"
        case _:
            return "null"
