"""Compiled programs of K lanes, one for all trials of a network on data of one shape: no later trial compiles anything."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache, partial
from hashlib import sha256
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np

from hpsearch.errors import CheckpointNotFound
from hpsearch_workers.population.lane import Epoch, Goal, Lane, Samples, Trainer
from hpsearch_workers.population.layout import Layout
from hpsearch_workers.population.network import Tree

MOST_PROGRAMS = 64
"""Programs that a process keeps; the least recently used goes first."""
MOST_TOGETHER = 16
"""Lanes that are validated, started, read or written in one call."""
_NEEDED = ("start", "advance", "end", "read")
"""What every program needs sooner or later; `read` is wanted in a hurry, when a worker ends."""
_COMPILERS = ThreadPoolExecutor(3, thread_name_prefix="hpsearch-compile")


class Program:
    """`lanes` lanes of a trainer; compiled at the first call of a function.

    Every function but `read` uses up the lanes it is given. Places are lanes, at most `group` of them in a call.
    """

    def __init__(self, trainer: Trainer, lanes: int, layout: Layout) -> None:
        self.trainer = trainer
        self.lanes = lanes
        self.group = min(lanes, MOST_TOGETHER)
        self._hyper, self._data = layout.tree
        goal = Goal(*(_shape((), name) for name in ("int32", "int32", "float32", "int32", "float32")))
        self.lane = jax.eval_shape(trainer.init, goal, self._hyper, _shape((), "uint32"), self._data)
        """Shapes and types of one lane."""
        self._all, self._some = (jax.tree.map(partial(_stacked, count), self.lane) for count in (lanes, self.group))
        self._some_places = _shape((self.group,), "int32")
        self.names = trainer.names(self._hyper, self._data)
        self.digest = digest(trainer)
        self._functions: dict[str, Future[Any]] = {}

    def empty(self) -> Lane:
        """Lanes that nobody is in."""
        return jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), self._all)  # type: ignore[no-any-return]

    def lane_of(self, arrays: Mapping[int, Any]) -> Lane:
        """A lane of these arrays, by their place in the order in which JAX flattens it; empty ones may be missing.

        Raises CheckpointNotFound when they are no lane of this program.
        """
        shapes, structure = jax.tree.flatten(self.lane)
        found = [arrays.get(place, np.zeros((0,))) for place in range(len(shapes))]
        leaves = [
            array if leaf.size else np.zeros(leaf.shape, leaf.dtype) for array, leaf in zip(found, shapes, strict=True)
        ]
        if [(leaf.shape, leaf.dtype) for leaf in leaves] != [(leaf.shape, leaf.dtype) for leaf in shapes]:
            raise CheckpointNotFound("The snapshot's arrays have other shapes than this program's.")
        return jax.tree.unflatten(structure, leaves)  # type: ignore[no-any-return]

    def start(
        self, lanes: Lane, data: Samples, places: Sequence[int], trials: Sequence[tuple[Goal, Tree, np.uint32]]
    ) -> Lane:
        """Trials (goal, hyper, seed) before their first step in these places."""
        given = _stack(trials, self.group)
        return self._call("start", lanes, data, self._padded(places), given)  # type: ignore[no-any-return]

    def advance(self, lanes: Lane, data: Samples, steps: int) -> Lane:
        """All lanes after so many more steps, none of which may go beyond the end of an epoch."""
        return self._call("advance", lanes, data, np.int32(steps))  # type: ignore[no-any-return]

    def end(self, lanes: Lane, data: Samples, places: Sequence[int]) -> tuple[Lane, Epoch]:
        """Validates these lanes at the end of their epoch; what it gave has the axis of the group."""
        return self._call("end", lanes, data, self._padded(places))  # type: ignore[no-any-return]

    def read(self, lanes: Lane, places: Sequence[int]) -> Lane:
        """A copy of these lanes, with the axis of the group."""
        return self._call("read", lanes, self._padded(places))  # type: ignore[no-any-return]

    def write(self, lanes: Lane, places: Sequence[int], values: Sequence[Lane]) -> Lane:
        """Puts lanes that were read, from a program of this trainer with any number of lanes, into these places."""
        return self._call("write", lanes, self._padded(places), _stack(values, self.group))  # type: ignore[no-any-return]

    def _padded(self, places: Sequence[int]) -> Any:
        """Beyond the last lane, what fills up the group is written nowhere."""
        return np.array([*places, *[self.lanes] * (self.group - len(places))], np.int32)

    def compiled(self, name: str) -> Any:
        """The function of this name, compiled; others that are needed as well are compiled at the same time."""
        for each in _NEEDED if name in _NEEDED else (name,):  # side by side
            if each not in self._functions:
                self._functions[each] = _COMPILERS.submit(_compile, each, *self._job(each))
        return self._functions[name].result()

    def _call(self, name: str, *arguments: Any) -> Any:
        return self.compiled(name)(*arguments)

    def _job(self, name: str) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """The function of this name, and the shapes of its arguments."""
        some, places = self._some, self._some_places
        match name:
            case "start":
                given = (some.goal, some.hyper, _shape((self.group,), "uint32"))
                return self._start, (self._all, self._data, places, given)
            case "advance":
                return self._advance, (self._all, self._data, _shape((), "int32"))
            case "end":
                return self._end, (self._all, self._data, places)
            case "read":
                return _take, (self._all, places)
            case _:
                return _put, (self._all, places, some)

    def _start(self, lanes: Lane, data: Samples, places: jax.Array, given: tuple[Goal, Tree, jax.Array]) -> Lane:
        def start(number: jax.Array, lanes: Lane) -> Lane:
            goal, hyper, seed = jax.tree.map(lambda leaf: leaf[number], given)
            lane = self.trainer.init(goal, hyper, seed, data)
            return jax.tree.map(lambda old, new: old.at[places[number]].set(new), lanes, lane)  # type: ignore[no-any-return]

        # One after the other: mostly they are few, and what fills up the group costs nothing.
        return jax.lax.fori_loop(0, jnp.sum(places < self.lanes), start, lanes)  # type: ignore[no-any-return]

    def _advance(self, lanes: Lane, data: Samples, steps: jax.Array) -> Lane:
        step = jax.vmap(self.trainer.step, (0, 0, None))
        state = jax.lax.fori_loop(0, steps, lambda _, state: step(lanes.hyper, state, data), lanes.state)
        return lanes._replace(state=state)

    def _end(self, lanes: Lane, data: Samples, places: jax.Array) -> tuple[Lane, Epoch]:
        if jax.default_backend() != "cpu":
            ended, epochs = jax.vmap(self.trainer.end, (0, None))(_take(lanes, places), data)
            return _put(lanes, places, ended), epochs

        def end(number: jax.Array, found: tuple[Lane, Epoch]) -> tuple[Lane, Epoch]:
            lane = jax.tree.map(lambda leaf: leaf[places[number]], found[0])
            ended = self.trainer.end(lane, data)
            return _put(found[0], places[number], ended[0]), _put(found[1], number, ended[1])

        # One after the other: side by side is hardly faster here, and lanes whose epoch has not ended would cost as much as the others.
        _, epoch = jax.eval_shape(self.trainer.end, self.lane, self._data)
        epochs = jax.tree.map(lambda leaf: jnp.zeros((self.group, *leaf.shape), leaf.dtype), epoch)
        return jax.lax.fori_loop(0, jnp.sum(places < self.lanes), end, (lanes, epochs))  # type: ignore[no-any-return]


def program(trainer: Trainer, lanes: int, hyper: Tree, data: Samples) -> Program:
    """The program for `hyper` and `data` of these shapes; the same one for equal arguments."""
    return _program(trainer, lanes, Layout.of((hyper, data)))


def digest(trainer: Trainer) -> str:
    """A short name of what it trains, equal in every process when the network's `repr` is."""
    return sha256(repr(trainer).encode()).hexdigest()[:12]


@lru_cache(maxsize=MOST_PROGRAMS)
def _program(trainer: Trainer, lanes: int, layout: Layout) -> Program:
    return Program(trainer, lanes, layout)


def _compile(name: str, function: Callable[..., Any], shapes: tuple[Any, ...]) -> Callable[..., Any]:
    uses_up = () if name == "read" else (0,)
    # What only copies is not worth the time of optimizing it.
    options: dict[str, str | bool] = {"xla_backend_optimization_level": "0"} if name in ("read", "write") else {}
    return jax.jit(function, donate_argnums=uses_up).lower(*shapes).compile(compiler_options=options)


_Tree = TypeVar("_Tree")


def _put(lanes: _Tree, places: jax.Array, values: _Tree) -> _Tree:
    return jax.tree.map(lambda old, new: old.at[places].set(new, mode="drop"), lanes, values)  # type: ignore[no-any-return]


def _take(lanes: Lane, places: jax.Array) -> Lane:
    return jax.tree.map(lambda leaf: leaf[jnp.minimum(places, len(leaf) - 1)], lanes)  # type: ignore[no-any-return]


def _stack(trees: Sequence[Any], count: int) -> Any:
    """Arrays with an axis of `count`, of which the first are those of the trees. Several times as fast as `np.stack` where arrays are small."""

    def stacked(*leaves: Any) -> Any:
        out = np.zeros((count, *leaves[0].shape), leaves[0].dtype)
        for place, leaf in enumerate(leaves):
            out[place] = leaf
        return out

    return jax.tree.map(stacked, *trees)


def _shape(shape: tuple[int, ...], dtype: str | np.dtype[Any]) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(shape, jnp.dtype(dtype))  # type: ignore[no-untyped-call]


def _stacked(count: int, leaf: Any) -> jax.ShapeDtypeStruct:
    return _shape((count, *leaf.shape), leaf.dtype)
