"""Compiled programs, one for all trials of a signature: nothing of a later trial is compiled."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import jax
import jax.numpy as jnp

from hpsearch.objectives import Signature
from hpsearch_workers.training.hyper import Hyper
from hpsearch_workers.training.network import Model
from hpsearch_workers.training.trainer import Data, Epoch, State, Trainer

MOST_PROGRAMS = 64
"""Programs that a process keeps; the least recently used goes first."""


@dataclass(frozen=True)
class Program:
    """`init(hyper, seed)` and `epoch(hyper, state, data)` of a Trainer, compiled."""

    init: Callable[[Hyper, jax.Array], State]
    epoch: Callable[[Hyper, State, Data], tuple[State, Epoch]]


def program(signature: Signature, hyper: Hyper, data: Data, classes: int) -> Program:
    """The program of this signature for data of this shape, compiled at the first call; `hyper` says the types of its arguments."""
    return _compiled(replace(signature, data=""), *jax.tree.map(_shape, (hyper, data)), classes)


def _shape(array: jax.Array) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(array.shape, array.dtype)  # type: ignore[no-untyped-call]


@lru_cache(maxsize=MOST_PROGRAMS)
def _compiled(signature: Signature, hyper: Hyper, data: Data, classes: int) -> Program:
    model = Model.of(signature, data.train_inputs.shape[1:], classes)
    trainer = Trainer(signature, model, data.train_labels.shape[0])
    seed = jax.ShapeDtypeStruct((), jnp.uint32)  # type: ignore[no-untyped-call]
    init = jax.jit(trainer.init).lower(hyper, seed).compile()
    epoch = jax.jit(trainer.epoch).lower(hyper, jax.eval_shape(trainer.init, hyper, seed), data).compile()
    return Program(init, epoch)
