"""What a network gets wrong: trainings on digits, against predictions with the weights that were kept; and made-up judgements."""

from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest
from populations import Crew, engine, finish
from trainings import OBJECTIVE, prepared

from hpsearch.wire.verbs import TellItem
from hpsearch_workers import data
from hpsearch_workers.judgement import MOST_CLASSES, MOST_PICTURES, PICTURE_BYTES, artifacts
from hpsearch_workers.population.network import Data
from hpsearch_workers.training.predictor import Predictor

DIGITS = {"data": {"name": "digits", "train": {"first": 200}}, "batch_size": 64, "max_epochs": 4, "depth": 0}


def trained(**settings):
    """A trial that has ended, how it came out, and its artifacts."""
    trial, crew = prepared(settings=DIGITS | settings), Crew()
    crew.objective = OBJECTIVE
    running = engine(crew, 4)
    running.add(trial, None, None)
    finish(running)
    outcome = crew.ended[0]
    return trial, outcome, artifacts(trial.training.data, trial.judged, outcome.best_step)


def pictures(mistakes):
    return np.stack([np.frombuffer(b64decode(item["pixels"]), np.uint8) for item in mistakes["items"]]).reshape(
        -1, *mistakes["shape"]
    )


@pytest.mark.parametrize("settings", [{}, {"repeats": 3}, {"loss": "mean_squared_error", "learning_rate": 0.05}])
def test_they_are_the_mistakes_of_the_weights_that_are_kept(settings):
    # The last epochs are worse than the best one.
    _, outcome, told = trained(**settings | {"learning_rate": 0.05, "max_epochs": 12})
    predictor = Predictor("flax/mlp", DIGITS | settings, {}, outcome.weights)
    samples = data.training_data(predictor.settings.data, Path()).validation
    scores = predictor(samples.inputs)
    predicted, labels = scores.argmax(axis=1), samples.labels
    counts = np.array(told["confusion_matrix"]["counts"])
    assert counts.shape == (10, 10)
    expected = [[np.sum((labels == label) & (predicted == found)) for found in range(10)] for label in range(10)]
    np.testing.assert_array_equal(counts, expected)
    assert told["confusion_matrix"]["step"] == told["mistakes"]["step"] == outcome.best_step
    if not settings.get("repeats"):
        assert np.trace(counts) / counts.sum() == pytest.approx(outcome.metrics["val_accuracy"], rel=1e-6)

    mistakes = told["mistakes"]
    assert (mistakes["samples"], mistakes["wrong"]) == (len(labels), np.sum(predicted != labels))
    assert len(mistakes["items"]) == min(MOST_PICTURES, mistakes["wrong"])
    places = [item["index"] for item in mistakes["items"]]
    assert [item["label"] for item in mistakes["items"]] == labels[places].tolist()
    assert [item["predicted"] for item in mistakes["items"]] == predicted[places].tolist()
    np.testing.assert_allclose(
        [item["probability"] for item in mistakes["items"]], scores[places].max(axis=1), rtol=1e-4
    )
    losses = [item["loss"] for item in mistakes["items"]]
    assert losses == sorted(losses, reverse=True)
    if settings.get("loss", "cross_entropy") == "cross_entropy":
        own = -np.log(scores[np.arange(len(labels)), labels])
        np.testing.assert_allclose(losses, np.sort(own[predicted != labels])[::-1][: len(losses)], rtol=1e-3)
    np.testing.assert_array_equal(pictures(mistakes), np.rint(samples.inputs[places] * (255 / 16)))


def test_folds_are_judged_together_each_sample_once():
    trial, outcome, told = trained(folds=3, repeats=2)
    pool = trial.training.data.samples[1]
    counts = np.array(told["confusion_matrix"]["counts"])
    np.testing.assert_array_equal(counts.sum(axis=1), np.bincount(pool, minlength=10))
    # Repeats differ, and folds by a sample; the accuracy that is reported is the mean of all six.
    assert np.trace(counts) / len(pool) == pytest.approx(outcome.metrics["val_accuracy"], abs=0.05)
    assert trial.judged["loss"].shape == trial.training.data.validation.shape == (3, 67)
    places = [item["index"] for item in told["mistakes"]["items"]]
    assert [item["label"] for item in told["mistakes"]["items"]] == pool[places].tolist()
    np.testing.assert_array_equal(
        pictures(told["mistakes"]), np.rint(trial.training.data.samples[0][places] * (255 / 16))
    )


def test_convolutions_and_narrow_layers_are_judged_alike():
    _, outcome, told = trained(hidden_units=5, depth=1, batch_norm=True)
    counts = np.array(told["confusion_matrix"]["counts"])
    assert np.trace(counts) / counts.sum() == pytest.approx(outcome.metrics["val_accuracy"], rel=1e-6)


def judged(count, predicted=0, loss=1.0):
    found = {"predicted": np.full((1, count), predicted, np.int32), "probability": np.full((1, count), 0.5, np.float32)}
    return found | {"loss": np.broadcast_to(np.float32(loss), (1, count))}


def made_up(inputs, labels):
    rows = np.arange(len(labels), dtype=np.int32)[None]
    return Data((inputs, labels), rows, rows)


LABELS = np.arange(40, dtype=np.int32) % 4


@pytest.mark.parametrize("shape", [(28, 28), (28, 28, 1), (5, 7, 3)])
def test_pictures_of_any_size_from_the_least_to_the_greatest_value(shape):
    images = np.random.default_rng(0).normal(size=(40, *shape)).astype(np.float32)
    mistakes = artifacts(made_up(images, LABELS), judged(40), 3)["mistakes"]
    assert tuple(mistakes["shape"]) == (*shape, 1)[:3]
    assert [item["index"] for item in mistakes["items"]] == [place for place in range(40) if place % 4][:MOST_PICTURES]
    scaled = (images - images.min()) / (images.max() - images.min()) * 255
    places = [item["index"] for item in mistakes["items"]]
    np.testing.assert_array_equal(pictures(mistakes), np.rint(scaled[places]).reshape(-1, *mistakes["shape"]))


@pytest.mark.parametrize(("side", "count"), [(150, 4), (400, 0)])
def test_large_pictures_are_fewer(side, count):
    told = artifacts(made_up(np.zeros((40, side, side), np.uint8), LABELS), judged(40), 1)
    assert len(told["mistakes"]["items"]) == count == min(MOST_PICTURES, PICTURE_BYTES // side**2)
    TellItem(lease="t", state="completed", values=(0.5,), artifacts=told)


def test_nothing_wrong_has_no_pictures():
    told = artifacts(made_up(np.zeros((40, 2, 2)), LABELS), judged(40) | {"predicted": LABELS[None]}, 1)
    assert (told["mistakes"]["wrong"], told["mistakes"]["items"]) == (0, [])
    assert told["confusion_matrix"]["counts"] == (np.eye(4) * 10).tolist()


def test_losses_that_are_not_finite_can_be_told():
    losses = np.where(np.arange(40) == 5, np.inf, np.where(np.arange(40) == 6, np.nan, 1.0))
    told = artifacts(made_up(np.zeros((40, 2, 2)), LABELS), judged(40, loss=losses), 1)
    assert [item["loss"] for item in told["mistakes"]["items"]][:2] == ["Infinity", 1.0]
    TellItem(lease="t", state="completed", values=(0.5,), artifacts=told)


IMAGES = np.zeros((40, 2, 2), np.float32)
MANY = np.linspace(0, MOST_CLASSES, 40).astype(np.int32)


@pytest.mark.parametrize(
    ("samples", "names"),
    [
        ((IMAGES, LABELS), {"confusion_matrix", "mistakes"}),
        ([IMAGES, LABELS], {"confusion_matrix", "mistakes"}),
        ((IMAGES.reshape(40, 4), LABELS), {"confusion_matrix"}),  # no pictures
        ((np.zeros((40, 2, 2, 5)), LABELS), {"confusion_matrix"}),
        ((IMAGES, MANY), {"mistakes"}),
        ((IMAGES, LABELS - 1), {"mistakes"}),
        ((IMAGES, LABELS.astype(np.float32)), set()),  # no classes
        ((IMAGES, np.stack([LABELS, LABELS], axis=1)), set()),
        ({"images": IMAGES, "labels": LABELS}, set()),
        ((IMAGES,), set()),
    ],
)
def test_what_is_told_of_other_samples(samples, names):
    rows = np.arange(40, dtype=np.int32)[None]
    assert set(artifacts(Data(samples, rows, rows), judged(40), 1)) == names


def test_what_says_less_of_each_sample_is_not_told():
    assert artifacts(made_up(IMAGES, LABELS), {}, 1) == {}
    assert artifacts(made_up(IMAGES, LABELS), {"loss": np.zeros((1, 40))}, 1) == {}
