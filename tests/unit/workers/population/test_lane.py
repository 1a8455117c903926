"""One lane, against loops in NumPy and against itself in other company."""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from populations import DATA, SAMPLES, VALIDATION, Line, data, trial

from hpsearch_workers.population.engine import trainer_of
from hpsearch_workers.population.lane import Samples

INPUTS, TARGETS = DATA.samples


def started(one=None, samples=DATA):
    one = one or trial(data=samples)
    trainer = trainer_of(one)
    on_device = Samples(*jax.device_put((samples.samples, samples.train, samples.validation)))
    goal = one.goal(trainer.names(one.training.hyper, on_device))
    lane = jax.jit(trainer.init)(goal, one.training.hyper, jnp.uint32(one.run.seed), on_device)
    return trainer, lane, on_device


@cache
def compiled(trainer):
    return jax.jit(trainer.step), jax.jit(trainer.end)


def epoch_of(trainer, lane, on_device):
    step, end = compiled(trainer)
    for _ in range(trainer.steps):
        lane = lane._replace(state=step(lane.hyper, lane.state, on_device))
    return end(lane, on_device)


def test_each_epoch_has_an_order_of_its_own_with_every_sample_once():
    trainer, lane, on_device = started()
    orders = []
    for _ in range(3):
        orders.append(np.asarray(lane.state.replicas.order[0]))
        lane, _ = epoch_of(trainer, lane, on_device)
    for order in orders:
        assert sorted(order) == [-1, -1, *range(SAMPLES)]
        assert list(order[-2:]) == [-1, -1]
    assert len({tuple(order) for order in orders}) == 3


def test_an_epoch_is_what_a_plain_loop_does():
    trainer, lane, on_device = started(trial(noise=0.0, rate=0.03))
    weights, order = np.asarray(lane.state.replicas.weights["w"][0]), np.asarray(lane.state.replicas.order[0])
    after, epoch = epoch_of(trainer, lane, on_device)
    seen = 0.0
    for first in range(0, SAMPLES, 4):
        rows = [row for row in order[first : first + 4] if row >= 0]
        errors = INPUTS[rows] @ weights - TARGETS[rows]
        seen += float(errors @ errors)
        weights = weights - 0.03 * 2 * INPUTS[rows].T @ errors / len(rows)
    np.testing.assert_allclose(after.state.replicas.weights["w"][0], weights, rtol=1e-4)
    validated = ((INPUTS[SAMPLES:] @ weights - TARGETS[SAMPLES:]) ** 2).mean()
    assert trainer.names(lane.hyper, on_device) == ("train_loss", "val_loss", "rate")
    np.testing.assert_allclose(epoch.metrics, [seen / SAMPLES, validated, 0.03], rtol=1e-4)
    np.testing.assert_array_equal(epoch.spread, np.zeros(3))
    assert after.state.replicas.memory["steps"][0] == 3
    assert (after.state.epoch, after.state.place) == (1, 0)


@pytest.mark.parametrize("size", [1, 4, 6, 100])
def test_a_validation_in_batches_counts_every_sample_once(size):
    trainer, lane, on_device = started(trial(evaluation_batch=size))
    after, epoch = epoch_of(trainer, lane, on_device)
    weights = np.asarray(after.state.replicas.weights["w"][0])
    np.testing.assert_allclose(
        epoch.metrics[1], ((INPUTS[SAMPLES:] @ weights - TARGETS[SAMPLES:]) ** 2).mean(), rtol=1e-4
    )


def test_the_best_epoch_keeps_its_weights():
    trainer, lane, on_device = started(trial(rate=0.6, noise=0.3, max_epochs=30))
    best, kept = np.inf, None
    for _ in range(12):
        lane, epoch = epoch_of(trainer, lane, on_device)
        if epoch.metrics[1] < best:
            best, kept = epoch.metrics[1], np.asarray(lane.state.replicas.weights["w"])
        np.testing.assert_array_equal(lane.state.replicas.best["w"], kept)
    assert epoch.best_epoch < 12


def test_repeats_start_apart_and_are_reported_by_mean_and_spread():
    trainer, lane, on_device = started(trial(repeats=3))
    alone, single, _ = started(trial())
    after, epoch = epoch_of(trainer, lane, on_device)
    _, one = epoch_of(alone, single, on_device)
    weights = np.asarray(after.state.replicas.weights["w"])
    assert weights.shape == (3, 3)
    losses = [((INPUTS[SAMPLES:] @ each - TARGETS[SAMPLES:]) ** 2).mean() for each in weights]
    np.testing.assert_allclose(epoch.metrics[1], np.mean(losses), rtol=1e-4)
    np.testing.assert_allclose(epoch.values, losses, rtol=1e-4)
    np.testing.assert_allclose(epoch.spread[1], np.std(losses, ddof=1), rtol=1e-3)
    np.testing.assert_allclose(losses[0], one.metrics[1], rtol=1e-4)  # the first has the seed of the trial
    assert len({float(loss) for loss in losses}) == 3


def test_folds_validate_on_what_they_do_not_train_on():
    samples = data(folds=2)
    trainer, lane, on_device = started(trial(data=samples), samples)
    orders = np.asarray(lane.state.replicas.order)
    for fold in range(2):
        assert sorted(row for row in orders[fold] if row >= 0) == sorted(samples.train[fold])
    after, epoch = epoch_of(trainer, lane, on_device)
    weights = np.asarray(after.state.replicas.weights["w"])
    losses = [
        ((INPUTS[rows] @ each - TARGETS[rows]) ** 2).mean()
        for each, rows in zip(weights, samples.validation, strict=True)
    ]
    np.testing.assert_allclose(epoch.metrics[1], np.mean(losses), rtol=1e-4)


def test_rows_that_fill_up_a_fold_have_no_influence():
    plain = data()
    filled = type(plain)(
        plain.samples,
        np.concatenate([plain.train, [[-1, -1]]], axis=1).astype(np.int32),
        np.concatenate([plain.validation, [[-1]]], axis=1).astype(np.int32),
    )
    trainer, lane, on_device = started(trial(data=filled, noise=0.0, rate=0.0), filled)
    _, epoch = epoch_of(trainer, lane, on_device)
    weights = np.asarray(lane.state.replicas.weights["w"][0])
    expected = [
        ((INPUTS[rows] @ weights - TARGETS[rows]) ** 2).mean() for rows in (plain.train[0], plain.validation[0])
    ]
    np.testing.assert_allclose(epoch.metrics[:2], expected, rtol=1e-4)
    assert len(plain.validation[0]) == VALIDATION


def test_a_minibatch_without_samples_changes_nothing():
    plain = data(folds=2)
    train = plain.train.copy()
    train[1, -1] = -1  # this fold trains on one sample less
    uneven = type(plain)(plain.samples, train, plain.validation)
    trainer, lane, on_device = started(trial(data=uneven, batch=1), uneven)
    order = np.asarray(lane.state.replicas.order[1])
    step, _ = compiled(trainer)
    steps = []
    for _ in range(trainer.steps):
        before = lane.state.replicas
        lane = lane._replace(state=step(lane.hyper, lane.state, on_device))
        after = lane.state.replicas
        steps.append(bool((np.asarray(after.weights["w"][1]) != np.asarray(before.weights["w"][1])).any()))
        assert np.isfinite(after.sums["loss"]).all()
    assert steps == list(order >= 0)
    assert steps.count(False) == 1
    assert list(lane.state.replicas.memory["steps"]) == [SAMPLES, SAMPLES - 1]


@pytest.mark.parametrize(
    ("fields", "epochs"), [({"max_epochs": 2}, 2), ({"max_epochs": 50, "patience": 3, "rate": 0.0, "noise": 0.0}, 4)]
)
def test_limits_and_patience_end_it(fields, epochs):
    trainer, lane, on_device = started(trial(**fields))
    ended = []
    for _ in range(epochs):
        lane, epoch = epoch_of(trainer, lane, on_device)
        ended.append(bool(epoch.ended))
    assert ended == [False] * (epochs - 1) + [True]


def test_divergence_ends_it():
    trainer, lane, on_device = started(trial(rate=1e20))
    for _ in range(3):
        lane, epoch = epoch_of(trainer, lane, on_device)
        if epoch.diverged:
            break
    assert bool(epoch.ended)
    assert bool(epoch.diverged)


def test_equal_networks_share_a_trainer():
    assert trainer_of(trial(1, rate=0.1)) == trainer_of(trial(2, rate=0.2, max_epochs=9))
    assert trainer_of(trial(kind=1)) != trainer_of(trial())
    assert hash(Line(1)) == hash(Line(1))
