"""The built-in objectives for the engine: from settings and parameters to a training."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from hpsearch import objectives, settings
from hpsearch.errors import InvalidInput, InvalidSettings
from hpsearch.objectives.network import NetworkSettings
from hpsearch_workers.objective import TrialRun
from hpsearch_workers.population.network import Training
from hpsearch_workers.training.classifier import Classifier, evaluation_batch
from hpsearch_workers.training.dataset import Dataset, dataset
from hpsearch_workers.training.hyper import hyper
from hpsearch_workers.training.network import cropped


class FlaxObjective:
    """`flax/mlp` and `flax/cnn`. Implements population.network.PopulationObjective."""

    def prepare(self, trial: TrialRun) -> Training:
        """Raises InvalidSettings, InvalidInput, OSError."""
        chosen, samples = _known(trial, self._folder)
        stopping = chosen.early_stopping
        return replace(
            _training(trial.objective, chosen, samples),
            patience=stopping.patience if stopping else None,
            min_delta=stopping.min_delta if stopping else 0.0,
            repeats=chosen.repeats,
        )

    def prepare_refit(self, trial: TrialRun, epochs: int) -> Training:
        """One network on all samples but the test data, for so many epochs, with the learning rates that the trial had; raises as `prepare` does."""
        chosen, samples = _known(trial, self._folder)
        return replace(_training(trial.objective, chosen, samples.whole()), max_epochs=epochs)

    @cached_property
    def _folder(self) -> Path:
        """Where data files are looked for. Reading the settings for every trial took most of what a trial costs before its first step."""
        return settings.load().data

    def weights(self, training: Training, weights: Any) -> dict[str, Any]:
        """All that a prediction needs: the arrays of the best epoch at their true widths, the normalisation, and the shape of an input."""
        params, stats = cropped(weights[0], weights[1], training.hyper)
        assert isinstance(training.network, Classifier)
        return {
            "params": params,
            "stats": stats,
            "normalisation": np.array(training.hyper.normalisation, np.float32)[:, 0],
            "input_shape": np.array(training.network.shape, np.int32),
        }


def _known(trial: TrialRun, folder: Path) -> tuple[NetworkSettings, Dataset]:
    """Its settings and its samples, which fit."""
    objective = objectives.get(trial.objective)
    if objective is None:
        known = ", ".join(objectives.BUILTIN)
        raise InvalidSettings.at("objective", f"must be one of {known}, got {trial.objective!r}")
    chosen = objective.configure(trial.settings, trial.params)
    samples = dataset(chosen.data, folder, chosen.folds)
    _check(chosen, trial.params, samples)
    return chosen, samples


def _training(objective: str, chosen: NetworkSettings, samples: Dataset) -> Training:
    signature = chosen.signature(objective)
    # Other data, repeats and folds need another program, but no other network.
    signature = replace(signature, data="", repeats=1, folds=None)
    return Training(
        network=Classifier(signature, samples.shape, samples.classes),
        hyper=hyper(chosen, samples.normalisation(chosen.normalisation)),
        data=samples.data,
        batch=chosen.batch_size,
        max_epochs=chosen.max_epochs,
        evaluation_batch=evaluation_batch(signature),
    )


def _check(chosen: NetworkSettings, params: Mapping[str, Any], samples: Dataset) -> None:
    """Raises InvalidInput or InvalidSettings, by who gave it, when the network and the data do not fit."""
    if chosen.batch_size > samples.train_size:
        message = f"must be at most {samples.train_size}, the samples that train; got {chosen.batch_size}"
        raise _fault(("batch_size",), params, message)
    signature = chosen.signature("")
    height, width = samples.shape[:2]
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
