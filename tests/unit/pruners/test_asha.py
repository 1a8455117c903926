import math

import pytest
from domain import study_of

from hpsearch.pruners import Pruner, build

NAN, INF = math.nan, math.inf


def asha(direction: str = "minimize", **settings) -> Pruner:
    return build(study_of(direction=direction, pruner={"name": "asha", **settings}))


@pytest.mark.parametrize(
    ("settings", "rungs"),
    [
        ({}, [1, 3, 9, 27, 81]),
        ({"min_resource": 2, "reduction_factor": 2}, [2, 4, 8, 16, 32, 64]),
        ({"min_resource": 5, "reduction_factor": 4}, [5, 20, 80]),
        ({"min_resource": 200}, []),
    ],
)
def test_rungs_grow_by_the_reduction_factor(settings, rungs):
    pruner = asha(**settings)
    met = [(step, pruner.rung(step, step - 1)) for step in range(1, 101)]
    assert [(step, rung) for step, rung in met if rung is not None] == [(rung, rung) for rung in rungs]


def test_the_first_report_at_or_after_a_rung_stands_for_it():
    pruner = asha()
    assert pruner.rung(8, 6) is None
    assert pruner.rung(10, 8) == 9
    assert pruner.rung(12, 10) is None
    assert pruner.rung(100, 8) == 81  # the highest of those leapt over
    assert pruner.rung(5, None) == 3
    assert pruner.rung(0, None) is None


@pytest.mark.parametrize(
    ("value", "others", "stops"),
    [
        # Until there are three at the rung only the best so far goes on.
        (0.5, [], False),
        (0.5, [0.6], False),
        (0.5, [0.4], True),
        # One of three, two of six, two of eight.
        (0.5, [0.4, 0.6], True),
        (0.5, [0.6, 0.7], False),
        (0.5, [0.1, 0.6, 0.7, 0.8, 0.9], False),
        (0.5, [0.1, 0.2, 0.7, 0.8, 0.9], True),
        (0.5, [0.1, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1], False),
        (0.5, [0.1, 0.2, 0.7, 0.8, 0.9, 1.0, 1.1], True),
        # Ties go on.
        (0.5, [0.5, 0.5, 0.5, 0.5], False),
        # What is no number is the worst, and is stopped wherever it is.
        (0.5, [NAN, NAN], False),
        (NAN, [], True),
        (NAN, [NAN, NAN], True),
        (INF, [0.5, 0.6], True),
        (INF, [INF, NAN], False),
        (INF, [], False),
        (-INF, [0.1, 0.2], False),
        (0.5, [-INF, INF], True),
    ],
)
def test_the_best_third_goes_on(value, others, stops):
    history = [(4, 0.9), (9, value)]
    assert asha().stops(9, history, others) == ("asha rung 9" if stops else None)
    mirrored = asha("maximize").stops(9, [(9, -value)], [-other for other in others])
    assert mirrored == ("asha rung 9" if stops else None)


def test_about_one_in_reduction_factor_of_many_goes_on():
    pruner = asha(reduction_factor=4)
    passed = []
    rung: list[float] = []
    for number in range(400):
        value = (number * 0.754877666) % 1.0  # spread evenly, in no order
        if pruner.stops(1, [(1, value)], rung) is None:
            passed.append(value)
        rung.append(value)
    assert 80 <= len(passed) <= 120
    assert sum(value > 0.3 for value in passed) <= 5
