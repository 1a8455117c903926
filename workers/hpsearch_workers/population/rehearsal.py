"""A network's functions, traced once with shapes alone: what they give each other has to fit before anything is compiled."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp

from hpsearch.errors import InvalidInput, InvalidSettings
from hpsearch_workers.population.layout import Layout
from hpsearch_workers.population.network import Network, Now, Tree, evaluated

_SAME = 64
"""Networks that are remembered."""


@lru_cache(maxsize=_SAME)
def rehearse(network: Network, numbers: Layout, samples: Layout, batch: int) -> None:
    """Traces one step and one evaluation; `samples` are of arrays (n, ...). Raises InvalidSettings that says which result does not fit."""
    hyper = numbers.tree
    rows = jax.tree.map(lambda leaf: _shape((batch, *leaf.shape[1:]), leaf.dtype), samples.tree)
    key = jax.eval_shape(lambda: jax.random.key(0, impl="threefry2x32"))
    places: Any = (_shape((), jnp.float32), _shape((batch,), jnp.bool_), _shape((), jnp.int32))
    now = Now(key, *places)
    weights, memory = _several("init", 2, "weights and memory", jax.eval_shape(network.init, key, hyper))
    stepped = jax.eval_shape(network.step, now, hyper, weights, memory, rows)
    weights_after, memory_after, trained = _several("step", 3, "weights, memory and sums", stepped)
    _check_alike("weights", weights, weights_after)
    _check_alike("memory", memory, memory_after)
    _check_sums("step", trained)
    measured, each = evaluated(jax.eval_shape(network.evaluate, now, hyper, weights, rows))
    _check_sums("evaluate", measured)
    if only := set(measured) - set(trained):
        raise fault(f"`step` must give the sums that `evaluate` gives, and does not give {', '.join(sorted(only))}")
    _check_each(each, batch)
    watched = jax.eval_shape(network.watch, hyper, _shape((), jnp.float32))
    _check_numbers("watch", watched)
    means = {f"{part}_{name}" for part in ("train", "val") for name in measured}
    own = set(trained) - set(measured)
    for function, names in (("step", own & means), ("watch", set(watched) & (means | own))):
        if names:
            raise fault(f"`{function}` gives {', '.join(sorted(names))}, which is the name of a sum's mean")


def fault(message: str) -> InvalidInput:
    """What is wrong with the objective itself, whatever the trial."""
    return InvalidSettings.at("objective", message)


def _several(function: str, count: int, what: str, found: Any) -> Any:
    if not isinstance(found, tuple) or len(found) != count:
        raise fault(f"`{function}` of the network must return {what}, and returned {_told(found)}")
    return found


def _check_alike(what: str, before: Tree, after: Tree) -> None:
    found = Layout.of(before).difference(Layout.of(after))
    if found is not None:
        raise fault(f"`step` must return {what} like those of `init`: {found}")


def _check_sums(function: str, sums: Any) -> None:
    _check_numbers(function, sums)
    if "loss" not in sums:
        raise fault(f"`{function}` must give the sum 'loss', and gave {', '.join(sorted(sums)) or 'nothing'}")


def _check_each(each: Any, batch: int) -> None:
    """Of what is found of single samples."""
    if not isinstance(each, Mapping):
        raise fault(f"`evaluate` must give what it found of each sample by name, and gave {_told(each)}")
    for name, values in each.items():
        if values.shape != (batch,):
            raise fault(f"`evaluate` must give one number a sample, and {name!r} is {values.shape} for {batch} samples")


def _check_numbers(function: str, numbers: Any) -> None:
    """Of sums, and of what is watched."""
    if not isinstance(numbers, Mapping):
        raise fault(f"`{function}` must give numbers by name, and gave {_told(numbers)}")
    for name, number in numbers.items():
        found = f"{getattr(number, 'shape', '')} {getattr(number, 'dtype', type(number).__name__)}"
        if found != "() float32":
            raise fault(f"`{function}` must give each number as a float32 of shape (), and {name!r} is {found}")


def _told(found: Any) -> str:
    return f"{len(found)} values" if isinstance(found, tuple) else f"{type(found).__name__} {found!r:.100}"


def _shape(shape: tuple[int, ...], dtype: Any) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(shape, dtype)  # type: ignore[no-untyped-call]
