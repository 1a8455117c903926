"""The network of the built-in objectives and its training, as the engine wants them: pure functions of (hyper, weights, batch)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import jax
import jax.numpy as jnp

from hpsearch.objectives import Signature
from hpsearch_workers.data import Normalisation
from hpsearch_workers.population.network import Each, Now, Sums
from hpsearch_workers.training.hyper import Hyper
from hpsearch_workers.training.loss import hits, losses, probabilities, smoothed
from hpsearch_workers.training.network import Model, Training
from hpsearch_workers.training.optimizer import Params, optimizer, penalty
from hpsearch_workers.training.schedule import learning_rate

Weights = tuple[Params, Params]
"""What trains, and the running statistics of batch normalisation."""
Batch = tuple[jax.Array, jax.Array]
"""Inputs (n, height, width, channels) as the source stores them, labels (n,) int32."""


@dataclass(frozen=True)
class Classifier:
    """Networks of one signature for inputs of `shape` (height, width, channels). Implements population.network.Network."""

    signature: Signature
    shape: tuple[int, ...]
    classes: int

    def __repr__(self) -> str:
        return f"{self.signature.objective} {self.signature.digest} {self.shape} {self.classes}"

    @cached_property
    def model(self) -> Model:
        """Its forward pass."""
        return Model.of(self.signature, self.shape, self.classes)

    def init(self, key: jax.Array, hyper: Hyper) -> tuple[Weights, object]:
        """Weights drawn as the initializer says; moments of 0."""
        params, stats = self.model.init(key, hyper)
        return (params, stats), optimizer(self.signature, hyper, hyper.learning_rate).init(params)

    def step(
        self, now: Now, hyper: Hyper, weights: Weights, memory: object, batch: Batch
    ) -> tuple[Weights, object, Sums]:
        """One step of the optimizer on the mean loss of the samples present, and the penalties.

        `grad_norm` is the global norm of the gradient of both, before anything clips it, once for each sample present.
        """
        params, stats = weights
        inputs, labels = normalised(_of_fold(hyper.normalisation, now.fold), batch[0]), batch[1]
        present = now.present.astype(jnp.float32)

        def objective(params: Params) -> tuple[jax.Array, tuple[Params, Sums]]:
            outputs, after = self.model.apply(params, stats, inputs, Training(hyper, now.key, now.present))
            sums = self._sums(outputs, labels, present)
            trained = sums["loss"]
            if self._has("label_smoothing"):
                trained = jnp.sum(present * smoothed(outputs, labels, hyper.label_smoothing))
            return trained / jnp.sum(present) + penalty(self.signature, hyper, params), (after, sums)

        gradients, (stats, sums) = jax.grad(objective, has_aux=True)(params)
        transformation = optimizer(self.signature, hyper, learning_rate(hyper, now.epochs))
        updates, memory = transformation.update(gradients, memory, params)
        # As products of vectors: sums of squares would be fused with the update, which then rounds otherwise than without them.
        squares = sum(jnp.vdot(gradient, gradient) for gradient in jax.tree.leaves(gradients))
        sums |= {"grad_norm": jnp.sqrt(squares) * jnp.sum(present)}
        return (jax.tree.map(jnp.add, params, updates), stats), memory, sums

    def evaluate(self, now: Now, hyper: Hyper, weights: Weights, batch: Batch) -> tuple[Sums, Each]:
        """Without dropout, and by running statistics."""
        outputs, _ = self.model.apply(*weights, normalised(_of_fold(hyper.normalisation, now.fold), batch[0]))
        judged = {
            "predicted": jnp.argmax(outputs, axis=-1).astype(jnp.int32),
            "probability": jnp.max(probabilities(self.signature.loss, outputs), axis=-1),
            "loss": losses(self.signature.loss, outputs, batch[1]),
        }
        return self._sums(outputs, batch[1], now.present.astype(jnp.float32)), judged

    def watch(self, hyper: Hyper, epochs: jax.Array) -> Mapping[str, jax.Array]:
        """The learning rate."""
        return {"learning_rate": learning_rate(hyper, epochs)}

    def _sums(self, outputs: jax.Array, labels: jax.Array, present: jax.Array) -> Sums:
        return {
            "loss": jnp.sum(present * losses(self.signature.loss, outputs, labels)),
            "accuracy": jnp.sum(present * hits(outputs, labels)),
        }

    def _has(self, option: str) -> bool:
        return option in self.signature.options


def evaluation_batch(signature: Signature) -> int:
    """Samples of one forward pass; fewer with convolutions: on CPU they hold kernel_size**2 copies of their inputs, for its caches."""
    if not signature.filters:
        return 1024
    return 64 if jax.default_backend() == "cpu" else 256


def _of_fold(normalisation: Normalisation, fold: jax.Array) -> Normalisation:
    """The one that was fitted to what trains in this fold."""
    return Normalisation(*(each[fold] if len(each) > 1 else each[0] for each in normalisation))


def normalised(normalisation: Normalisation, inputs: jax.Array) -> jax.Array:
    """Inputs as the network sees them, float32."""
    values: jax.Array = (inputs.astype(jnp.float32) - normalisation.shift) * normalisation.scale
    return values
