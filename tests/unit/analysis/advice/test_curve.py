import numpy as np
import pytest
from curves import curve_of
from hypothesis import given
from hypothesis import strategies as st

from hpsearch.analysis.advice.curve import levels, running_median


def test_the_noise_is_that_of_white_noise_on_a_line():
    random = np.random.default_rng(0).normal(size=2000)
    seen = levels(curve_of(np.linspace(5.0, 1.0, 2000) + 0.1 * random))
    assert seen
    assert seen.noise * seen.scale == pytest.approx(0.1, rel=0.1)
    assert seen.error < seen.noise / 5.0


def test_the_error_is_that_of_the_running_median():
    seen = levels(curve_of(10.0 + np.random.default_rng(0).normal(size=3000)))
    assert seen
    assert float(np.std(seen.smooth[200:-200])) == pytest.approx(seen.error, rel=0.2)


def test_a_line_has_no_noise_and_its_ends_are_its_levels():
    seen = levels(curve_of(np.linspace(3.0, 1.0, 31)))
    assert seen
    assert seen.noise == pytest.approx(0.0, abs=1e-12)
    assert seen.value(seen.start) == pytest.approx(3.0)
    assert seen.value(seen.best) == pytest.approx(1.0)
    assert seen.gain * seen.scale == pytest.approx(2.0)
    assert seen.lost == pytest.approx(0.0, abs=0.05)


def test_where_more_is_better_the_levels_are_turned_round():
    seen = levels(curve_of(np.linspace(0.1, 0.9, 30), metric="val_accuracy", direction="maximize"))
    assert seen
    assert seen.value(seen.best) == pytest.approx(0.9)
    assert seen.gain * seen.scale == pytest.approx(0.8)


def test_what_is_not_finite_is_left_out():
    seen = levels(curve_of([np.nan, *range(20, 0, -1), np.inf]))
    assert seen
    assert len(seen) == 20
    assert seen.steps.tolist() == list(range(2, 22))
    assert levels(curve_of([np.nan] * 9 + [1.0] * 9)) is None


@pytest.mark.parametrize(
    ("metric", "others", "partner"),
    [
        ("val_loss", ["train_loss"], "train_loss"),
        ("validation_f1", ["train_loss", "train_f1"], "train_f1"),
        ("val_loss", ["train_accuracy"], None),
        ("train_loss", ["val_loss"], None),
        ("value", ["train_value"], None),
    ],
)
def test_the_partner_is_the_same_metric_on_the_training_data(metric, others, partner):
    assert curve_of([1.0], metric=metric, **{name: [1.0] for name in others}).partner == partner


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=60), st.integers(1, 20))
def test_the_running_median_is_that_of_the_neighbours(values, window):
    found = running_median(np.array(values), window)
    for place in range(len(values)):
        half = min(window // 2, place, len(values) - 1 - place)
        assert found[place] == np.median(values[place - half : place + half + 1])
