import warnings

import numpy as np
import optuna
import pytest
from domain import quick
from hypothesis import given
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from trial_tables import table_of
from ugly_tables import ugly_tables

from hpsearch.analysis import importances
from hpsearch.errors import InvalidInput

SPACES = {
    "floats": {
        "a": {"type": "float", "low": -5, "high": 10},
        "b": {"type": "float", "low": 1e-6, "high": 1e2, "log": True},
    },
    "whole numbers": {
        "a": {"type": "int", "low": 1, "high": 1024, "log": True},
        "b": {"type": "int", "low": -3, "high": 4},
        "c": {"type": "int", "low": 0, "high": 900, "step": 3},
    },
    "steps": {
        "a": {"type": "float", "low": 0.5, "high": 2.5, "step": 0.25},
        "b": {"type": "float", "low": 0, "high": 1, "step": 0.0078125},
        "c": {"type": "int", "low": 1, "high": 2, "log": True},
    },
    "categories": {
        "a": {"type": "categorical", "choices": ["x", "y", "z", "w", "v"]},
        "b": {"type": "categorical", "choices": [True, 2, None]},
        "c": {"type": "float", "low": 0, "high": 1},
    },
    "conditions": {
        "kind": {"type": "categorical", "choices": ["p", "q", "r"]},
        "a": {"type": "float", "low": 0, "high": 1, "when": {"kind": ["p"]}},
        "b": {"type": "float", "low": 1e-3, "high": 1, "log": True, "when": {"kind": ["p", "q"]}},
        "c": {"type": "int", "low": 0, "high": 20},
    },
}


def searched(space, number, seed, direction="minimize", **fields):
    """A table of random trials, and their parameters; each objective is led by the first parameters."""
    rng = np.random.default_rng(seed)
    study = table_of([], [], space=space).study
    params = [study.space.from_units({name: rng.random() for name in space}) for _ in range(number)]
    leading = [
        sum(study.space[name].position(point[name]) or 0 if isinstance(point[name], str) else float(point[name] or 0)
            for name in list(space)[:2] if name in point)
        for point in params
    ]  # fmt: skip
    values = [value**2 + rng.normal() for value in leading]
    return table_of(params, values, space=space, direction=direction, **fields), params


def optunas_distribution(parameter):
    match parameter.type:
        case "categorical":
            return CategoricalDistribution(parameter.choices)
        case "float":
            return FloatDistribution(parameter.low, parameter.high, log=parameter.log, step=parameter.step)
    return IntDistribution(parameter.low, parameter.high, log=parameter.log, step=parameter.step)


def optunas_importances(table, params, objective=None):
    """What Optuna says of the same completed trials."""
    space = table.study.space
    theirs = optuna.create_study(directions=[direction.value for direction in table.study.directions])
    for number in np.flatnonzero(~np.isnan(table.costs())):
        distributions = {name: optunas_distribution(space[name]) for name in params[number]}
        values = list(table.values[number])
        theirs.add_trial(optuna.trial.create_trial(params=params[number], distributions=distributions, values=values))
    if objective is None:
        return optuna.importance.get_param_importances(theirs)
    sign = 1.0 if theirs.directions[objective] == optuna.study.StudyDirection.MINIMIZE else -1.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that less is taken to be better
        return optuna.importance.get_param_importances(theirs, target=lambda trial: sign * trial.values[objective])


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
@pytest.mark.parametrize("number", [7, 60, 400])
@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_shares_are_optunas(space, number, direction):
    table, params = searched(space, number, seed=number, direction=direction)
    assert importances(table) == pytest.approx(optunas_importances(table, params), rel=1e-9, abs=1e-12)


def test_shares_of_each_of_several_objectives_are_optunas():
    space, rng = SPACES["floats"], np.random.default_rng(3)
    _, params = searched(space, 80, seed=2)
    values = [(point["a"] + rng.normal(), point["b"] - point["a"]) for point in params]
    table = table_of(params, values, space=space, direction=["minimize", "maximize"], metric=["loss", "score"])
    for objective in (0, 1):
        expected = optunas_importances(table, params, objective)
        assert importances(table, objective) == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert importances(table, 0) != pytest.approx(importances(table, 1), rel=1e-2)


def test_trials_that_have_not_completed_or_are_infinite_do_not_count():
    space = SPACES["floats"]
    table, params = searched(space, 50, seed=1)
    rng = np.random.default_rng(0)
    others = [table.study.space.from_units({name: rng.random() for name in space}) for _ in range(20)]
    values = [*table.values[:, 0], *[-100.0] * 10, *[float("-inf")] * 10]
    more = table_of([*params, *others], values, ["completed"] * 50 + ["pruned"] * 10 + ["completed"] * 10, space=space)
    assert importances(more) == importances(table)


def test_a_parameter_that_decides_comes_first():
    space = {name: {"type": "float", "low": 0, "high": 1} for name in ("idle", "decides", "also_idle")}
    params = [dict(zip(space, point, strict=True)) for point in np.random.default_rng(0).random((200, 3))]
    found = importances(table_of(params, [point["decides"] for point in params], space=space))
    assert next(iter(found)) == "decides"
    assert found["decides"] > 0.9


X = {"x": {"type": "float", "low": 0, "high": 1}}


@pytest.mark.parametrize(
    ("space", "params", "values"),
    [
        (X, [], []),
        (X, [{"x": 0.5}], [1.0]),
        (X, [{"x": 0.1}, {"x": 0.9}, {"x": 0.5}], [1.0, 1.0, 1.0]),
        (X, [{"x": 0.5}] * 30, range(30)),
        (X, [{"x": 0.1}, {"x": 0.9}], [None, None]),
        ({"x": {"type": "constant", "value": "a"}}, [{"x": "a"}] * 30, range(30)),
        ({"x": {"type": "categorical", "choices": ["a"]}}, [{"x": "a"}] * 30, range(30)),
        ({"x": {"type": "float", "low": 2, "high": 2}}, [{"x": 2.0}] * 30, range(30)),
    ],
)
def test_where_nothing_can_be_said_nothing_is(space, params, values):
    states = ["completed" if value is not None else "failed" for value in values]
    assert importances(table_of(params, values, states, space=space)) == {}


def test_of_300_parameters_each_has_a_share():
    space = {f"p{place}": {"type": "float", "low": 0, "high": 1} for place in range(300)}
    rng = np.random.default_rng(0)
    params = [dict(zip(space, rng.random(300), strict=True)) for _ in range(40)]
    found = importances(table_of(params, [point["p7"] for point in params], space=space))
    assert set(found) == set(space)
    assert next(iter(found)) == "p7"


@quick
@given(ugly_tables(most=30))
def test_shares_add_up_to_one_in_falling_order(table):
    for objective in range(len(table.study.directions)):
        shares = list(importances(table, objective).values())
        assert shares == sorted(shares, reverse=True)
        assert not shares or sum(shares) == pytest.approx(1.0)
        assert all(share >= 0 for share in shares)


@pytest.mark.parametrize("objective", [-1, 1])
def test_an_objective_that_is_not_there_is_named(objective):
    with pytest.raises(InvalidInput, match="objective: must be a place from 0 to 0"):
        importances(table_of([], [], space=X), objective)
