"""A trained network: what `study test`, `study best --save` and the exported script work with."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from hpsearch import objectives
from hpsearch.errors import InvalidSettings
from hpsearch_workers import checkpoints
from hpsearch_workers.data import Normalisation, Samples
from hpsearch_workers.training.classifier import evaluation_batch, normalised
from hpsearch_workers.training.loss import hits, losses, probabilities
from hpsearch_workers.training.network import Model
from hpsearch_workers.training.optimizer import Params

WEIGHTS = "weights"
DESCRIPTION = "params.json"
"""The files of an exported network."""

Arrays = tuple[Normalisation, Params, Params]
"""Normalisation, params and stats."""


class Predictor:
    """The network of one trial with its weights."""

    def __init__(self, objective: str, settings: Mapping[str, Any], params: Mapping[str, Any], weights: Any) -> None:
        """`weights` as a training's Outcome has them; raises InvalidSettings, InvalidInput."""
        builtin = objectives.get(objective)
        if builtin is None:
            raise InvalidSettings.at("objective", f"must be one of {', '.join(objectives.BUILTIN)}, got {objective!r}")
        self.settings = builtin.configure(settings, params)
        self.input_shape = tuple(int(size) for size in weights["input_shape"])
        self._arrays = (Normalisation(*weights["normalisation"]), weights["params"], weights["stats"])
        self._signature = replace(
            self.settings.signature(objective), widths=self.settings.widths, filters=self.settings.layer_filters
        )
        self._classes = len(weights["params"]["output.bias"])
        self._model = Model.of(self._signature, self.input_shape, self._classes)
        self._scores, self._sums = jax.jit(self._forward), jax.jit(self._evaluate)

    @classmethod
    def load(cls, folder: str | Path) -> "Predictor":
        """The network that `hpsearch study best --save` wrote to `folder`; raises CheckpointNotFound, OSError."""
        described = json.loads((Path(folder) / DESCRIPTION).read_text(encoding="utf-8"))
        weights = checkpoints.load(Path(folder) / WEIGHTS)
        return cls(described["objective"], described["settings"], described["params"], weights)

    def __call__(self, inputs: NDArray[Any]) -> NDArray[np.float32]:
        """A score for each class (n, classes), the outputs of softmax or sigmoid; `inputs` (n, ...) as in the data set, not normalised."""
        images = np.asarray(inputs).reshape(-1, *self.input_shape)
        size = evaluation_batch(self._signature)
        scores = [self._scores(self._arrays, images[start : start + size]) for start in range(0, len(images), size)]
        return np.concatenate([np.zeros((0, self._classes), np.float32), *scores])

    def evaluate(self, samples: Samples) -> dict[str, float]:
        """Mean `loss` and `accuracy` over these samples; raises InvalidSettings where they are of another shape."""
        if samples.inputs.shape[1:] != self.input_shape:
            found, trained = samples.inputs.shape[1:], self.input_shape
            raise InvalidSettings.at(
                "settings.data", f"has images of shape {found}, the network was trained on {trained}"
            )
        size, sums = evaluation_batch(self._signature), np.zeros(2)
        for start in range(0, len(samples), size):
            rows = slice(start, start + size)
            sums += jax.device_get(self._sums(self._arrays, samples.inputs[rows], samples.labels[rows]))
        loss, accuracy = sums / len(samples)
        return {"loss": float(loss), "accuracy": float(accuracy)}

    def _forward(self, arrays: Arrays, inputs: jax.Array) -> jax.Array:
        outputs = self._outputs(arrays, inputs)
        return probabilities(self.settings.loss, outputs)

    def _evaluate(self, arrays: Arrays, inputs: jax.Array, labels: jax.Array) -> tuple[jax.Array, jax.Array]:
        outputs = self._outputs(arrays, inputs)
        return losses(self.settings.loss, outputs, labels).sum(), hits(outputs, labels).sum()

    def _outputs(self, arrays: Arrays, inputs: jax.Array) -> jax.Array:
        normalisation, params, stats = arrays
        outputs, _ = self._model.apply(params, stats, normalised(normalisation, inputs))
        return outputs
