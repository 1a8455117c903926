"""A network that runs in a program of wider layers is the network of exactly its widths."""

from dataclasses import replace
from functools import cache, partial
from typing import get_args

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from commit import some
from domain import quick
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from hpsearch import objectives
from hpsearch.objectives.network import Optimizer
from hpsearch_workers.data import Normalisation
from hpsearch_workers.population.network import Now
from hpsearch_workers.training.classifier import Classifier
from hpsearch_workers.training.hyper import hyper
from hpsearch_workers.training.network import Model, cropped
from hpsearch_workers.training.optimizer import optimizer

SHAPE, CLASSES, SAMPLES, WIDEST = (4, 5, 2), 3, 8, 6
RANDOM = np.random.default_rng(0)
IMAGES = jnp.asarray(RANDOM.normal(size=(SAMPLES, *SHAPE)), jnp.float32)
LABELS = jnp.asarray(RANDOM.integers(0, CLASSES, SAMPLES), jnp.int32)
PRESENT = jnp.arange(SAMPLES) < SAMPLES - 2

# Sigmoid is not 0 at 0: without masks the units beyond the width would be felt.
SIGMOID, PRELU = {"activation": "sigmoid"}, {"activation": "prelu"}
BEFORE, AFTER = ({"batch_norm": True, "batch_norm_position": position} for position in ("before", "after"))
KINDS = {
    "dense": ("flax/mlp", SIGMOID),
    "dense, prelu": ("flax/mlp", PRELU),
    "dense, norm before": ("flax/mlp", SIGMOID | BEFORE),
    "dense, norm after": ("flax/mlp", SIGMOID | AFTER),
    "convolution": ("flax/cnn", SIGMOID),
    "convolution, prelu, norm after": ("flax/cnn", PRELU | AFTER),
}
PENALTIES = {"l1": 1e-3, "l2": 1e-2, "weight_decay": 0.05, "clip_value": 0.05, "clip_norm": 0.5}
CASES = [(kind, "sgd") for kind in KINDS] + [("dense", name) for name in get_args(Optimizer)[1:]]


def prepared(kind, optimizer_name, widths, buckets):
    """The signature and the numbers of a trial; `widths` are those of its layers, in order."""
    objective, layers = KINDS[kind]
    shape = (
        {"filters": widths[:2], "hidden_units": widths[2:]} if objective == "flax/cnn" else {"hidden_units": widths[1:]}
    )
    chosen = shape | {"optimizer": optimizer_name, "learning_rate": 0.01, "width_buckets": buckets}
    # An eps above the rounding of gradients, which would else decide the sign of whole steps.
    chosen |= {"momentum": 0.9} if optimizer_name == "sgd" else {"eps": 1e-3}
    full = objectives.get(objective).configure(layers | chosen | PENALTIES, {})
    numbers = hyper(full, Normalisation(np.zeros(1, np.float32), np.ones(1, np.float32)))
    return full.signature(objective), numbers


@cache
def initial(signature):
    """`init(key, hyper)`: the initial weights of a signature's networks; one program for all optimizers."""
    plain = replace(signature, optimizer="sgd")
    return jax.jit(Model.of(signature, SHAPE, CLASSES).init) if signature == plain else initial(plain)


@cache
def program(signature):
    """`train(weights, hyper, steps)` of a signature's networks, with the outputs after the training."""
    network = Classifier(signature, SHAPE, CLASSES)

    def step(numbers, place, state):
        now = Now(jax.random.key(place), place.astype(jnp.float32), PRESENT, jnp.int32(0))
        return network.step(now, numbers, *state, (IMAGES, LABELS))[:2]

    @jax.jit
    def train(weights, numbers, steps):
        memory = optimizer(signature, numbers, numbers.learning_rate).init(weights[0])
        weights, _ = jax.lax.fori_loop(0, steps, partial(step, numbers), (weights, memory))
        return weights, network.model.apply(*weights, IMAGES)[0]

    return train


def beyond(arrays, part):
    """How many numbers beyond the part are not 0."""
    return sum(np.count_nonzero(array) - np.count_nonzero(part[path]) for path, array in arrays.items())


# Each example has a program to compile, and so would each step of shrinking.
few = settings(max_examples=2, phases=(Phase.generate,))
WIDTHS, SEEDS = st.lists(st.integers(1, WIDEST), min_size=3, max_size=3), st.integers(0, 2**32 - 1)


@pytest.mark.parametrize(("kind", "optimizer_name"), some(CASES, 6, "part"))
@few
@given(widths=WIDTHS, seed=SEEDS)
def test_padded_equals_exact(kind, optimizer_name, widths, seed):
    signature, numbers = prepared(kind, optimizer_name, widths, [WIDEST])
    exact, same = prepared(kind, optimizer_name, widths, list(range(1, WIDEST + 1)))
    assert (*exact.filters, *exact.widths) == tuple(widths[-len(exact.filters + exact.widths) :])
    weights = initial(signature)(jax.random.key(seed), numbers)
    expected = program(exact)(cropped(*weights, numbers), same, 1)
    weights, outputs = program(signature)(weights, numbers, 1)
    found = (cropped(*weights, numbers), outputs)
    jax.tree.map(partial(np.testing.assert_allclose, rtol=0, atol=1e-6), found, expected)


@pytest.mark.parametrize(("kind", "optimizer_name"), some(CASES, 6, "part"))
@quick
@given(widths=WIDTHS, seed=SEEDS)
def test_padding_stays_exactly_0(kind, optimizer_name, widths, seed):
    signature, numbers = prepared(kind, optimizer_name, widths, [WIDEST])
    start = initial(signature)(jax.random.key(seed), numbers)
    (params, stats), outputs = program(signature)(start, numbers, 100)
    assert np.isfinite(outputs).all()
    assert beyond(start[0], cropped(*start, numbers)[0]) == 0
    assert beyond(params, cropped(params, stats, numbers)[0]) == 0
