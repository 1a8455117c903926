import re

import numpy as np
import pytest
from curves import CLEAN, curve_of, decay, noisy, plateau, waves, with_spikes

from hpsearch.analysis.advice.oscillation import oscillation


@pytest.mark.parametrize("swing", [0.5, 1.0, 3.0])
@pytest.mark.parametrize(("number", "period"), [(30, 2), (30, 3.7), (100, 2), (100, 8), (1000, 2), (1000, 40)])
def test_a_wave_is_found(number, period, swing):
    for seed in range(5):
        assert oscillation(
            curve_of(waves(number, swing, period) + 0.01 * np.random.default_rng(seed).normal(size=number))
        )


def test_it_says_how_far_and_how_often():
    found = oscillation(curve_of(waves(400, 0.4, 8)))
    assert found
    swing, period = re.findall(r"by ([\d.]+) every ([\d.]+) reports", found.detail)[0]
    assert float(swing) == pytest.approx(0.4, rel=0.15)
    assert float(period) == pytest.approx(8.0, rel=0.05)


@pytest.mark.parametrize("number", [30, 100, 1000])
def test_jumps_that_are_larger_than_the_fall_are_found(number):
    found = [
        oscillation(curve_of(decay(number) + 3.0 * np.random.default_rng(seed).random(number))) for seed in range(10)
    ]
    assert sum(one is not None for one in found) >= 6


def test_a_network_that_bounces_is_found():
    # Seen at a learning rate of 24: val_loss between 3.3 and 6.8, without a way down.
    assert oscillation(curve_of(np.random.default_rng(0).uniform(3.3, 6.8, 60)))


@pytest.mark.parametrize("noise", [0.01, 0.05, 0.1])
@pytest.mark.parametrize("number", [20, 30, 100, 1000])
@pytest.mark.parametrize("shape", CLEAN)
def test_noise_is_none(shape, number, noise):
    for seed in range(10):
        assert oscillation(curve_of(noisy(CLEAN[shape](number), noise, seed))) is None


@pytest.mark.parametrize("number", [30, 100, 1000])
def test_noise_that_lasts_is_none(number):
    """Each value keeps 0.8 of the last one's noise, as the weights do of theirs."""
    for seed in range(10):
        random = np.random.default_rng(seed).normal(size=number)
        drift = np.zeros(number)
        for place in range(1, number):
            drift[place] = 0.8 * drift[place - 1] + 0.6 * random[place]
        assert oscillation(curve_of(decay(number) + 0.08 * drift)) is None


@pytest.mark.parametrize("number", [100, 1000])
def test_a_wave_that_is_small_beside_the_gain_or_the_level_is_none(number):
    assert oscillation(curve_of(waves(number, 0.05, 8))) is None
    assert oscillation(curve_of(100.0 + waves(number, 0.5, 8))) is None


def test_other_shapes_are_none():
    assert oscillation(curve_of(plateau(200, 0.5))) is None
    assert oscillation(curve_of(with_spikes(200, 1.0, range(10, 200, 40)))) is None
