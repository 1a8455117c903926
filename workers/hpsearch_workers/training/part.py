"""The part of a program's arrays that a trial uses whose layers are narrower than their buckets."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

Places = Any
"""Booleans along an axis: NumPy's where the width is known, traced where it is."""


class Part(NamedTuple):
    """Which places of an array's last axes are used: of `inputs` for weights alone, of `outputs` for all but numbers."""

    inputs: Places | None
    outputs: Places | None

    @property
    def counts(self) -> tuple[Any, Any]:
        """How many inputs and outputs the weights use."""
        assert self.inputs is not None
        assert self.outputs is not None
        return self.inputs.sum(), self.outputs.sum()

    def masked(self, array: jax.Array) -> jax.Array:
        """The array with 0 beyond the part."""
        if self.outputs is None:
            return array
        used = self.outputs if self.inputs is None else self.inputs[:, None] & self.outputs
        return jnp.where(used, array, 0.0)

    def cropped(self, array: Any) -> Any:
        """The part itself, by NumPy."""
        rows = array if self.inputs is None else array[..., self.inputs, :]
        return rows if self.outputs is None else rows[..., self.outputs]


def parts(shapes: Mapping[str, tuple[int, ...]], filters: Iterable[Any], units: Iterable[Any]) -> dict[str, Part]:
    """The part of each of a network's arrays, by path, where its layers have these `filters` and `units` (numbers, traced or not).

    Flattened images have the filters as their fastest axis, so that what a narrower convolution leaves out recurs with every pixel.
    """
    widths = {f"convolutions.{place}": width for place, width in enumerate(filters)}
    widths |= {f"layers.{place}": width for place, width in enumerate(units)}
    kernels = {layer: shapes[f"{layer}.linear.kernel"][-2:] for layer in widths}
    kernels["output"] = shapes["output.kernel"][-2:]
    layers = {}
    period = used = 1  # all inputs of the network
    for layer, (inputs, outputs) in kernels.items():
        reached = np.arange(inputs) % period < used
        period, used = outputs, widths.get(layer, outputs)
        layers[layer] = Part(reached, np.arange(outputs) < used)
    return {path: _of(path, layers) for path in shapes}


def _of(path: str, layers: Mapping[str, Part]) -> Part:
    part = next(part for layer, part in layers.items() if path.startswith(f"{layer}."))
    match path.rpartition(".")[2]:
        case "kernel":
            return part
        case "negative_slope":
            return Part(None, None)
        case _:
            return Part(None, part.outputs)
