"""Whether what an objective prepared is what the engine takes; what is not, is named before any training starts.

What would be wrong in every trial is an InvalidSettings at `objective`, which pauses the study; what may be one trial's fault, an InvalidInput.
"""

import copy
import json
import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import sha256
from operator import index
from typing import Any
from weakref import WeakKeyDictionary, WeakValueDictionary

import jax
import jax.numpy as jnp
import numpy as np

from hpsearch.errors import InvalidInput
from hpsearch_workers.objective import TrialRun
from hpsearch_workers.population.layout import Layout, path_name
from hpsearch_workers.population.network import Data, Network, Training, Tree
from hpsearch_workers.population.rehearsal import fault, rehearse

_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_ADVICE = "make it a frozen dataclass, with fields for what shapes its programs"
_MOST = 2**31 - 1
_ON_DEVICE = (np.dtype(np.float32), np.dtype(np.int32))
"""What is taken as it is."""


@dataclass
class Contract:
    """Checks trainings, and remembers of earlier ones what later ones have to agree with."""

    _digests: WeakKeyDictionary[Data, str] = field(default_factory=WeakKeyDictionary)
    """Of data that was looked at."""
    _shared: WeakValueDictionary[str, Data] = field(default_factory=WeakValueDictionary)
    """The data that stands for all of equal content."""
    _first: dict[tuple[object, ...], tuple[int, Layout]] = field(default_factory=dict)
    """By what shapes a program: the number of the first trial, and the layout of its numbers."""

    def checked(self, training: Training, trial: TrialRun) -> Training:
        """What was prepared for this trial, with NumPy arrays as `hyper`; equal data of several trials is one object.

        Raises InvalidSettings, InvalidInput.
        """
        if not isinstance(training, Training):  # the user's code may return anything
            raise fault(f"`prepare` must return a Training, and returned {training!r:.200}")
        _check_network(training.network)
        training = replace(training, data=self._only(training.data), hyper=_arrays(training.hyper), **_whole(training))
        if not 0 <= training.min_delta < np.inf:
            raise InvalidInput.at("min_delta", f"must be a number from 0, got {training.min_delta}")
        samples = training.data.train.shape[1]
        if training.batch > samples:
            raise InvalidInput.at("batch", f"must be at most {samples}, the samples that train; got {training.batch}")
        numbers = Layout.of(training.hyper)
        self._check_layout(training.network, numbers, trial)
        rehearse(training.network, numbers, Layout.of(training.data.samples), training.batch)
        return training

    def _only(self, data: Data) -> Data:
        """The object for data of this content: it is on the device once, also where every trial makes its own."""
        if not isinstance(data, Data):
            raise fault(f"`data` must be Data, got {data!r:.200}")
        if data not in self._digests:
            _check_data(data)
            self._digests[data] = _digest(data)
        return self._shared.setdefault(self._digests[data], data)

    def _check_layout(self, network: Network, numbers: Layout, trial: TrialRun) -> None:
        key = (trial.study, trial.objective, json.dumps(trial.settings, sort_keys=True), network)
        first, expected = self._first.get(key, (trial.number, numbers))
        if trial.number <= first:  # the first one, or that of another study which got the name of one that was deleted
            self._first[key] = (trial.number, numbers)
            return
        found = expected.difference(numbers)
        if found is not None:
            raise fault(f"`hyper` must have the same arrays for all trials of a network: {found} as in trial {first}")


def _check_network(network: Any) -> None:
    if isinstance(network, type):
        raise fault(f"the network must be an instance, not the class {network.__qualname__}")
    name = type(network).__qualname__
    for function in ("init", "step", "evaluate", "watch"):
        if not callable(getattr(network, function, None)):
            raise fault(f"the network, {name}, has no function `{function}`")
    try:
        hash(network)
    except TypeError as error:
        raise fault(f"the network, {name}, must be hashable ({error}); {_ADVICE}") from None
    _check_names(network)


@lru_cache(maxsize=64)
def _check_names(network: Any) -> None:
    """Whether equality and `repr` say what it is: programs are shared by the one, snapshots found by the other."""
    name = type(network).__qualname__
    if _ADDRESS.search(repr(network)):
        message = (
            f"the `repr` of the network, {network!r:.200}, names its programs and must be the same in every process"
        )
        raise fault(f"{message}; {_ADVICE}, and names where one is a function")
    if copy.deepcopy(network) != network:
        raise fault(f"the network, {name}, equals none but itself, so that no two trials share a program; {_ADVICE}")


def _whole(training: Training) -> dict[str, Any]:
    """The whole numbers of a training as Python has them."""
    found = {}
    for name in ("batch", "max_epochs", "patience", "repeats", "evaluation_batch"):
        value = getattr(training, name)
        if name == "patience" and value is None:
            continue
        try:
            number = index(value)
        except TypeError:
            number = 0
        if not 1 <= number <= _MOST:
            raise InvalidInput.at(name, f"must be a whole number from 1, got {value!r:.100}")
        found[name] = number
    return found


def _arrays(hyper: Tree) -> Tree:
    """NumPy arrays of at most 32 bits. Python's numbers become float32, whether or not they are whole: 1 is a value of a real parameter too."""

    def array(path: Any, leaf: Any) -> Any:
        found = np.asarray(float(leaf) if isinstance(leaf, int | float) and not isinstance(leaf, bool) else leaf)
        if found.dtype in _ON_DEVICE:
            return found
        if not _is_number(found):
            message = "numbers only; what shapes a program is a field of the network"
            raise fault(f"`hyper` has {leaf!r:.100} as {path_name(path)!r}: {message}")
        _check_fits(f"hyper.{path_name(path)}", found)
        with np.errstate(over="ignore"):  # what float32 cannot hold is infinite, and such a training diverges
            return found.astype(jax.dtypes.canonicalize_dtype(found.dtype))

    return jax.tree_util.tree_map_with_path(array, hyper)


def _check_data(data: Data) -> None:
    counts = {}
    for path, leaf in jax.tree_util.tree_leaves_with_path(data.samples):
        name = f"data.samples.{path_name(path)}".rstrip(".")
        if not hasattr(leaf, "dtype") or np.ndim(leaf) == 0 or not _is_number(leaf):
            raise fault(f"{name} must be an array of numbers with the samples along its first axis, got {leaf!r:.100}")
        _check_fits(name, np.asarray(leaf))
        counts[name] = len(leaf)
    if len(set(counts.values())) != 1:
        raise fault(f"the arrays of data.samples must have as many samples each, got {counts or 'none'}")
    samples = next(iter(counts.values()))
    for name in ("train", "validation"):
        _check_rows(f"data.{name}", getattr(data, name), samples)
    if len(data.train) != len(data.validation):
        raise fault(f"data.train has {len(data.train)} folds, data.validation {len(data.validation)}")


def _check_rows(name: str, rows: Any, samples: int) -> None:
    if not hasattr(rows, "dtype") or rows.dtype.kind not in "iu" or rows.ndim != 2:
        raise fault(f"{name} must be rows of the samples, whole numbers of shape (folds, n), got {rows!r:.100}")
    if not rows.size or (rows < 0).all(axis=1).any():
        raise fault(f"{name} has no rows")
    if rows.min() < -1 or rows.max() >= samples:
        raise fault(f"{name} must be rows from 0 to {samples - 1}, or -1; got {rows.min()} to {rows.max()}")


def _check_fits(name: str, array: Any) -> None:
    kind = jax.dtypes.canonicalize_dtype(array.dtype)
    if array.dtype.kind in "iu" and array.dtype != kind and array.size:
        limits = np.iinfo(kind)
        if array.min() < limits.min or array.max() > limits.max:
            raise InvalidInput.at(name, f"must fit {kind.name}, and is {array.min()} to {array.max()}")


def _is_number(array: Any) -> bool:
    return bool(array.dtype == bool or jnp.issubdtype(array.dtype, np.number))


def _digest(data: Data) -> str:
    found = sha256(repr(Layout.of(data.samples)).encode())
    for array in (*jax.tree.leaves(data.samples), data.train, data.validation):
        found.update(repr(np.shape(array)).encode())
        found.update(np.ascontiguousarray(array).view(np.uint8).data)
    return found.hexdigest()
