import math

import pytest
from domain import study_of

from hpsearch.pruners import Pruner, build

NAN, INF = math.nan, math.inf


def threshold(**settings) -> Pruner:
    return build(study_of(pruner={"name": "threshold", **settings}))


@pytest.mark.parametrize(
    ("settings", "value", "reason"),
    [
        ({"lower": 0.0, "upper": 1.0}, 0.5, None),
        ({"lower": 0.0, "upper": 1.0}, 0.0, None),
        ({"lower": 0.0, "upper": 1.0}, 1.0, None),
        ({"lower": 0.0, "upper": 1.0}, -0.1, "threshold: below 0.0"),
        ({"lower": 0.0, "upper": 1.0}, 1.1, "threshold: above 1.0"),
        ({"upper": 1.0}, INF, "threshold: above 1.0"),
        ({"upper": 1.0}, -INF, None),
        ({"lower": 0.0}, -INF, "threshold: below 0.0"),
        ({"lower": 0.0}, INF, None),
        ({"lower": 0.0}, NAN, "threshold: not a number"),
        ({"upper": 1.0}, NAN, "threshold: not a number"),
    ],
)
def test_a_value_outside_ends_a_trial(settings, value, reason):
    assert threshold(**settings).stops(2, [(1, 0.5), (2, value)], ()) == reason


def test_only_the_last_value_counts():
    assert threshold(upper=1.0).stops(2, [(1, 5.0), (2, 0.5)], ()) is None


def test_no_look_before_the_warm_up_and_one_an_interval():
    pruner = threshold(upper=1.0, n_warmup_steps=2, interval_steps=2)
    assert not pruner.compares
    assert [step for step in range(1, 10) if pruner.rung(step, step - 1) is not None] == [2, 4, 6, 8]
