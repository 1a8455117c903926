import numpy as np
import pytest
from curves import curve_of, decay, noisy, waves, with_spikes

from hpsearch.analysis.advice.spikes import spikes

PLACES = [(30, 6), (60, 7), (100, 20), (100, 5), (1000, 50), (1000, 200)]


@pytest.mark.parametrize("height", [0.5, 1.0, 20.0])
@pytest.mark.parametrize(("number", "distance"), PLACES)
def test_spikes_at_equal_distances_are_found(number, distance, height):
    for seed in range(5):
        values = noisy(decay(number), 0.01, seed)
        found = spikes(curve_of(values + with_spikes(number, height, range(5, number, distance)) - decay(number)))
        assert found
        assert f"every {distance} reports" in found.detail


@pytest.mark.parametrize("width", [2, 3])
def test_spikes_may_be_a_few_values_wide(width):
    places = [place + more for place in range(10, 200, 25) for more in range(width)]
    assert spikes(curve_of(with_spikes(200, 1.0, places)))


def test_drops_of_an_accuracy_are_spikes_and_peaks_are_none():
    rising = 0.9 - 0.3 * decay(100)
    place = np.arange(10, 100, 15)
    down, up = rising.copy(), rising.copy()
    down[place] -= 0.3
    up[place] += 0.3
    assert spikes(curve_of(down, metric="val_accuracy", direction="maximize"))
    assert spikes(curve_of(up, metric="val_accuracy", direction="maximize")) is None


def test_spikes_at_any_distances_are_none():
    found = 0
    for seed in range(100):
        places = np.random.default_rng(seed).choice(np.arange(5, 195), 6, replace=False)
        found += spikes(curve_of(with_spikes(200, 1.0, places.tolist()))) is not None
    assert found <= 1


@pytest.mark.parametrize("places", [[], [50], [30, 60], [30, 60, 90]])
def test_few_spikes_are_none(places):
    assert spikes(curve_of(with_spikes(120, 1.0, places))) is None


@pytest.mark.parametrize("number", [60, 100, 1000])
def test_waves_are_none(number):
    assert spikes(curve_of(waves(number, 0.5, 2))) is None
    assert spikes(curve_of(waves(number, 0.5, 9))) is None
