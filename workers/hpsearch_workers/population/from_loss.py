"""A network from its loss alone: an optimizer of optax's follows the gradient of the mean over a minibatch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import jax
import jax.numpy as jnp

from hpsearch_workers.population.network import Each, Now, Sums, Tree
from hpsearch_workers.population.rehearsal import fault

if TYPE_CHECKING:
    import optax

Losses = jax.Array | tuple[jax.Array, Mapping[str, jax.Array]]
"""Of each sample its loss, (n,); and other numbers that are reported as means, each (n,), by name."""


class Model(Protocol):
    """Pure functions of one network, traced by JAX. Its equality and `repr` say what shapes a program: a frozen dataclass has both.

    One that classifies may have `scores(weights, hyper, batch)` besides: of each sample the probability of each class, (n, classes).
    What it gets wrong is then told of the best trials.
    """

    def __hash__(self) -> int: ...

    def init(self, key: jax.Array, hyper: Tree) -> Tree:
        """Initial weights."""

    def loss(self, weights: Tree, hyper: Tree, batch: Tree, key: jax.Array | None) -> Losses:
        """Of a batch of samples. The loss of one must not depend on the others: some of them only fill up an incomplete batch.

        `key` is for what is random, as dropout. It is None where the network is measured, on samples that do not train: nothing is
        random there, and no penalty is part of the loss.
        """

    def optimizer(self, hyper: Tree, epochs: jax.Array) -> "optax.GradientTransformation":
        """The optimizer after `epochs` (a real number), which a schedule is a function of. Its state has one shape, whatever the numbers."""


@dataclass(frozen=True)
class FromLoss:
    """The network of a model. Implements population.network.Network."""

    model: Model

    def init(self, key: jax.Array, hyper: Tree) -> tuple[Tree, Tree]:
        """The model's weights, and the optimizer's state."""
        weights = self.model.init(key, hyper)
        return weights, self.model.optimizer(hyper, jnp.float32(0)).init(weights)

    def step(self, now: Now, hyper: Tree, weights: Tree, memory: Tree, batch: Tree) -> tuple[Tree, Tree, Sums]:
        """One step of the optimizer on the mean loss of the samples present."""

        def mean(weights: Tree) -> tuple[jax.Array, Sums]:
            sums = self._sums(now.present, self.model.loss(weights, hyper, batch, now.key))
            return sums["loss"] / jnp.sum(now.present), sums

        gradient, sums = jax.grad(mean, has_aux=True)(weights)
        updates, memory = self.model.optimizer(hyper, now.epochs).update(gradient, memory, weights)
        # optax's updates may be of a wider type than the weights, as in optax.apply_updates.
        after = jax.tree.map(lambda weight, update: (weight + update).astype(weight.dtype), weights, updates)
        return after, memory, sums

    def evaluate(self, now: Now, hyper: Tree, weights: Tree, batch: Tree) -> Sums | tuple[Sums, Each]:
        """The model's sums, with nothing random; and of one that has scores what it makes of each sample."""
        losses = self.model.loss(weights, hyper, batch, None)
        sums, scores = self._sums(now.present, losses), getattr(self.model, "scores", None)
        if scores is None:
            return sums
        found = scores(weights, hyper, batch)
        if jnp.ndim(found) != 2:
            raise fault(f"`scores` must give one number a sample and class, and gave {jnp.shape(found)}")
        judged = {
            "predicted": jnp.argmax(found, axis=-1).astype(jnp.int32),
            "probability": jnp.max(found, axis=-1).astype(jnp.float32),
            "loss": (losses[0] if isinstance(losses, tuple) else losses).astype(jnp.float32),
        }
        return sums, judged

    def watch(self, hyper: Tree, epochs: jax.Array) -> Mapping[str, jax.Array]:
        """Nothing."""
        return {}

    def _sums(self, present: jax.Array, losses: Losses) -> Sums:
        loss, others = losses if isinstance(losses, tuple) else (losses, {})
        if "loss" in others:
            raise fault("`loss` must give the losses first, and no other number called 'loss'")
        each = {"loss": loss, **others}
        for name, values in each.items():
            if jnp.shape(values) != present.shape:
                found = f"{name!r} of shape {jnp.shape(values)} for {len(present)} samples"
                raise fault(f"`loss` must give one number a sample, and gave {found}")
        # A sample that is not present counts 0 even where its number is not finite.
        return {name: jnp.sum(jnp.where(present, values, 0.0), dtype=jnp.float32) for name, values in each.items()}
