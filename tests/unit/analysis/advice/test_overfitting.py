import pytest
from curves import LENGTHS, curve_of, decay, diverged, noisy, over_fitted

from hpsearch.analysis.advice.overfitting import overfitting


@pytest.mark.parametrize("rise", [0.3, 1.0, 3.0])
@pytest.mark.parametrize("best_at", [0.2, 0.5])
@pytest.mark.parametrize("number", LENGTHS)
def test_a_rise_beside_a_falling_training_loss_is_found(number, best_at, rise):
    for seed in range(5):
        validated = noisy(over_fitted(number, best_at, rise), 0.005, seed)
        found = overfitting(curve_of(validated, train_loss=noisy(0.5 * decay(number), 0.005, seed + 100)))
        assert found
        assert "train_loss" in found.detail


@pytest.mark.parametrize("metric", ["val_accuracy", "valid_accuracy", "test_accuracy"])
def test_falling_accuracies_are_found_under_any_name(metric):
    accuracy = 1.0 - over_fitted(50, 0.3, 1.0) / 2.6
    trained = {"train_accuracy": 1.0 - 0.2 * decay(50)}
    assert overfitting(curve_of(accuracy, metric=metric, direction="maximize", **trained))
    assert overfitting(curve_of(accuracy, metric=f"my_{metric}", direction="maximize", **trained)) is None


@pytest.mark.parametrize("number", LENGTHS)
def test_a_rise_on_the_training_data_too_is_none(number):
    values = diverged(number, 0.4, 5.0)
    assert overfitting(curve_of(values, train_loss=0.9 * values)) is None


@pytest.mark.parametrize("number", LENGTHS)
def test_without_the_training_data_nothing_is_said(number):
    assert overfitting(curve_of(over_fitted(number, 0.3, 1.0))) is None


def test_a_network_that_fell_back_to_guessing_is_none():
    # Seen at a learning rate of 3.4: one good epoch by luck, then both losses at ln 10 for good.
    validated = [2.261, *[2.33] * 59]
    trained = [5.178, *[2.327] * 59]
    assert overfitting(curve_of(validated, train_loss=trained)) is None


@pytest.mark.parametrize("values_after", [0, 3])
def test_too_few_values_after_the_best_say_nothing(values_after):
    validated = [*decay(30), *[0.5] * values_after]
    assert overfitting(curve_of(validated, train_loss=0.5 * decay(30 + values_after))) is None
