import math

import pytest
from domain import quick, study_of
from hypothesis import given
from hypothesis import strategies as st

from hpsearch.pruners import build
from hpsearch.pruners.base import best, first_in_interval, ranked
from hpsearch.study import Direction

PRUNERS = [
    {"name": "none"},
    {"name": "median", "n_startup_trials": 1, "interval_steps": 2},
    {"name": "asha", "min_resource": 1, "reduction_factor": 3},
    {"name": "patience", "patience": 3},
    {"name": "threshold", "lower": -1.0, "upper": 1.0},
]
values = st.floats() | st.sampled_from([math.nan, math.inf, -math.inf, 0.0])
steps = st.lists(st.integers(0, 2**53 - 1) | st.integers(0, 100), min_size=1, max_size=20, unique=True).map(sorted)


@given(st.sampled_from(PRUNERS), st.sampled_from(list(Direction)), steps, st.data())
@quick
def test_no_pruner_stumbles_over_any_value(settings, direction, steps, data):
    pruner = build(study_of(pruner=settings, direction=direction))
    history = [(step, data.draw(values)) for step in steps]
    previous = steps[-2] if len(steps) > 1 else None
    rung = pruner.rung(steps[-1], previous)
    if rung is None:
        return
    assert rung <= steps[-1]
    assert previous is None or previous < rung
    others = data.draw(st.lists(values, max_size=10)) if pruner.compares else ()
    reason = pruner.stops(rung, history, others)
    assert reason is None or settings["name"] in reason


@given(st.sampled_from(PRUNERS), steps)
@quick
def test_a_trial_is_at_most_once_at_a_rung(settings, steps):
    pruner = build(study_of(pruner=settings))
    rungs = [pruner.rung(step, previous) for step, previous in zip(steps, [None, *steps[:-1]], strict=True)]
    met = [rung for rung in rungs if rung is not None]
    assert met == sorted(set(met))


@pytest.mark.parametrize("settings", PRUNERS)
def test_minimising_and_maximising_are_mirror_images(settings):
    histories = [[0.5, 0.4, 0.6], [0.5, math.nan, 0.2], [0.9, 0.8, -2.0], [math.inf, 0.1, 0.1], [0.1, 0.1, 0.1]]
    for history in histories:
        decisions = []
        for direction, sign in ((Direction.MINIMIZE, 1), (Direction.MAXIMIZE, -1)):
            pruner = build(study_of(pruner=settings, direction=direction))
            mine = [(step, sign * value) for step, value in enumerate(history)]
            others = [sign * value for value in (0.3, 0.5, 0.7, math.nan)] if pruner.compares else []
            decisions.append(pruner.stops(1, mine, others) is None)
        assert decisions[0] == decisions[1]


@pytest.mark.parametrize(
    ("step", "previous", "start", "interval", "nominal"),
    [
        (0, None, 0, 1, 0),
        (5, 4, 0, 1, 5),
        (5, 3, 0, 1, 5),
        (4, None, 5, 3, None),
        (5, 4, 5, 3, 5),
        (6, 5, 5, 3, None),
        (7, 4, 5, 3, 5),
        (8, 7, 5, 3, 8),
        (10, 7, 5, 3, 8),
        (20, 7, 5, 3, 20),
    ],
)
def test_the_first_report_of_an_interval_stands_for_its_start(step, previous, start, interval, nominal):
    assert first_in_interval(step, previous, start, interval) == nominal


@pytest.mark.parametrize(
    ("history", "direction", "found"),
    [
        ([3.0, 1.0, 2.0], "minimize", 1.0),
        ([3.0, 1.0, 2.0], "maximize", 3.0),
        ([math.nan, 2.0, math.nan], "minimize", 2.0),
        ([math.inf, math.nan], "minimize", math.inf),
        ([math.nan, math.inf], "minimize", math.inf),
    ],
)
def test_the_best_value_passes_over_what_is_no_number(history, direction, found):
    assert best(list(enumerate(history)), Direction(direction)) == found


def test_the_best_of_no_numbers_is_none():
    assert math.isnan(best([(1, math.nan), (2, math.nan)], Direction.MINIMIZE))


def test_without_a_pruner_no_report_is_judged():
    pruner = build(study_of())
    assert not pruner.compares
    assert [pruner.rung(step, step - 1) for step in range(1, 100)] == [None] * 99
    assert pruner.stops(1, [(1, math.nan)], ()) is None


def test_studies_with_several_objectives_have_no_pruner():
    pruner = build(study_of(direction=["minimize", "maximize"], metric=["a", "b"]))
    assert pruner.rung(1, None) is None


@given(st.sampled_from(PRUNERS[1:3]), st.sampled_from(list(Direction)), values, st.lists(values, max_size=12))
@quick
def test_the_bar_of_a_rung_is_where_trials_begin_to_be_stopped(settings, direction, value, others):
    pruner = build(study_of(pruner=settings, direction=direction))
    bar = pruner.bar(ranked(others, direction))
    goes_on = pruner.stops(1, [(1, value)], others) is None
    if value == value:
        assert goes_on == (bar is None or not direction.better(bar, value))
    assert bar is None or pruner.stops(1, [(1, bar)], others) is None


def test_pruners_that_compare_nothing_have_no_bar():
    for settings in (PRUNERS[0], *PRUNERS[3:]):
        assert build(study_of(pruner=settings)).bar([0.5, 0.25]) is None
