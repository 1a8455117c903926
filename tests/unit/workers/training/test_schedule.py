from typing import get_args

import jax
import numpy as np
import optax
import pytest

from hpsearch import objectives
from hpsearch.objectives.network import Schedule
from hpsearch_workers.data import Normalisation
from hpsearch_workers.training.hyper import hyper
from hpsearch_workers.training.schedule import MOST_BOUNDARIES, SCHEDULES, learning_rate

STEPS_PER_EPOCH = 7
STEPS = np.arange(0, 240, 8)
RATE = jax.jit(lambda numbers, steps: jax.vmap(lambda step: learning_rate(numbers, step / STEPS_PER_EPOCH))(steps))


def numbers(**settings):
    chosen = objectives.get("flax/mlp").configure(settings, {})
    return hyper(chosen, Normalisation(np.float32(0), np.float32(1)))


def drawn(random):
    """Settings of a schedule at random."""
    epochs = int(random.integers(2, 30))
    return {
        "learning_rate": float(10 ** random.uniform(-4, 0)),
        "max_epochs": epochs,
        "warmup_epochs": float(random.uniform(0.1, 0.9) * epochs),
        "alpha": float(random.uniform(0, 1)),
        "decay_rate": float(random.uniform(0.05, 0.99)),
        "transition_epochs": float(random.uniform(0.5, 10)),
        "power": float(random.uniform(0.5, 3)),
        "boundaries": sorted(random.choice(np.arange(1, 20), 3, replace=False).tolist()),
    }


def of_optax(name, given):
    """optax's schedule of these settings, by steps."""
    rate, alpha, decay = given["learning_rate"], given["alpha"], given["decay_rate"]
    total = given["max_epochs"] * STEPS_PER_EPOCH
    transition, warmup = given["transition_epochs"] * STEPS_PER_EPOCH, given["warmup_epochs"] * STEPS_PER_EPOCH
    return {
        "constant": lambda: optax.constant_schedule(rate),
        "linear": lambda: optax.linear_schedule(rate, alpha * rate, total),
        "polynomial": lambda: optax.polynomial_schedule(rate, alpha * rate, given["power"], total),
        "cosine": lambda: optax.cosine_decay_schedule(rate, total, alpha),
        "warmup_cosine": lambda: optax.warmup_cosine_decay_schedule(0.0, rate, warmup, total, alpha * rate),
        "exponential": lambda: optax.exponential_decay(rate, transition, decay),
        "step": lambda: optax.exponential_decay(rate, transition, decay, staircase=True),
        "piecewise_constant": lambda: optax.piecewise_constant_schedule(
            rate, {boundary * STEPS_PER_EPOCH: decay for boundary in given["boundaries"]}
        ),
        "inverse_time": lambda: lambda step: rate / (1 + decay * step / transition),  # Keras' InverseTimeDecay
        "power": lambda: lambda step: rate / (1 + step / transition) ** given["power"],
    }[name]()


def test_the_places_are_the_names_that_studies_use():
    assert get_args(Schedule) == SCHEDULES


def same(ours, name, given, steps=STEPS):
    theirs = np.array([of_optax(name, given)(step) for step in steps])
    np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=1e-7, err_msg=f"{name} {given}")


@pytest.mark.parametrize("name", SCHEDULES)
def test_as_optax_has_it(name):
    random = np.random.default_rng(len(name))
    for _ in range(50):
        given = drawn(random)
        same(RATE(numbers(schedule=name, **given), STEPS), name, given)


def test_lanes_with_schedules_of_their_own_are_optaxs():
    random = np.random.default_rng(7)
    names = [*SCHEDULES] * 5
    chosen = [drawn(random) for _ in names]
    lanes = [numbers(schedule=name, **given) for name, given in zip(names, chosen, strict=True)]
    stacked = jax.tree.map(lambda *arrays: np.stack(arrays), *lanes)
    rates = jax.jit(jax.vmap(RATE, in_axes=(0, None)))(stacked, STEPS)
    for ours, name, given in zip(rates, names, chosen, strict=True):
        same(ours, name, given)


EDGES = [
    {"alpha": 0.0, "warmup_epochs": 1.0},
    {"alpha": 1.0, "max_epochs": 2, "warmup_epochs": 1.5},
    {"power": 1.0, "decay_rate": 1.0},
    {"boundaries": [float(epoch) for epoch in range(1, MOST_BOUNDARIES + 1)], "decay_rate": 0.9},
    {"boundaries": [0.5], "transition_epochs": 1.0},
    {"max_epochs": 1000, "transition_epochs": 0.5, "decay_rate": 0.99},
]


@pytest.mark.parametrize("name", SCHEDULES)
def test_at_the_edges_of_what_studies_may_ask_for(name):
    for edge in EDGES:
        given = drawn(np.random.default_rng(3)) | {"max_epochs": 20, "warmup_epochs": 5.0} | edge
        same(RATE(numbers(schedule=name, **given), STEPS), name, given)


@pytest.mark.parametrize("name", ["step", "piecewise_constant"])
def test_a_rate_falls_at_its_very_step(name):
    steps = np.arange(0, 22 * STEPS_PER_EPOCH)
    for epochs in range(1, 11):
        given = drawn(np.random.default_rng(epochs))
        given |= {"transition_epochs": float(epochs), "boundaries": [epochs, 2 * epochs], "decay_rate": 0.5}
        same(RATE(numbers(schedule=name, **given), steps), name, given, steps)


def test_no_schedule_is_a_program_of_its_own():
    before = RATE._cache_size()
    for name in SCHEDULES:
        RATE(numbers(schedule=name, boundaries=[1.0]), STEPS)
    assert RATE._cache_size() <= max(before, 1)


def test_without_warmup_the_first_rate_is_the_peak():
    assert RATE(numbers(schedule="warmup_cosine", warmup_epochs=0.0, learning_rate=0.5), STEPS)[0] == 0.5
