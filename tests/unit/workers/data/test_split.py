import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpsearch.errors import InvalidSettings
from hpsearch.objectives.data import First, Last
from hpsearch_workers.data.samples import Samples
from hpsearch_workers.data.split import fold_of, split_off, stratified, training_split


def samples(labels):
    """Samples that can be told apart by their input."""
    return Samples(np.arange(len(labels)), np.asarray(labels, np.int32))


def generator():
    return np.random.default_rng(3)


@given(
    labels=st.lists(st.integers(0, 4), min_size=1, max_size=200), share=st.floats(0.01, 0.99), seed=st.integers(0, 9)
)
def test_a_stratified_share_is_even_over_classes(labels, share, seed):
    labels = np.array(labels)
    taken = stratified(labels, share, np.random.default_rng(seed))
    assert taken.sum() == np.floor(len(labels) * share + 0.5)
    for label in set(labels.tolist()):
        of_class = labels == label
        assert abs(taken[of_class].sum() - of_class.sum() * share) <= 1
    np.testing.assert_array_equal(taken, stratified(labels, share, np.random.default_rng(seed)))


def test_another_seed_splits_otherwise():
    labels = np.arange(100) % 10
    one, other = (stratified(labels, 0.3, np.random.default_rng(seed)) for seed in (1, 2))
    assert (one != other).any()


@given(labels=st.lists(st.integers(0, 4), min_size=2, max_size=100), share=st.floats(0.1, 0.9))
def test_a_split_loses_and_doubles_nothing(labels, share):
    rest, taken = split_off(samples(labels), share, generator())
    assert sorted([*rest.inputs, *taken.inputs]) == list(range(len(labels)))
    assert list(rest.inputs) == sorted(rest.inputs)
    for part in (rest, taken):
        np.testing.assert_array_equal(part.labels, np.array(labels)[part.inputs])


@given(labels=st.lists(st.integers(0, 4), min_size=1, max_size=100), folds=st.integers(2, 12), seed=st.integers(0, 9))
def test_folds_are_even_over_classes(labels, folds, seed):
    labels = np.array(labels, np.int32)
    found = fold_of(labels, folds, np.random.default_rng(seed))
    for chosen in (labels >= 0, *(labels == label for label in set(labels.tolist()))):
        counts = np.bincount(found[chosen], minlength=folds)
        assert len(counts) == folds
        assert counts.max() - counts.min() <= 1
    np.testing.assert_array_equal(found, fold_of(labels, folds, np.random.default_rng(seed)))


def test_another_seed_folds_otherwise():
    labels = np.zeros(40, np.int32)
    one, other = (fold_of(labels, 4, np.random.default_rng(seed)) for seed in (1, 2))
    assert (one != other).any()


def test_first_and_last_follow_the_order_of_the_file():
    split = training_split(samples(range(10)), Last(last=3), First(first=2), generator())
    assert (list(split.train.inputs), list(split.validation.inputs)) == ([0, 1], [7, 8, 9])
    assert split.classes == 10


def test_a_share_validates_and_the_first_of_the_rest_train():
    split = training_split(samples([0, 1] * 10), 0.5, First(first=4), generator())
    assert (len(split.train), len(split.validation)) == (4, 10)
    assert not set(split.train.inputs) & set(split.validation.inputs)


@pytest.mark.parametrize(
    ("validation", "train", "field"),
    [
        (Last(last=10), None, "validation.last"),
        (Last(last=3), First(first=8), "train.first"),
        (0.01, None, "validation"),
        (0.99, None, "validation"),
    ],
)
def test_a_split_that_leaves_nothing_is_refused(validation, train, field):
    with pytest.raises(InvalidSettings) as caught:
        training_split(samples(range(10)), validation, train, generator())
    assert caught.value.fields[0].field == f"settings.data.{field}"
