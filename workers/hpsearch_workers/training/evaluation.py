"""Loss and accuracy over a set of samples, as a pure function of arrays."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from hpsearch.objectives import Signature
from hpsearch_workers.data import Normalisation
from hpsearch_workers.training.loss import hits, losses
from hpsearch_workers.training.network import Model
from hpsearch_workers.training.optimizer import Params


class Sums(NamedTuple):
    """Sums over samples."""

    loss: jax.Array
    hits: jax.Array

    @classmethod
    def zero(cls) -> "Sums":
        """Over no sample."""
        return cls(jnp.float32(0), jnp.float32(0))


def batch_size(signature: Signature) -> int:
    """Samples of one forward pass; fewer with convolutions, which hold kernel_size**2 copies of their inputs."""
    return 256 if signature.filters else 1024


def evaluate(
    signature: Signature,
    model: Model,
    arrays: tuple[Normalisation, Params, Params],
    inputs: jax.Array,
    labels: jax.Array,
) -> Sums:
    """Sums over all samples, without dropout and by running statistics; `arrays` are normalisation, params and stats."""
    normalisation, params, stats = arrays
    count = labels.shape[0]
    size = min(count, batch_size(signature))

    def add(place: jax.Array, sums: Sums) -> Sums:
        rows = place * size + jnp.arange(size)
        weights = (rows < count).astype(jnp.float32)
        rows = jnp.minimum(rows, count - 1)
        outputs, _ = model.apply(params, stats, normalised(normalisation, inputs[rows]))
        loss, hit = losses(signature.loss, outputs, labels[rows]), hits(outputs, labels[rows])
        return Sums(sums.loss + jnp.sum(weights * loss), sums.hits + jnp.sum(weights * hit))

    sums: Sums = jax.lax.fori_loop(0, -(-count // size), add, Sums.zero())
    return sums


def normalised(normalisation: Normalisation, inputs: jax.Array) -> jax.Array:
    """Inputs as the network sees them, float32."""
    values: jax.Array = (inputs.astype(jnp.float32) - normalisation.shift) * normalisation.scale
    return values
