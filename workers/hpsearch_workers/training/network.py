"""The network of both built-in objectives: convolutions (none for the multi-layer perceptron), hidden layers, outputs."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from hpsearch.objectives import Signature
from hpsearch_workers.training.hyper import Hyper
from hpsearch_workers.training.initialise import draws, initial
from hpsearch_workers.training.layers import convolve, dropout, masked, max_pool
from hpsearch_workers.training.optimizer import Params
from hpsearch_workers.training.part import parts

BATCH_NORM_MOMENTUM = 0.9
"""Share of the running statistics that stays at each step; flax's 0.99 is still far off after the few steps of a small data set's epoch."""

_CONSTANTS = {"bias": 0.0, "scale": 1.0, "mean": 0.0, "var": 1.0, "negative_slope": 0.25}
"""Initial values by the last part of the path; kernels are drawn."""


class Training(NamedTuple):
    """What a forward pass needs in training and not in evaluation: `present` (n,) is False for padding."""

    hyper: Hyper
    key: jax.Array
    present: jax.Array


class Convolution(nnx.Module):
    """A convolution that keeps the size of the images; parameters as nnx.Conv has them."""

    def __init__(self, size: int, inputs: int, filters: int) -> None:
        self.kernel = nnx.Param(jnp.zeros((size, size, inputs, filters)))
        self.bias = nnx.Param(jnp.zeros(filters))

    def __call__(self, inputs: jax.Array) -> jax.Array:
        """Images (n, height, width, filters)."""
        return convolve(inputs, self.kernel[...]) + self.bias[...]


class Block(nnx.Module):
    """A linear map or a convolution with its activation, and batch normalisation before or after it."""

    def __init__(self, linear: nnx.Module, units: int, signature: Signature, rngs: nnx.Rngs) -> None:
        self.linear = linear
        self.activation = _activation(signature.activation)
        self.norm_position = signature.batch_norm
        if signature.batch_norm:
            self.norm = nnx.BatchNorm(units, momentum=BATCH_NORM_MOMENTUM, rngs=rngs)

    def __call__(self, inputs: jax.Array, training: Training | None) -> jax.Array:
        """The units' values (n, ..., units)."""
        outputs = self.linear(inputs)
        if self.norm_position == "before":
            outputs = self._normalise(outputs, training)
        outputs = self.activation(outputs)
        return self._normalise(outputs, training) if self.norm_position == "after" else outputs

    def _normalise(self, inputs: jax.Array, training: Training | None) -> jax.Array:
        mask = None if training is None else training.present.reshape(-1, *[1] * (inputs.ndim - 1))
        normalised: jax.Array = self.norm(inputs, use_running_average=training is None, mask=mask)
        return normalised


class Network(nnx.Module):
    """Images (n, height, width, channels) to outputs (n, classes) before their softmax or sigmoid.

    Layers are as wide as the signature's buckets; a narrower network is part of it (`parts`), with weights of 0 beyond. Masks keep those
    at 0 in training: where an activation is not 0 at 0, the weights that lead on from there would else have a gradient.
    """

    def __init__(self, signature: Signature, shape: tuple[int, ...], classes: int, rngs: nnx.Rngs) -> None:
        self.signature = signature
        height, width, channels = shape
        convolutions = []
        for filters in signature.filters:
            linear = Convolution(signature.kernel_size, channels, filters)
            convolutions.append(Block(linear, filters, signature, rngs))
            height, width, channels = height // signature.pool_size, width // signature.pool_size, filters
        self.convolutions = nnx.List(convolutions)
        units = height * width * channels
        layers = []
        for wider in signature.widths:
            layers.append(Block(nnx.Linear(units, wider, rngs=rngs), wider, signature, rngs))
            units = wider
        self.layers = nnx.List(layers)
        self.output = nnx.Linear(units, classes, rngs=rngs)

    def __call__(self, inputs: jax.Array, training: Training | None = None) -> jax.Array:
        """Outputs (n, classes); without `training` by running statistics and without dropout."""
        drops = _Dropouts(self.signature, training)
        values = drops("input_dropout", inputs)
        for place, block in enumerate(self.convolutions):
            values = block(values, training)
            if training is not None:
                values = masked(values, training.hyper.filters[place])
            values = max_pool(values, self.signature.pool_size)
        values = drops("conv_dropout", values).reshape(len(values), -1)
        for place, block in enumerate(self.layers):
            values = block(values, training)
            if training is not None:
                values = masked(values, training.hyper.units[place])
            values = drops("dropout", values)
        return self.output(values)


class _Dropouts:
    """Dropout where the program has it, each with a key of its own."""

    def __init__(self, signature: Signature, training: Training | None) -> None:
        self.options, self.training, self.place = signature.options, training, 0

    def __call__(self, name: str, values: jax.Array) -> jax.Array:
        if self.training is None or name not in self.options:
            return values
        self.place += 1
        key = jax.random.fold_in(self.training.key, self.place)
        return dropout(key, values, getattr(self.training.hyper, name))


def _activation(name: str | None) -> Callable[[jax.Array], jax.Array]:
    return nnx.PReLU() if name == "prelu" else getattr(jax.nn, name or "identity")


@dataclass(frozen=True)
class Model:
    """A network of fixed shape as pure functions of its arrays: `params` that train, `stats` that batch normalisation keeps."""

    graph: nnx.GraphDef[Network]
    params: nnx.State[Any, Any]
    stats: nnx.State[Any, Any]

    @classmethod
    def of(cls, signature: Signature, shape: tuple[int, ...], classes: int) -> "Model":
        """The network of this signature for inputs of `shape` (height, width, channels); allocates nothing."""
        network = nnx.eval_shape(lambda: Network(signature, shape, classes, nnx.Rngs(0)))
        return cls(*nnx.split(network, nnx.Param, nnx.BatchStat))

    def init(self, key: jax.Array, hyper: Hyper) -> tuple[Params, Params]:
        """Initial params and stats; 0 beyond the widths of `hyper`, and elsewhere as in a network of exactly these widths."""
        shapes = {path: leaf.shape for path, leaf in _flat(self.params).items()}
        sizes = {path: math.prod(shape) for path, shape in shapes.items() if path.endswith("kernel")}
        ends = np.cumsum(list(sizes.values()))
        units = dict(zip(sizes, jnp.split(draws(key, ends[-1]), ends[:-1]), strict=True))
        used = parts(shapes, hyper.filters, hyper.units)

        def param(path: str, shape: tuple[int, ...]) -> jax.Array:
            part = used[path]
            if path not in units:
                return part.masked(_constant(path, shape))
            return part.masked(initial(units[path], shape, part.counts, hyper.initializer, hyper.init_stddev))

        params = {path: param(path, shape) for path, shape in shapes.items()}
        return params, {path: _constant(path, leaf.shape) for path, leaf in _flat(self.stats).items()}

    def apply(
        self, params: Params, stats: Params, inputs: jax.Array, training: Training | None = None
    ) -> tuple[jax.Array, Params]:
        """Outputs (n, classes) and the stats after it."""
        network = nnx.merge(self.graph, _state(self.params, params), _state(self.stats, stats))
        outputs = network(inputs, training)
        return outputs, _flat(nnx.state(network, nnx.BatchStat))


def cropped(params: Params, stats: Params, hyper: Hyper) -> tuple[Params, Params]:
    """The arrays at the true widths of a trial, NumPy's, from those at the buckets of its program: a network of exactly these widths."""
    arrays = {path: np.asarray(array) for path, array in {**params, **stats}.items()}
    shapes = {path: array.shape for path, array in arrays.items()}
    used = parts(shapes, np.asarray(hyper.filters), np.asarray(hyper.units))
    found = {path: used[path].cropped(array) for path, array in arrays.items()}
    return {path: found[path] for path in params}, {path: found[path] for path in stats}


def _constant(path: str, shape: tuple[int, ...]) -> jax.Array:
    return jnp.full(shape, _CONSTANTS[path.rpartition(".")[2]], jnp.float32)


def _flat(state: nnx.State[Any, Any]) -> Params:
    return {".".join(map(str, path)): leaf.get_value() for path, leaf in nnx.to_flat_state(state)}


def _state(template: nnx.State[Any, Any], arrays: Params) -> nnx.State[Any, Any]:
    flat = nnx.to_flat_state(template)
    return nnx.from_flat_state([(path, leaf.replace(arrays[".".join(map(str, path))])) for path, leaf in flat])
