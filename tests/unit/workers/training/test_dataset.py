from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from hpsearch import objectives
from hpsearch.errors import InvalidSettings
from hpsearch_workers import data as sources
from hpsearch_workers.data import Samples
from hpsearch_workers.training.dataset import _cross_validation, dataset

NOWHERE = Path("/nonexistent")


def digits(folds=None, **settings):
    return dataset(
        objectives.get("flax/mlp").configure({"data": {"name": "digits", **settings}}, {}).data, NOWHERE, folds
    )


def samples(labels):
    """Each with an input of its own: its place."""
    labels = np.asarray(labels, np.int32)
    return Samples(np.arange(len(labels), dtype=np.float32).reshape(-1, 1, 1, 1), labels)


def rows(each):
    return [row for row in each if row >= 0]


def test_a_split_trains_and_validates_on_what_the_source_gives():
    split = digits()
    source = sources.training_data(objectives.get("flax/mlp").configure({}, {}).data, NOWHERE)
    for part, found in ((source.train, split.data.train), (source.validation, split.data.validation)):
        np.testing.assert_array_equal(split.samples.inputs[found[0]], part.inputs)
        np.testing.assert_array_equal(split.samples.labels[found[0]], part.labels)
    assert (split.shape, split.classes, split.train_size) == ((8, 8, 1), 10, len(source.train))


@pytest.mark.parametrize("folds", [2, 5])
def test_every_sample_validates_in_one_fold_and_trains_in_the_others(folds):
    found = digits(folds, train={"first": 203})
    assert len(found.samples) == 203
    validated = []
    for train, validation in zip(found.data.train, found.data.validation, strict=True):
        assert sorted(rows(train) + rows(validation)) == list(range(203))
        validated += rows(validation)
        counts = np.bincount(found.samples.labels[rows(validation)], minlength=10)
        expected = np.bincount(found.samples.labels, minlength=10) / folds
        assert abs(counts - expected).max() <= 1
    assert sorted(validated) == list(range(203))
    assert found.train_size == 203 - -(-203 // folds)


def test_folds_have_the_test_data_sealed_and_follow_from_the_seed():
    chosen = objectives.get("flax/mlp").configure({}, {}).data
    sealed = {image.tobytes() for image in sources.test_data(chosen, NOWHERE).inputs}
    found = digits(3)
    assert len(found.samples) + len(sealed) == 1797
    assert not sealed & {image.tobytes() for image in found.samples.inputs}
    dataset.cache_clear()
    np.testing.assert_array_equal(digits(3).data.validation, found.data.validation)
    assert {image.tobytes() for image in digits(3, split_seed=1).samples.inputs} != {
        image.tobytes() for image in found.samples.inputs
    }


def test_the_share_that_validates_does_not_matter_to_folds():
    np.testing.assert_array_equal(digits(3, validation=0.4).data.validation, digits(3).data.validation)


def test_each_fold_is_normalised_by_what_trains_in_it():
    found = _cross_validation(samples([0] * 10), 2, 0)
    for kind in ("standardise", "min_max"):
        shift, scale = found.normalisation(kind)
        assert (shift.shape, shift.dtype) == ((2,), np.float32)
        for fold, train in enumerate(found.data.train):
            assert (shift[fold], scale[fold]) == sources.fit(kind, found.samples.take(train))
    assert len({*found.normalisation("standardise").shift.tolist()}) == 2


def test_more_folds_than_samples_are_refused():
    with pytest.raises(InvalidSettings, match=r"settings\.folds: must be at most 3, the samples there are; got 4"):
        _cross_validation(samples([0, 0, 1]), 4, 0)
    assert _cross_validation(samples([0, 0, 1]), 3, 0).train_size == 2


def test_a_class_of_fewer_samples_than_folds_is_told():
    with capture_logs() as logs:
        _cross_validation(samples([0] * 5 + [2] * 3), 4, 0)
    assert [line["classes"] for line in logs] == [[2]]
    with capture_logs() as logs:
        _cross_validation(samples([0] * 5 + [2] * 4), 4, 0)
    assert logs == []


@pytest.mark.parametrize("folds", [None, 3])
def test_the_whole_trains_on_all_samples_and_is_normalised_by_all(folds):
    found = digits(folds)
    whole = found.whole()
    assert sorted(whole.data.train[0]) == list(range(len(found.samples)))
    assert whole.data.validation.tolist() == [[-1]]
    assert whole.samples is found.samples
    expected = sources.fit("standardise", found.samples)
    assert tuple(float(each[0]) for each in whole.normalisation("standardise")) == tuple(map(float, expected))
