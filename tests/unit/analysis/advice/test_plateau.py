import numpy as np
import pytest
from curves import LENGTHS, curve_of, decay, noisy, plateau, warm_up

from hpsearch.analysis.advice.plateau import plateau as rule


@pytest.mark.parametrize("noise", [0.0, 0.01, 0.03])
@pytest.mark.parametrize("share", [0.3, 0.5, 0.8])
@pytest.mark.parametrize("number", [30, 100, 1000])
def test_a_wait_before_the_fall_is_found(number, share, noise):
    for seed in range(5):
        found = rule(curve_of(noisy(plateau(number, share), noise, seed)))
        assert found
        assert "waits" in found.title


def test_it_says_how_long():
    found = rule(curve_of(plateau(100, 0.5)))
    assert found
    assert "until step 5" in found.detail
    assert "of 100" in found.detail


def test_rising_accuracies_wait_too():
    assert rule(curve_of(1.0 - plateau(60, 0.4) / 2.5, metric="val_accuracy", direction="maximize"))


@pytest.mark.parametrize("number", LENGTHS)
def test_a_curve_that_never_moves_is_found(number):
    assert rule(curve_of([2.3026] * number))
    found = [rule(curve_of(2.3 + 0.005 * np.random.default_rng(seed).normal(size=number))) for seed in range(20)]
    assert sum(one is not None and "never" in one.title for one in found) >= 16


@pytest.mark.parametrize("share", [0.0, 0.05, 0.1])
@pytest.mark.parametrize("number", LENGTHS)
def test_a_short_wait_says_nothing(number, share):
    assert rule(curve_of(plateau(number, share))) is None
    assert rule(curve_of(warm_up(number))) is None


@pytest.mark.parametrize("power", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("number", LENGTHS)
def test_a_steady_fall_says_nothing(number, power):
    for seed in range(5):
        assert rule(curve_of(noisy(2.0 - np.linspace(0.0, 1.0, number) ** power, 0.01, seed))) is None


@pytest.mark.parametrize("number", LENGTHS)
def test_a_slow_fall_is_not_flat(number):
    # Seen at a learning rate of 2e-5: val_loss went from 2.362 to 2.352 on a straight line.
    assert rule(curve_of(np.linspace(2.362, 2.352, number))) is None


@pytest.mark.parametrize("number", LENGTHS)
def test_a_small_metric_is_not_flat(number):
    assert rule(curve_of(1e-9 * decay(number))) is None
