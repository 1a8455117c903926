import math

import numpy as np
import pytest
from curves import CLEAN, LENGTHS, curve_of, decay, diverged, noisy, over_fitted

from hpsearch.analysis.advice.divergence import divergence


@pytest.mark.parametrize("end", [2.3, 5.0, 100.0])
@pytest.mark.parametrize("best_at", [0.3, 0.6])
@pytest.mark.parametrize("number", LENGTHS)
def test_a_curve_that_loses_what_it_gained_diverges(number, best_at, end):
    for seed in range(5):
        found = divergence(curve_of(noisy(diverged(number, best_at, end), 0.01, seed), trial=4))
        assert found
        assert found.trials == (4,)
        assert "at the end" in found.detail


@pytest.mark.parametrize("number", LENGTHS)
def test_accuracies_that_fall_back_to_chance_diverge(number):
    accuracy = 1.0 - diverged(number, 0.5, 2.3) / 2.6
    assert divergence(curve_of(accuracy, metric="val_accuracy", direction="maximize"))
    assert divergence(curve_of(accuracy, metric="val_accuracy", direction="minimize")) is None


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([1.0, 0.5, math.nan], "nan from step 3"),
        ([math.inf], "inf from step 1"),
        ([1.0, -math.inf, math.nan, math.nan], "nan from step 2"),
        ([math.nan] * 30, "nan from step 1"),
    ],
)
def test_a_curve_that_ends_with_no_number_diverges(values, said):
    found = divergence(curve_of(values))
    assert found
    assert said in found.detail


@pytest.mark.parametrize("values", [[], [1.0], [1.0, math.nan, 0.5], [0.1, 9.0], [math.inf, 1.0, 0.5]])
def test_few_values_that_end_with_a_number_say_nothing(values):
    assert divergence(curve_of(values)) is None


@pytest.mark.parametrize("number", LENGTHS)
def test_over_fitting_is_no_divergence(number):
    validated, trained = over_fitted(number, 0.2, 3.0), 0.5 * decay(number)
    assert divergence(curve_of(validated))
    assert divergence(curve_of(validated, train_loss=trained)) is None


@pytest.mark.parametrize("shape", CLEAN)
def test_rising_noise_at_the_end_is_no_divergence(shape):
    values = CLEAN[shape](60)
    values[-1] = 5.0
    assert divergence(curve_of(values)) is None


def test_a_small_loss_beside_a_large_level_is_no_divergence():
    values = 100.0 + np.concatenate([np.linspace(1.0, 0.0, 20), np.linspace(0.0, 1.0, 20)])
    assert divergence(curve_of(values)) is None
