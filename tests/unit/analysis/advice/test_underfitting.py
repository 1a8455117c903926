import numpy as np
import pytest
from curves import CLEAN, LENGTHS, curve_of, decay, noisy

from hpsearch.analysis.advice.underfitting import underfitting


@pytest.mark.parametrize("constants", [0.01, 1.0, 1.8])
@pytest.mark.parametrize("number", [12, 30, 100, 1000])
def test_a_curve_cut_off_while_it_falls_is_found(number, constants):
    found = underfitting(curve_of(decay(number, constants)))
    assert found
    assert "max_epochs" in found.action


@pytest.mark.parametrize("number", [100, 1000])
def test_noise_does_not_hide_it(number):
    assert all(underfitting(curve_of(noisy(decay(number, 0.5), 0.01, seed))) for seed in range(10))


def test_rising_accuracies_are_found():
    rising = 1.0 - decay(60, 1.0) / 3.0
    assert underfitting(curve_of(rising, metric="val_accuracy", direction="maximize"))
    assert underfitting(curve_of(rising, metric="val_accuracy", direction="minimize")) is None


@pytest.mark.parametrize("number", LENGTHS)
def test_a_training_that_did_not_come_to_its_end_says_nothing(number):
    assert underfitting(curve_of(np.linspace(2.0, 1.0, number), completed=False)) is None


@pytest.mark.parametrize("number", LENGTHS)
def test_a_training_with_little_left_says_nothing(number):
    assert underfitting(curve_of(decay(number, 3.5))) is None


@pytest.mark.parametrize("at", [0.7, 0.8, 0.85, 0.9])
def test_a_late_step_down_says_nothing(at):
    values = CLEAN["decay"](120)
    values[int(at * 120) :] -= 0.08
    assert underfitting(curve_of(values)) is None
