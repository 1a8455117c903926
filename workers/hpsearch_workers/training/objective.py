"""The built-in objectives for the engine: from settings and parameters to a training."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from hpsearch import objectives, settings
from hpsearch.errors import InvalidInput, InvalidSettings
from hpsearch.objectives.data import DigitsData, IdxData
from hpsearch.objectives.network import NetworkSettings
from hpsearch_workers import data as sources
from hpsearch_workers.objective import TrialRun
from hpsearch_workers.population.network import Data, Training
from hpsearch_workers.training.classifier import Classifier, evaluation_batch
from hpsearch_workers.training.hyper import hyper
from hpsearch_workers.training.network import cropped


class FlaxObjective:
    """`flax/mlp` and `flax/cnn`. Implements population.network.PopulationObjective."""

    def prepare(self, trial: TrialRun) -> Training:
        """Raises InvalidSettings, InvalidInput, OSError."""
        objective = objectives.get(trial.objective)
        if objective is None:
            known = ", ".join(objectives.BUILTIN)
            raise InvalidSettings.at("objective", f"must be one of {known}, got {trial.objective!r}")
        chosen = objective.configure(trial.settings, trial.params)
        source, data = _load(chosen.data, settings.load().data)
        _check(chosen, trial.params, source.train)
        signature = chosen.signature(trial.objective)
        normalisation = sources.fit(chosen.normalisation, source.train)
        stopping = chosen.early_stopping
        return Training(
            network=Classifier(replace(signature, data=""), source.train.inputs.shape[1:], source.classes),
            hyper=hyper(chosen, normalisation),
            data=data,
            batch=chosen.batch_size,
            max_epochs=chosen.max_epochs,
            patience=stopping.patience if stopping else None,
            min_delta=stopping.min_delta if stopping else 0.0,
            evaluation_batch=evaluation_batch(signature),
        )

    def weights(self, training: Training, weights: Any) -> dict[str, Any]:
        """All that a prediction needs: the arrays of the best epoch at their true widths, the normalisation, and the shape of an input."""
        params, stats = cropped(weights[0], weights[1], training.hyper)
        assert isinstance(training.network, Classifier)
        return {
            "params": params,
            "stats": stats,
            "normalisation": np.array(training.hyper.normalisation, np.float32),
            "input_shape": np.array(training.network.shape, np.int32),
        }


@lru_cache(maxsize=2)
def _load(chosen: DigitsData | IdxData, root: Path) -> tuple[sources.TrainingData, Data]:
    """The data, and as the engine takes them."""
    source = sources.training_data(chosen, root)
    parts = (source.train, source.validation)
    samples = tuple(np.concatenate([getattr(part, name) for part in parts]) for name in ("inputs", "labels"))
    rows = np.arange(len(source.train) + len(source.validation), dtype=np.int32)
    train, validation = np.split(rows, [len(source.train)])
    return source, Data(samples, train[None], validation[None])


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
