from typing import get_args

import jax
import numpy as np
import optax
import pytest

from hpsearch import objectives
from hpsearch.objectives.network import Schedule
from hpsearch.study import Direction
from hpsearch_workers.data import Normalisation
from hpsearch_workers.training.hyper import hyper
from hpsearch_workers.training.schedule import SCHEDULES, learning_rate

STEPS_PER_EPOCH = 7
STEPS = np.arange(0, 240, 8)
RATE = jax.jit(lambda numbers, steps: jax.vmap(lambda step: learning_rate(numbers, step / STEPS_PER_EPOCH))(steps))


def numbers(**settings):
    chosen = objectives.get("flax/mlp").configure(settings, {})
    return hyper(chosen, Normalisation(np.float32(0), np.float32(1)), "val_loss", Direction.MINIMIZE)


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


@pytest.mark.parametrize("name", SCHEDULES)
def test_as_optax_has_it(name):
    random = np.random.default_rng(len(name))
    for _ in range(50):
        given = drawn(random)
        ours = RATE(numbers(schedule=name, **given), STEPS)
        theirs = np.array([of_optax(name, given)(step) for step in STEPS])
        np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=1e-7)


def test_no_schedule_is_a_program_of_its_own():
    before = RATE._cache_size()
    for name in SCHEDULES:
        RATE(numbers(schedule=name, boundaries=[1.0]), STEPS)
    assert RATE._cache_size() <= max(before, 1)


def test_without_warmup_the_first_rate_is_the_peak():
    assert RATE(numbers(schedule="warmup_cosine", warmup_epochs=0.0, learning_rate=0.5), STEPS)[0] == 0.5
