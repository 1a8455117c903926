"""TpeSearch against Optuna's own sampler, and the promises of the interface."""

import math
import random
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import optuna
import pytest
from domain import quick, spaces, study_of, units
from hypothesis import given, settings
from hypothesis import strategies as st
from optunas import optunas, shown

from hpsearch.samplers import ViewSampler, build
from hpsearch.space import SearchSpace
from hpsearch.study import Study
from hpsearch.trial import FinishedTrial, PendingTrial, View

UNIT = {"type": "float", "low": 0.0, "high": 1.0}
CONDITIONAL = {
    "optimizer": {"type": "categorical", "choices": ["sgd", "adam", "lion"]},
    "rate": {"type": "float", "low": 1e-5, "high": 1.0, "log": True},
    "momentum": UNIT | {"when": {"optimizer": ["sgd"]}},
    "decay": UNIT | {"when": {"optimizer": ["sgd"]}},
    "beta": UNIT | {"when": {"optimizer": ["adam", "lion"]}},
    "layers": {"type": "int", "low": 1, "high": 3},
    "width": {"type": "int", "low": 8, "high": 512, "log": True, "when": {"layers": [2, 3]}},
    "dropout": {"type": "float", "low": 0.0, "high": 0.5, "step": 0.1, "when": {"layers": [2, 3]}},
    "epochs": {"type": "constant", "value": 10},
}


def tpe(**fields: Any) -> Study:
    return study_of(**{"sampler": {"name": "tpe"}, **fields})


def draw(space: SearchSpace, seed: object) -> dict[str, Any]:
    generator = random.Random(str(seed))
    return space.from_units({name: generator.random() for name in space})


def finished(space: SearchSpace, count: int, value: Callable[[dict[str, Any]], Any]) -> list[FinishedTrial]:
    trials = []
    for number in range(count):
        params = draw(space, number)
        found = value(params)
        trials.append(FinishedTrial(number, params, found if isinstance(found, tuple) else (found,)))
    return trials


def view_of(trials: Iterable[FinishedTrial], pending: Iterable[PendingTrial] = ()) -> View:
    trials, pending = tuple(trials), tuple(pending)
    return View(0, len(trials) + len(pending), trials, pending)


def search(study: Study, seed: int, count: int, value: Callable[[dict[str, Any]], tuple[float, ...]]) -> list[Any]:
    """One trial after the other, as one worker would run them."""
    sampler = build(study, seed)
    trials: list[FinishedTrial] = []
    for number in range(count):
        params = sampler.suggest(view_of(trials))
        trials.append(FinishedTrial(number, params, value(params)))
    return [trial.params for trial in trials]


# --- the same as Optuna ---


@pytest.fixture(autouse=True)
def _quiet():
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    yield
    optuna.logging.set_verbosity(before)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_suggestions_are_optunas(seed, direction):
    space = {
        "a": UNIT,
        "b": {"type": "float", "low": 1e-5, "high": 1.0, "log": True},
        "c": {"type": "categorical", "choices": [True, 1, "x", None]},
        "d": {"type": "int", "low": 1, "high": 100, "log": True},
        "e": {"type": "int", "low": 0, "high": 40},
    }
    study = tpe(space=space, direction=direction)
    trials = finished(
        study.space, 60, lambda p: (p["a"] - 0.3) ** 2 + abs(math.log(p["b"])) + p["d"] / 100 + (p["c"] == "x")
    )
    trials[7] = FinishedTrial(7, trials[7].params, (0.2,), step=4)
    trials[8] = FinishedTrial(8, trials[8].params, (math.nan,), step=9)
    trials[9] = FinishedTrial(9, trials[9].params, (study.directions[0].worst,))
    pending = [PendingTrial(number, draw(study.space, number)) for number in (5, 30, 60, 61, 62)]
    view = View(0, 63, tuple(trial for trial in trials if trial.number not in (5, 30)), tuple(pending))
    params = build(study, seed).suggest(view)
    assert shown(study, params, params) == optunas(study, view, list(space), seed)


@pytest.mark.parametrize("seed", range(8))
def test_old_pending_trials_weigh_as_old_ones_as_optunas_do(seed):
    study = tpe(space={"a": UNIT, "b": UNIT})
    trials = finished(study.space, 80, lambda p: p["a"] * p["b"])
    pending = tuple(PendingTrial(trial.number, trial.params) for trial in trials[:40])
    view = View(0, 80, tuple(trials[40:]), pending)
    assert build(study, seed).suggest(view) == optunas(study, view, ["a", "b"], seed)


def test_many_pruned_trials_fill_up_the_good_ones_as_optunas_do():
    study = tpe(space={"a": UNIT, "b": UNIT})
    trials = finished(study.space, 40, lambda p: p["a"])
    trials = [FinishedTrial(t.number, t.params, t.values, step=t.number % 7 if t.number > 2 else None) for t in trials]
    for seed in range(5):
        assert build(study, seed).suggest(view_of(trials)) == optunas(study, view_of(trials), ["a", "b"], seed)


@pytest.mark.parametrize("seed", range(5))
def test_several_objectives_are_optunas(seed):
    study = tpe(
        space={"a": UNIT, "b": UNIT, "c": UNIT}, direction=["minimize", "maximize"], metric=["loss", "accuracy"]
    )
    trials = finished(study.space, 70, lambda p: (p["a"] + p["b"], p["b"] - p["c"]))
    trials[3] = FinishedTrial(3, trials[3].params, (math.inf, -math.inf))
    view = view_of(trials, [PendingTrial(70, draw(study.space, 70))])
    assert build(study, seed).suggest(view) == optunas(study, view, ["a", "b", "c"], seed)


@pytest.mark.parametrize("several", [False, True])
def test_many_equal_values_are_split_as_optunas_are(several):
    study = tpe(
        space={"a": UNIT, "b": UNIT}, **({"direction": ["minimize"] * 2, "metric": ["x", "y"]} if several else {})
    )

    def value(params):
        return (round(params["a"], 1), round(params["b"] - params["a"], 1)) if several else round(params["a"], 1)

    view = view_of(finished(study.space, 300, value))
    for seed in range(4):
        assert build(study, seed).suggest(view) == optunas(study, view, ["a", "b"], seed)


@pytest.mark.parametrize("seed", range(8))
def test_parameters_of_one_condition_are_drawn_together_as_optunas_groups_are(seed):
    space = {"kind": {"type": "constant", "value": "a"}, "x": UNIT, "y": UNIT | {"when": {"kind": ["a"]}}}
    space["z"] = UNIT | {"when": {"kind": ["a"]}}
    study = tpe(space=space)
    view = view_of(finished(study.space, 40, lambda p: p["x"] + p["y"] * p["z"]))
    params = build(study, seed).suggest(view)
    assert {"x": params["x"]} == optunas(study, view, ["x"], seed)


# --- in the space ---


@given(st.data())
@quick
def test_suggestions_are_points_of_the_space_whatever_happened(data):
    space = data.draw(spaces())
    directions = data.draw(st.lists(st.sampled_from(["minimize", "maximize"]), min_size=1, max_size=3))
    several = {"direction": directions, "metric": ["a", "b", "c"][: len(directions)]} if directions[1:] else {}
    study = tpe(space=space.model_dump(), sampler={"name": "tpe", "n_startup_trials": 1}, **several)
    number = st.floats(allow_nan=False) | st.sampled_from([math.inf, -math.inf, 0.0])
    completed = st.tuples(*[number] * len(directions)).map(lambda values: (values, None))
    pruned = st.tuples(st.tuples(st.floats()), st.integers(0, 2**53 - 1))
    outcomes = st.none() | completed | (st.nothing() if several else pruned)
    trials, pending = [], []
    for number, outcome in enumerate(data.draw(st.lists(outcomes, min_size=1, max_size=12))):
        params = space.from_units({name: data.draw(units) for name in space})
        if outcome is None:
            pending.append(PendingTrial(number, params))
        else:
            trials.append(FinishedTrial(number, params, *outcome))
    sampler = build(study, data.draw(st.integers(0, 2**32 - 1)))
    for number in range(12, 15):
        params = sampler.suggest(View(0, number, tuple(trials), tuple(pending)))
        assert space.contains(params)
        assert list(space.check(params).items()) == list(params.items())
        pending.append(PendingTrial(number, params))


@pytest.mark.parametrize("seed", range(5))
def test_a_conditional_space_is_searched_in_every_branch(seed):
    study = tpe(space=CONDITIONAL)

    def loss(params):
        return (
            abs(params.get("momentum", 0.5) - 0.9) + abs(math.log10(params["rate"]) + 2) + params.get("dropout", 0.3),
        )

    found = search(study, seed, 40, loss)
    assert all(study.space.contains(params) for params in found)
    assert {params["optimizer"] for params in found} == {"sgd", "adam", "lion"}
    assert all(params["epochs"] == 10 for params in found)
    late = [loss(params)[0] for params in found[20:]]
    assert sum(late) / 20 < sum(loss(params)[0] for params in found[:10]) / 10


def test_choices_that_python_takes_for_equal_stay_apart():
    space = {"x": {"type": "categorical", "choices": [True, 1, "1", False, 0]}}
    study = tpe(space=space)
    trials = [
        FinishedTrial(number, {"x": study.space["x"].at(number % 5)}, (0.0 if number % 5 == 1 else 1.0,))
        for number in range(60)
    ]
    suggestions = [build(study, seed).suggest(view_of(trials))["x"] for seed in range(20)]
    assert all(type(value) is int and value == 1 for value in suggestions)


def test_a_space_of_one_point_has_one_suggestion():
    study = tpe(space={"x": {"type": "constant", "value": 3}, "y": {"type": "float", "low": 0.5, "high": 0.5}})
    view = view_of(finished(study.space, 12, lambda _: 1.0))
    assert build(study, 0).suggest(view) == {"x": 3, "y": 0.5}


# --- a function of study, seed, number and view ---


def test_the_first_trials_are_random_and_depend_on_the_number_alone():
    study = tpe(space=CONDITIONAL, sampler={"name": "tpe", "n_startup_trials": 5})
    uniform = build(study_of(space=CONDITIONAL, sampler={"name": "random"}), 3)
    trials = finished(study.space, 4, lambda _: 1.0)
    assert build(study, 3).suggest(view_of(trials)) == uniform.point(4).params
    trials = finished(study.space, 5, lambda _: 1.0)
    assert build(study, 3).suggest(view_of(trials)) != uniform.point(5).params


@given(st.randoms(use_true_random=False), st.integers(0, 2**32 - 1))
@settings(quick, max_examples=15)
def test_what_an_instance_saw_before_changes_nothing(generator, seed):
    study = tpe(space=CONDITIONAL)
    old = build(study, seed)
    trials: dict[int, Any] = {number: PendingTrial(number, draw(study.space, number)) for number in range(30)}
    for _ in range(6):
        for number in generator.sample(sorted(trials), 8):
            trials[number] = FinishedTrial(
                number, trials[number].params, (generator.random(),), generator.choice([None, 3])
            )
        done = tuple(trial for trial in trials.values() if isinstance(trial, FinishedTrial))
        waiting = tuple(trial for trial in trials.values() if isinstance(trial, PendingTrial))
        view = View(0, 30, done, waiting)
        again = View(0, 30, tuple(FinishedTrial(t.number, dict(t.params), t.values, t.step) for t in done), waiting)
        assert old.suggest(view) == build(study, seed).suggest(again) == old.suggest(again)


def test_seed_and_number_change_the_suggestion():
    study = tpe()
    trials = tuple(finished(study.space, 20, lambda p: p["x"]))
    seen = {
        build(study, seed).suggest(View(0, number, trials, ()))["x"] for seed in range(5) for number in range(20, 25)
    }
    assert len(seen) == 25


def test_a_finished_trial_is_converted_once(monkeypatch):
    from hpsearch.samplers.table import Table

    converted = []
    convert = Table._convert
    monkeypatch.setattr(Table, "_convert", lambda table, trial: (converted.append(trial.number), convert(table, trial)))
    study = tpe()
    trials = finished(study.space, 200, lambda p: p["x"])
    sampler = build(study, 0)
    pending: list[PendingTrial] = []
    for number in range(200, 210):
        params = sampler.suggest(View(0, number, tuple(trials), tuple(pending)))
        pending.append(PendingTrial(number, params))
    sampler.suggest(View(0, 210, (*trials, FinishedTrial(200, pending[0].params, (0.5,))), tuple(pending[1:])))
    assert sorted(converted) == sorted([*range(210), 200])


# --- what it is for ---


@pytest.mark.parametrize(("direction", "worst"), [("minimize", math.inf), ("maximize", -math.inf)])
def test_diverging_regions_are_left(direction, worst):
    """Half of the space diverges. Left out of the view, such trials draw the search to where nothing is known against it."""
    study = tpe(space={"x": UNIT, "y": UNIT}, direction=direction)
    sign = 1 if direction == "minimize" else -1

    def diverging(seed: int, *, told: bool) -> int:
        sampler = build(study, seed)
        trials: list[FinishedTrial] = []
        late = []
        for number in range(30):
            params = sampler.suggest(View(0, number, tuple(trials), ()))
            diverged = params["x"] > 0.5
            if told or not diverged:
                trials.append(FinishedTrial(number, params, (worst if diverged else sign * abs(params["y"] - 0.5),)))
            late.append(diverged)
        return sum(late[20:])

    assert sum(diverging(seed, told=True) for seed in range(10)) <= 30
    assert sum(diverging(seed, told=False) for seed in range(10)) >= 90


def test_several_objectives_are_searched_though_some_trials_diverge():
    study = tpe(space={"x": UNIT, "y": UNIT}, direction=["minimize", "minimize"], metric=["loss", "size"])

    def value(params):
        return (math.inf, math.inf) if params["x"] > 0.5 else (params["x"] + params["y"], 1 - params["y"])

    found = search(study, 1, 60, value)
    assert sum(params["x"] > 0.5 for params in found[40:]) <= 4


def test_a_batch_is_no_bundle_of_near_duplicates():
    space = {"x": UNIT, "y": {"type": "float", "low": 1e-4, "high": 1.0, "log": True}}
    study = tpe(space=space)
    trials = tuple(finished(study.space, 50, lambda p: (p["x"] - 0.3) ** 2 + abs(math.log10(p["y"]) + 2)))
    sampler = build(study, 0)

    def batch(told: bool) -> list[tuple[float, float]]:
        pending: list[PendingTrial] = []
        for number in range(50, 114):
            params = sampler.suggest(View(0, number, trials, tuple(pending) if told else ()))
            pending.append(PendingTrial(number, params))
        return [(trial.params["x"], math.log10(trial.params["y"]) / 4) for trial in pending]

    aware, blind = crowding(batch(told=True)), crowding(batch(told=False))
    assert aware > 0.01
    assert aware > 1.5 * blind


def crowding(places: list[tuple[float, float]]) -> float:
    """The mean distance to the nearest neighbour."""
    nearest = [min(math.dist(a, b) for b in places if b is not a) for a in places]
    return sum(nearest) / len(nearest)


def test_it_finds_the_minimum_sooner_than_chance():
    space = dict.fromkeys("abcd", UNIT)

    def value(params):
        return (sum((place - 0.3) ** 2 for place in params.values()),)

    best = [min(value(p)[0] for p in search(tpe(space=space), seed, 60, value)) for seed in range(3)]
    chance = [
        min(value(build(study_of(space=space, sampler={"name": "random"}), seed).point(n).params)[0] for n in range(60))
        for seed in range(3)
    ]
    assert sum(best) < 0.5 * sum(chance)


def test_nothing_is_said(caplog):
    study = tpe(space=CONDITIONAL, direction=["minimize", "maximize"], metric=["a", "b"])
    with warnings.catch_warnings(), caplog.at_level(0):
        warnings.simplefilter("error")
        sampler = build(study, 0)
        sampler.suggest(view_of(finished(study.space, 30, lambda p: (p["rate"], p["layers"]))))
    assert isinstance(sampler, ViewSampler)
    assert sampler.needs_view
    assert not caplog.records
