"""Trials of the built-in networks in lanes: bit-equal in any company and after any interruption, equal but for rounding in any number of lanes."""

import random

import jax
import numpy as np
import pytest
from commit import some
from effort import tries
from populations import Crew, engine, finish
from trainings import OBJECTIVE, prepared

from hpsearch.trial import Decision
from hpsearch_workers.population import pace, snapshots

DATA = {"name": "digits", "train": {"first": 70}, "validation": {"last": 50}}
SETTINGS = {"data": DATA, "batch_size": 12, "hidden_units": 6, "width_buckets": [4, 6]}
STEPS = 6  # of an epoch; the last batch has 10 of 12 samples
MLP, CNN = ("flax/mlp", {"depth": 1}), ("flax/cnn", {"conv_layers": 1, "filters": 3, "kernel_size": 3, "depth": 1})
DROPOUTS = {"input_dropout": 0.05, "dropout": 0.2}
# Every optimizer, layer kind and option in some program; what is traced differs from trial to trial.
PROGRAMS = {
    "sgd": (*MLP, {"nesterov": True, "momentum": 0.8, **DROPOUTS}),
    "adagrad": (*MLP, {"activation": "prelu", "batch_norm": True, "batch_norm_position": "after"}),
    "adadelta": (*CNN, {"conv_dropout": 0.2, "batch_norm": True, "batch_norm_position": "after"}),
    "rmsprop": (*MLP, {"clip_value": 0.1, "l1": 1e-3, "weight_decay": 0.01, "activation": "gelu"}),
    "adam": (*MLP, {"clip_norm": 0.5, "l2": 1e-3, "label_smoothing": 0.1, "batch_norm": True}),
    "adamw": (*CNN, {"weight_decay": 0.01, **DROPOUTS}),
    "adamax": ("flax/mlp", {"depth": 2}, {"loss": "mean_squared_error"}),
    "nadam": (*CNN, {"activation": "prelu", "batch_norm": True}),
}
TRACED = [
    {"learning_rate": 0.05, "hidden_units": 6, "max_epochs": 4},
    {
        "learning_rate": 0.02,
        "hidden_units": 5,
        "max_epochs": 3,
        "schedule": "warmup_cosine",
        "initializer": "he_normal",
    },
    {"learning_rate": 1e36, "hidden_units": 5, "max_epochs": 4, "init_stddev": 1e30, "initializer": "normal"},
    {"learning_rate": 0.08, "hidden_units": 5, "max_epochs": 5, "schedule": "exponential", "transition_epochs": 2.0},
    {"learning_rate": 0.03, "hidden_units": 6, "max_epochs": 3, "schedule": "power", "normalisation": "standardise"},
    {"learning_rate": 0.04, "hidden_units": 5, "max_epochs": 4, "schedule": "cosine", "initializer": "lecun_uniform"},
]
DIVERGES = 2
INTERRUPTED = 3


def trial_of(optimizer, number, **changes):
    objective, shape, options = PROGRAMS[optimizer]
    params = {"optimizer": optimizer, **shape, **options, **TRACED[number % len(TRACED)], **changes}
    # Above the rounding of gradients, which would else decide the sign of whole steps.
    eps = {} if optimizer == "sgd" else {"eps": 1e-3}
    return prepared(objective=objective, settings=SETTINGS, params=params | eps, number=number, seed=number)


def listener():
    crew = Crew()
    crew.objective = OBJECTIVE
    return crew


def run(trials, lanes, pause=lambda: 0):
    """Trains them, each put in `pause()` turns after the one before; who heard of them."""
    crew = listener()
    running = engine(crew, lanes)
    for trial in trials:
        running.add(trial, None, None)
        for _ in range(pause()):
            running.work()
    finish(running)
    assert crew.failures == {}
    return crew


def assert_same(found, expected, numbers):
    for number in numbers:
        assert repr(found.reports[number]) == repr(expected.reports[number])
        assert repr(found.ended[number].values) == repr(expected.ended[number].values)
        jax.tree.map(np.testing.assert_array_equal, found.ended[number].weights, expected.ended[number].weights)


@pytest.fixture
def step_by_step(monkeypatch):
    """Chunks of 4 steps, then of 1: lanes are filled in the middle of the epochs of others."""
    monkeypatch.setattr(pace, "CHUNK_SECONDS", 0.0)


@pytest.mark.parametrize("optimizer", some(list(PROGRAMS), 3, "exactness"))
def test_a_trial_is_the_same_in_any_company_and_after_an_interruption(optimizer, step_by_step, tmp_path):
    numbers = range(len(TRACED))
    expected = run([trial_of(optimizer, number) for number in numbers], lanes=4)
    assert np.isnan(expected.ended[DIVERGES].values[0])
    assert all(np.isfinite(expected.ended[number].values[0]) for number in numbers if number != DIVERGES)

    turns = random.Random(optimizer)
    others = [trial_of(optimizer, number) for number in (5, DIVERGES, 3, 0, 4, 1)]
    assert_same(run(others, lanes=4, pause=lambda: turns.randrange(4)), expected, numbers)

    first = listener()
    running = engine(first, lanes=4)
    for number in (0, INTERRUPTED):
        running.add(trial_of(optimizer, number), None, None)
    while len(first.reports.get(INTERRUPTED, [])) < 2:
        running.work()
    running.work()
    first.decisions[INTERRUPTED] = Decision.RELEASE
    finish(running)
    snapshot = first.given_back[INTERRUPTED]
    assert (snapshot.progress.epoch, 0 < snapshot.lane.state.place < STEPS) == (2, True)
    checkpoint = snapshots.save(tmp_path, snapshot)

    again, second = trial_of(optimizer, INTERRUPTED), listener()
    stored = snapshots.load(tmp_path, checkpoint, again)
    again.progress = stored.progress
    running = engine(second, lanes=4)
    for number in (1, DIVERGES, 4):
        running.add(trial_of(optimizer, number), None, None)
    running.work()
    running.add(again, stored.arrays, None)
    finish(running)
    second.reports[INTERRUPTED][:0] = first.reports[INTERRUPTED]
    assert_same(second, expected, [1, DIVERGES, INTERRUPTED, 4])


def weights_after_a_step(optimizer, lanes, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(pace, "_FIRST_STEPS", 1)
        running = engine(Crew(), lanes)
        running.add(trial_of(optimizer, INTERRUPTED), None, None)
        running.work()
    [snapshot] = running.snapshots()
    assert snapshot.lane.state.place == 1
    return snapshot.lane.state.replicas.weights


@pytest.mark.parametrize(("optimizer", "counts"), [("adam", (1, 4, 16)), ("adamw", (1, 4))])
def test_numbers_of_lanes_differ_in_rounding_alone(optimizer, counts, monkeypatch):
    one, *several = (weights_after_a_step(optimizer, lanes, monkeypatch) for lanes in counts)
    for other in several:
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=0, atol=1e-6), other, one)
    alone, *together = (
        run([trial_of(optimizer, number, max_epochs=2) for number in (0, 3)], lanes).reports for lanes in counts
    )
    for reports in together:
        for number in (0, 3):
            (_, found), (_, expected) = reports[number][0], alone[number][0]
            assert found == pytest.approx(expected, abs=1e-4)


def random_trials(count):
    rates = np.random.default_rng(0).uniform(-3, 0, count)
    return [trial_of("adam", number, learning_rate=float(10**rate), max_epochs=2) for number, rate in enumerate(rates)]


def test_final_losses_are_equally_distributed_alone_and_in_lanes():
    count = max(20, tries(100))
    alone, together = (
        np.sort([outcome.values[0] for outcome in run(random_trials(count), lanes).ended.values()]) for lanes in (1, 16)
    )
    assert len(alone) == len(together) == count
    # Kolmogorov and Smirnov: distributions that are equal differ by more in one of a hundred cases.
    both = np.concatenate([alone, together])
    shares = [np.searchsorted(losses, both, side="right") / count for losses in (alone, together)]
    assert np.max(np.abs(shares[0] - shares[1])) < 1.628 * np.sqrt(2 / count)
    assert len(set(alone)) > count / 2


def test_units_beyond_the_width_stay_0_in_lanes():
    running = engine(Crew(), 4)
    running.add(trial_of("rmsprop", 1, hidden_units=5, max_epochs=50), None, None)
    for _ in range(6):
        running.work()
    params, _ = running.snapshots()[0].lane.state.replicas.weights
    for path, part in (("layers.0.linear.kernel", np.s_[..., 5:]), ("output.kernel", np.s_[..., 5:, :])):
        assert np.count_nonzero(params[path]) > 0
        assert np.count_nonzero(params[path][part]) == 0
