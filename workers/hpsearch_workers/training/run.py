"""Trains one trial of a built-in objective, epoch by epoch."""

import math
import time
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import jax
import numpy as np

from hpsearch import objectives, settings
from hpsearch.errors import InvalidInput, InvalidSettings
from hpsearch.objectives.data import DigitsData, IdxData
from hpsearch.objectives.network import METRICS, NetworkSettings
from hpsearch_workers import data as sources
from hpsearch_workers.objective import Outcome, TrialRun
from hpsearch_workers.training.hyper import Hyper, hyper
from hpsearch_workers.training.network import cropped
from hpsearch_workers.training.program import program
from hpsearch_workers.training.trainer import Data, Epoch, State

_NAMES = (*METRICS, "learning_rate")


def run(trial: TrialRun) -> Outcome:
    """Trains a trial of `flax/mlp` or `flax/cnn` and reports after every epoch.

    The outcome is that of the best epoch by the study's (first) metric, its weights included; when the training loss stops being
    finite, the training ends there and the values are NaN. Raises InvalidSettings, InvalidInput, TrialStopped, OSError.
    """
    objective = objectives.get(trial.objective)
    if objective is None:
        raise InvalidSettings.at(
            "objective", f"must be one of {', '.join(objectives.BUILTIN)}, got {trial.objective!r}"
        )
    chosen = objective.configure(trial.settings, trial.params)
    data, on_device = _load(chosen.data, settings.load().data)
    _check(chosen, trial.params, data.train)
    signature = chosen.signature(trial.objective)
    normalisation = sources.fit(chosen.normalisation, data.train)
    numbers = hyper(chosen, normalisation, trial.metrics[0], trial.directions[0])
    training = program(signature, numbers, on_device, data.classes)

    curve: list[dict[str, float]] = []
    device_seconds = 0.0
    before = time.perf_counter()
    state, epoch = training.init(numbers, jax.device_put(np.uint32(trial.seed))), None
    while epoch is None or not epoch.ended:
        state, result = training.epoch(numbers, state, on_device)
        epoch = Epoch(*jax.device_get(result))
        device_seconds += time.perf_counter() - before
        curve.append({name: _number(value) for name, value in zip(_NAMES, epoch.metrics, strict=True)})
        trial.report(len(curve), curve[-1][trial.metrics[0]], curve[-1])
        before = time.perf_counter()
    trace = _trace(trial, signature.digest)
    best = int(state.stopping.best_epoch)
    if epoch.diverged or best == 0:
        diverged = tuple(math.nan for _ in trial.metrics)
        return Outcome(diverged, curve[-1], trace=trace, device_seconds=device_seconds)
    metrics = curve[best - 1]
    return Outcome(
        values=tuple(metrics[name] for name in trial.metrics),
        metrics=metrics,
        best_step=best,
        weights=_weights(state, numbers, data.train),
        trace=trace,
        device_seconds=device_seconds,
    )


@lru_cache(maxsize=2)
def _load(chosen: DigitsData | IdxData, root: Path) -> tuple[sources.TrainingData, Data]:
    """The data, and a copy on the device for all trials."""
    data = sources.training_data(chosen, root)
    sets = (data.train.inputs, data.train.labels, data.validation.inputs, data.validation.labels)
    return data, Data(*jax.device_put(sets))


def _check(chosen: NetworkSettings, params: Mapping[str, Any], train: sources.Samples) -> None:
    """Raises InvalidInput or InvalidSettings, by who gave it, when the network and the data do not fit."""
    if chosen.batch_size > len(train):
        message = f"must be at most {len(train)}, the samples that train; got {chosen.batch_size}"
        raise _fault(("batch_size",), params, message)
    signature = chosen.signature("")
    height, width = train.inputs.shape[1:3]
    left = min(height, width) // max(signature.pool_size, 1) ** len(signature.filters)
    if left == 0:
        message = (
            f"{len(signature.filters)} poolings by {signature.pool_size} leave nothing of {height} x {width} pixels"
        )
        raise _fault(("conv_layers", "pool_size", "filters"), params, message)


def _fault(names: tuple[str, ...], params: Mapping[str, Any], message: str) -> InvalidInput:
    """The error at the first of these names that is a parameter, else at the first setting."""
    searched = next((name for name in names if name in params), None)
    return (
        InvalidInput.at(f"params.{searched}", message)
        if searched
        else InvalidSettings.at(f"settings.{names[0]}", message)
    )


def _number(value: np.float32) -> float:
    """The shortest number that is this one in float32: 0.1, not 0.10000000149."""
    return float(str(value))


def _weights(state: State, numbers: Hyper, train: sources.Samples) -> dict[str, Any]:
    """All that a prediction needs: the arrays of the best epoch at their true widths, the normalisation, and the shape of an input."""
    params, stats = cropped(state.best_params, state.best_stats, numbers)
    return {
        "params": params,
        "stats": stats,
        "normalisation": np.array(numbers.normalisation, np.float32),
        "input_shape": np.array(train.inputs.shape[1:], np.int32),
    }


def _trace(trial: TrialRun, digest: str) -> dict[str, Any]:
    trace: dict[str, Any] = {"programs": [{"program": digest, "from_step": 1}]}
    if trial.resume is not None:
        trace["not_resumed"] = "the checkpoint holds the best weights, not the state of the training"
    return trace
