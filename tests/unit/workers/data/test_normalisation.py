import numpy as np
import pytest

from hpsearch_workers.data import Samples, fit

TRAIN = Samples(np.array([[2, 4], [6, 10]], np.uint8), np.zeros(2, np.int32))


@pytest.mark.parametrize(("kind", "low", "high"), [("none", 2, 10), ("min_max", 0, 1), ("symmetric", -1, 1)])
def test_the_ends_of_the_training_set(kind, low, high):
    shift, scale = fit(kind, TRAIN)
    assert ((2 - shift) * scale, (10 - shift) * scale) == (low, high)


def test_standardised_inputs_have_mean_0_and_deviation_1():
    shift, scale = fit("standardise", TRAIN)
    values = (TRAIN.inputs - shift) * scale
    assert values.mean() == pytest.approx(0, abs=1e-6)
    assert values.std() == pytest.approx(1)


@pytest.mark.parametrize("kind", ["min_max", "symmetric", "standardise"])
def test_constant_inputs_become_0(kind):
    constant = Samples(np.full((3, 2), 7, np.uint8), np.zeros(3, np.int32))
    shift, scale = fit(kind, constant)
    assert ((7 - shift) * scale, scale) == (0, 1)
