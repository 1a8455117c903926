import math
from collections import Counter
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import pytest
from populations import Crew, engine, finish
from trainings import OBJECTIVE, prepared, train

from hpsearch.errors import InvalidInput, InvalidSettings
from hpsearch.study import Direction
from hpsearch_workers import data
from hpsearch_workers.data import Normalisation
from hpsearch_workers.population.lane import _SEED_STRIDE
from hpsearch_workers.population.network import Data
from hpsearch_workers.training.predictor import Predictor

SMALL = {"data": {"name": "digits", "train": {"first": 200}}, "hidden_units": 16, "batch_size": 64, "max_epochs": 3}
DOCUMENTED = {"data": {"name": "digits"}, "max_epochs": 50, "early_stopping": {"patience": 5, "min_delta": 0.0}}


def test_the_study_of_the_documentation_learns():
    params = {"learning_rate": 0.01, "hidden_units": 32, "optimizer": "sgd", "momentum": 0.9}
    outcome, curve = train(DOCUMENTED, params)
    assert [step for step, _, _ in curve] == list(range(1, len(curve) + 1))
    assert all(metrics["val_loss"] == value for _, value, metrics in curve)
    metrics = {"train_loss", "train_accuracy", "val_loss", "val_accuracy", "learning_rate", "grad_norm"}
    assert all(set(reported) == metrics for _, _, reported in curve)
    assert outcome.values == (min(value for _, value, _ in curve),)
    assert outcome.metrics == curve[outcome.best_step - 1][2]
    assert outcome.metrics["val_accuracy"] > 0.9
    assert outcome.device_seconds > 0


def test_patience_ends_it_and_the_best_epoch_counts():
    patience = 2
    settings = SMALL | {"max_epochs": 100, "early_stopping": {"patience": patience}}
    outcome, curve = train(
        settings, {"learning_rate": 0.3, "optimizer": "sgd"}, metric="val_accuracy", direction=Direction.MAXIMIZE
    )
    values = [value for _, value, _ in curve]
    assert len(values) < 100
    assert outcome.values[0] == max(values)
    assert outcome.best_step == values.index(max(values)) + 1 == len(values) - patience


def test_the_best_weights_are_restored():
    settings = SMALL | {"max_epochs": 40}
    outcome, curve = train(settings, {"learning_rate": 2.0, "optimizer": "sgd"})
    assert outcome.best_step < len(curve)
    shorter, _ = train(settings | {"max_epochs": outcome.best_step}, {"learning_rate": 2.0, "optimizer": "sgd"})
    assert shorter.values == outcome.values
    jax.tree.map(np.testing.assert_array_equal, outcome.weights, shorter.weights)


def test_a_trial_is_a_function_of_its_seed():
    (one, first), (_, again), (_, other) = (train(SMALL, {"dropout": 0.3}, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert one.values[0] == min(value for _, value, _ in first)


def test_divergence_ends_at_once_with_a_value_that_says_so():
    outcome, curve = train(SMALL | {"max_epochs": 50}, {"learning_rate": 1e30, "optimizer": "sgd"})
    assert len(curve) <= 2
    assert math.isnan(outcome.values[0])
    assert outcome.weights is None
    outcome, _ = train(
        SMALL | {"max_epochs": 50},
        {"learning_rate": 1e300, "optimizer": "sgd"},
        metric="val_accuracy",
        direction=Direction.MAXIMIZE,
    )
    assert math.isnan(outcome.values[0])


def test_several_objectives_come_from_the_best_epoch_of_the_first():
    both = {"metric": ("val_loss", "val_accuracy"), "direction": (Direction.MINIMIZE, Direction.MAXIMIZE)}
    outcome, curve = train(SMALL, **both)
    best = min(curve, key=lambda entry: entry[1])
    assert outcome.values == (best[1], best[2]["val_accuracy"])


def test_the_learning_rate_is_that_of_the_last_step():
    _, curve = train(SMALL, {"schedule": "step", "transition_epochs": 1.0, "decay_rate": 0.5, "learning_rate": 0.5})
    assert [metrics["learning_rate"] for _, _, metrics in curve] == [0.5, 0.25, 0.125]


@pytest.mark.parametrize("limit", ["clip_norm", "clip_value"])
def test_the_norm_of_the_gradient_is_that_before_clipping(limit):
    settings = SMALL | {"batch_size": 200, "optimizer": "sgd"}  # one step an epoch
    (_, plain), (_, clipped) = (train(settings, {limit: most}) for most in (1e6, 1e-6))
    assert clipped[0][2]["grad_norm"] == pytest.approx(plain[0][2]["grad_norm"], rel=1e-6)
    assert clipped[-1][2]["train_loss"] > plain[-1][2]["train_loss"]


def test_repeats_and_folds_report_the_mean_norm_of_their_gradients():
    settings = SMALL | {"max_epochs": 1}
    seeds = [place * int(_SEED_STRIDE) % 2**32 for place in range(3)]
    alone = [train(settings, seed=seed)[1][0][2]["grad_norm"] for seed in seeds]
    assert len(set(alone)) == 3
    _, [(_, _, together)] = train(settings | {"repeats": 3})
    assert together["grad_norm"] == pytest.approx(np.mean(alone), rel=1e-4)
    _, [(_, _, folded)] = train(settings | {"folds": 3})
    assert 0 < folded["grad_norm"] < 10


ADAMW = {"optimizer": "adamw", "schedule": "warmup_cosine", "learning_rate": 0.02}
PENALISED = {"clip_norm": 1.0, "label_smoothing": 0.1, "l1": 1e-5, "l2": 1e-4}
SQUARED = {"loss": "mean_squared_error", "activation": "sigmoid"}
NESTEROV = {"optimizer": "sgd", "learning_rate": 1.0, "momentum": 0.5, "nesterov": True}
DEEP = {"depth": 2, "activation": "prelu", "batch_norm": True, "learning_rate": 0.01}
NOISY = {"dropout": 0.1, "input_dropout": 0.05, "clip_value": 0.1}


@pytest.mark.parametrize("params", [ADAMW | PENALISED, SQUARED | NESTEROV, DEEP | NOISY])
def test_what_studies_may_ask_for_learns(params):
    outcome, curve = train(SMALL | {"max_epochs": 60}, params)
    assert outcome.metrics["val_accuracy"] > 0.75
    assert curve[-1][2]["train_loss"] < curve[0][2]["train_loss"]


def test_a_convolutional_network_learns():
    settings = SMALL | {"data": {"name": "digits"}, "max_epochs": 8, "learning_rate": 0.005}
    params = {"filters": 4, "conv_layers": 2, "conv_dropout": 0.1, "batch_norm": True, "batch_norm_position": "after"}
    outcome, _ = train(settings, params, objective="flax/cnn")
    assert outcome.metrics["val_accuracy"] > 0.9


def test_the_second_trial_of_a_signature_compiles_nothing(compilations):
    settings = SMALL | {"hidden_units": 300, "early_stopping": {"patience": 2}}  # a bucket that no other test has
    params = {"dropout": 0.1, "optimizer": "adamw", "learning_rate": 0.01, "clip_norm": 1.0}
    train(settings, params)
    assert compilations["backend"] > 0
    compilations.clear()
    params |= {"dropout": 0.4, "learning_rate": 0.03, "clip_norm": 2.0, "weight_decay": 0.1, "b1": 0.8}
    params |= {"schedule": "cosine", "initializer": "he_normal", "normalisation": "standardise"}
    accuracy = {"metric": "val_accuracy", "direction": Direction.MAXIMIZE}
    for number in range(3):
        train(settings | {"max_epochs": 4 + number, "hidden_units": 400 + number}, params, seed=number, **accuracy)
    assert compilations == Counter()


def test_programs_are_shared_by_studies_with_other_splits(compilations):
    settings = SMALL | {"hidden_units": 33}
    train(settings)
    compilations.clear()
    other = settings | {"data": {"name": "digits", "train": {"first": 200}, "split_seed": 5}}
    train(other)
    assert compilations == Counter()


def test_weights_have_the_true_widths():
    params = {"filters": [3, 5], "hidden_units": [6], "batch_norm": True}
    outcome, _ = train(SMALL | params, objective="flax/cnn")
    weights = outcome.weights["params"]
    shapes = {path: array.shape for path, array in weights.items() if path.endswith("kernel")}
    assert shapes == {
        "convolutions.0.linear.kernel": (3, 3, 1, 3),
        "convolutions.1.linear.kernel": (3, 3, 3, 5),
        "layers.0.linear.kernel": (2 * 2 * 5, 6),
        "output.kernel": (6, 10),
    }
    assert outcome.weights["stats"]["convolutions.1.norm.var"].shape == (5,)
    predictor = Predictor("flax/cnn", SMALL | params, {}, outcome.weights)
    found = predictor.evaluate(data.training_data(predictor.settings.data, Path()).validation)
    assert found["loss"] == pytest.approx(outcome.values[0], rel=1e-5)


def test_repeats_keep_the_best_of_their_networks():
    outcome, curve = train(SMALL, {"learning_rate": 0.01, "repeats": 3, "depth": 0}, lanes=4)
    assert {"val_loss_std", "val_accuracy_std", "train_loss_std"} <= set(curve[0][2])
    assert outcome.metrics["val_loss_std"] > 0
    assert 1 <= outcome.metrics["best_epoch"] <= 3
    predictor = Predictor("flax/mlp", SMALL | {"depth": 0}, {}, outcome.weights)
    found = predictor.evaluate(data.training_data(predictor.settings.data, Path()).validation)
    mean, spread = outcome.values[0], outcome.metrics["val_loss_std"]
    assert mean - 2 * spread < found["loss"] < mean  # the least of three


def test_folds_are_trainings_on_their_parts_normalised_by_them():
    settings = SMALL | {"normalisation": "standardise", "folds": 2, "max_epochs": 1, "depth": 0}
    outcome, curve = train(settings)
    assert outcome.weights is None
    whole = prepared(settings=settings)
    each = []
    for fold in range(2):
        alone = prepared(settings=settings, number=fold, seed=fold * int(_SEED_STRIDE))
        part = Data(
            alone.training.data.samples,
            *(rows[[fold]] for rows in (whole.training.data.train, whole.training.data.validation)),
        )
        fitted = Normalisation(*(numbers[[fold]] for numbers in alone.training.hyper.normalisation))
        alone.training = replace(alone.training, data=part, hyper=alone.training.hyper._replace(normalisation=fitted))
        crew = Crew()
        running = engine(crew, 1)
        running.add(alone, None, None)
        finish(running)
        each.append(crew.reports[fold][0][1])
    for name in ("train_loss", "val_loss", "val_accuracy"):
        values = [metrics[name] for metrics in each]
        assert curve[0][2][name] == pytest.approx(np.mean(values), rel=1e-4)
        assert curve[0][2][f"{name}_std"] == pytest.approx(np.std(values, ddof=1), rel=1e-2, abs=1e-6)
    shifts = whole.training.hyper.normalisation.shift
    assert shifts[0] != shifts[1]


def test_a_batch_larger_than_what_a_fold_trains_on_is_refused():
    with pytest.raises(InvalidSettings, match=r"settings\.batch_size: must be at most 133, the samples that train"):
        prepared(settings=SMALL | {"folds": 3, "batch_size": 134})
    prepared(settings=SMALL | {"folds": 3, "batch_size": 133})


def test_a_refit_has_the_learning_rates_of_the_search_and_all_samples():
    settings = SMALL | {"max_epochs": 9, "repeats": 3, "folds": 3, "early_stopping": {"patience": 1}}
    searched = prepared(settings=settings)
    again = OBJECTIVE.prepare_refit(searched.run, 4)
    assert (again.max_epochs, again.patience, again.repeats) == (4, None, 1)
    assert again.hyper.max_epochs == 9
    assert again.network == searched.training.network
    assert again.data.train.shape == (1, 200)
    assert again.hyper.normalisation.shift.shape == (1,)


def test_test_data_does_not_matter_to_a_training(monkeypatch):
    def sealed(*_):
        raise AssertionError("a training opened the test data")

    monkeypatch.setattr(data.source, "test_data", sealed)
    monkeypatch.setattr(data, "test_data", sealed)
    train(SMALL)


@pytest.mark.parametrize(
    ("settings", "params", "error", "field"),
    [
        ({}, {"batch_size": 201}, InvalidInput, "params.batch_size"),
        ({"batch_size": 201}, {}, InvalidSettings, "settings.batch_size"),
        ({"loss": "hinge"}, {}, InvalidSettings, "settings.loss"),
        ({}, {"depth": -1}, InvalidInput, "params.depth"),
        ({"data": {"name": "idx", "path": "/nonexistent"}}, {}, InvalidSettings, "settings.data.path"),
    ],
)
def test_what_cannot_be_trained_is_said_before_training(settings, params, error, field):
    with pytest.raises(InvalidInput) as caught:
        train(SMALL | settings, params)
    assert type(caught.value) is error
    assert [problem.field for problem in caught.value.fields] == [field]


@pytest.mark.parametrize(
    ("settings", "params", "field"),
    [({}, {"conv_layers": 4}, "params.conv_layers"), ({"filters": [2] * 4}, {}, "settings.conv_layers")],
)
def test_poolings_that_leave_no_pixel_are_refused(settings, params, field):
    with pytest.raises(InvalidInput, match="leave nothing of 8 x 8 pixels") as caught:
        train(SMALL | settings, params, objective="flax/cnn")
    assert caught.value.fields[0].field == field


def test_an_unknown_objective_is_refused():
    with pytest.raises(InvalidSettings, match="flax/mlp"):
        train(SMALL, objective="module:function")
