"""A network's functions, traced once with shapes alone: what they give each other has to fit before anything is compiled."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hpsearch.errors import InvalidInput, InvalidSettings
from hpsearch_workers.population.network import Network, Now, Tree

Shapes = tuple[tuple[str, tuple[int, ...], str], ...]
"""Of each array of a tree its path, shape and type."""
_SAME = 64
"""Networks that are remembered."""


def shapes_of(tree: Tree) -> Shapes:
    """As arrays have them on the device, where nothing has 64 bits."""
    leaves = jax.tree_util.tree_leaves_with_path(tree)
    return tuple((_path(path), np.shape(leaf), _type(leaf)) for path, leaf in leaves)


def rehearse(network: Network, hyper: Tree, samples: Tree, batch: int) -> None:
    """Traces one step and one evaluation; `samples` are arrays (n, ...). Raises InvalidSettings that says which result does not fit."""
    rows = jax.tree.map(lambda leaf: _shape((batch, *np.shape(leaf)[1:]), _type(leaf)), samples)
    numbers = jax.tree.map(lambda leaf: _shape(np.shape(leaf), _type(leaf)), hyper)
    leaves, structure = jax.tree.flatten((numbers, rows))
    _rehearse(network, structure, tuple((leaf.shape, leaf.dtype.name) for leaf in leaves), batch)


@lru_cache(maxsize=_SAME)
def _rehearse(network: Network, structure: Any, leaves: tuple[tuple[tuple[int, ...], str], ...], batch: int) -> None:
    hyper, rows = jax.tree.unflatten(structure, [_shape(*leaf) for leaf in leaves])
    key = jax.eval_shape(lambda: jax.random.key(0, impl="threefry2x32"))
    places: Any = (_shape((), "float32"), _shape((batch,), "bool"), _shape((), "int32"))
    now = Now(key, *places)
    weights, memory = _several("init", 2, "weights and memory", jax.eval_shape(network.init, key, hyper))
    stepped = jax.eval_shape(network.step, now, hyper, weights, memory, rows)
    weights_after, memory_after, trained = _several("step", 3, "weights, memory and sums", stepped)
    _alike("weights", weights, weights_after)
    _alike("memory", memory, memory_after)
    _check_sums("step", trained)
    measured = jax.eval_shape(network.evaluate, now, hyper, weights, rows)
    _check_sums("evaluate", measured)
    if set(trained) != set(measured):
        only = ", ".join(sorted(set(trained) ^ set(measured)))
        raise fault(f"`step` and `evaluate` must give the same sums, and only one of them gives {only}")
    watched = jax.eval_shape(network.watch, hyper, _shape((), "float32"))
    _check_numbers("watch", watched)
    taken = set(watched) & {f"{part}_{name}" for part in ("train", "val") for name in trained}
    if taken:
        raise fault(f"`watch` gives {', '.join(sorted(taken))}, which is the name of a sum's mean")


def fault(message: str) -> InvalidInput:
    """What is wrong with the objective itself, whatever the trial."""
    return InvalidSettings.at("objective", message)


def difference(one: Shapes, other: Shapes) -> str | None:
    """The first array in which two trees differ, and how; None when they are alike."""
    first, second = ({path: f"{shape} {kind}" for path, shape, kind in shapes} for shapes in (one, other))
    for path in sorted(first.keys() | second.keys()):
        if first.get(path) != second.get(path):
            name = f"`{path}`" if path else "it"
            return f"{name} is {second.get(path, 'missing')}, not {first.get(path, 'missing')}"
    return None


def _several(function: str, count: int, what: str, found: Any) -> Any:
    if not isinstance(found, tuple) or len(found) != count:
        raise fault(f"`{function}` of the network must return {what}, and returned {_told(found)}")
    return found


def _alike(what: str, before: Tree, after: Tree) -> None:
    found = difference(shapes_of(before), shapes_of(after))
    if found is not None:
        raise fault(f"`step` must return {what} like those of `init`: {found}")
    expected, given = str(jax.tree.structure(before)), str(jax.tree.structure(after))
    if expected != given:
        raise fault(f"`step` must return {what} like those of `init`: {given}, not {expected}")


def _check_sums(function: str, sums: Any) -> None:
    _check_numbers(function, sums)
    if "loss" not in sums:
        raise fault(f"`{function}` must give the sum 'loss', and gave {', '.join(sorted(sums)) or 'nothing'}")


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


def _path(path: Any) -> str:
    return jax.tree_util.keystr(path, simple=True, separator=".")


def _type(leaf: Any) -> str:
    return str(jax.dtypes.canonicalize_dtype(leaf.dtype if hasattr(leaf, "dtype") else np.result_type(leaf)).name)


def _shape(shape: tuple[int, ...], name: str) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(shape, jnp.dtype(name))  # type: ignore[no-untyped-call]
