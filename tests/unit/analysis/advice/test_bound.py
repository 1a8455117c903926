from typing import Any

import numpy as np
import pytest
from trial_tables import table_of

from hpsearch.analysis.advice import Severity
from hpsearch.analysis.advice.bound import bounds_crowded

RATE = {"type": "float", "low": 1e-5, "high": 1e-3, "log": True}
OTHER = {"type": "float", "low": 0.1, "high": 2.0}


def searched(cost: Any, *, number: int = 100, seed: int = 1, **space: Any) -> Any:
    """Random trials of `rate` (its place in 0..1 is given to cost) and `other`, with noise."""
    random = np.random.default_rng(seed)
    places = random.uniform(size=number)
    points = [{"rate": 1e-5 * 100**place, "other": random.uniform(0.1, 2.0)} for place in places]
    values = [cost(place) + 0.02 * random.normal() for place in places]
    return table_of(points, values, space={"rate": RATE, "other": OTHER} | space)


@pytest.mark.parametrize("number", [100, 300, 1000])
def test_best_trials_at_the_upper_bound_are_found_with_the_wider_range(number):
    for seed in range(1, 6):
        (found,) = bounds_crowded(searched(lambda place: (1.5 - place) ** 2, number=number, seed=seed))
        assert found.parameter == "rate"
        assert found.space == {"rate": RATE | {"high": 0.01}}
        assert "[1e-05, 0.01]" in found.action


@pytest.mark.parametrize("number", [30, 60])
def test_a_sampler_that_goes_to_the_bound_shows_it_with_fewer_trials(number):
    random = np.random.default_rng(0)
    places = np.concatenate([random.uniform(size=number // 2), random.uniform(0.85, 1.0, size=number // 2)])
    points = [{"rate": 1e-5 * 100**place} for place in places]
    (found,) = bounds_crowded(table_of(points, (-places).tolist(), space={"rate": RATE}))
    assert found.space == {"rate": RATE | {"high": 0.01}}


def test_best_trials_at_the_lower_bound_are_found():
    (found,) = bounds_crowded(searched(lambda place: place))
    assert found.space == {"rate": RATE | {"low": 1e-6}}
    assert "lower bound" in found.title


def test_the_trials_that_crowd_it_are_named():
    table = searched(lambda place: -place)
    (found,) = bounds_crowded(table)
    assert found.trials[0] == int(np.argmin(table.values[:, 0]))
    assert found.count == len(found.trials)
    assert all(table.params["rate"][list(found.trials)] > 1e-5 * 100**0.9)


def test_what_is_maximised_is_turned_round():
    table = searched(lambda place: -place)
    turned = table_of(
        [{"rate": rate, "other": other} for rate, other in zip(*table.params.values(), strict=True)],
        (-table.values[:, 0]).tolist(),
        space={"rate": RATE, "other": OTHER}, direction="maximize", metric="val_accuracy",
    )  # fmt: skip
    assert bounds_crowded(turned) == bounds_crowded(table)


@pytest.mark.parametrize("best", [0.3, 0.5, 0.7])
def test_an_optimum_within_the_range_says_nothing(best):
    for seed in range(20):
        assert bounds_crowded(searched(lambda place: (place - best) ** 2, seed=seed)) == ()


def test_noise_says_nothing():
    """Of 100 studies of two parameters without effect, at most a few."""
    found = [bounds_crowded(searched(lambda _: 0.0, seed=seed, number=50)) for seed in range(100)]
    assert sum(map(len, found)) <= 2


@pytest.mark.parametrize("good", [60, 30])
def test_equal_values_say_nothing_by_their_order(good):
    """As of a grid, tried from its lower end on."""
    points = [{"x": float(x)} for x in np.linspace(0.1, 2.0, 60)]
    assert bounds_crowded(table_of(points, [0.0] * good + [1.0] * (60 - good), space={"x": OTHER})) == ()


def test_few_trials_say_nothing():
    assert bounds_crowded(searched(lambda place: -place, number=19)) == ()


@pytest.mark.parametrize("states", ["failed", "pruned", "running"])
def test_trials_that_did_not_complete_say_nothing(states):
    points = [{"x": place} for place in np.linspace(0.01, 0.99, 60)]
    values = [-point["x"] for point in points]
    space = {"x": {"type": "float", "low": 0.001, "high": 1.2}}
    assert len(bounds_crowded(table_of(points, values, space=space))) == 0
    space = {"x": {"type": "float", "low": 0.001, "high": 0.99}}
    assert len(bounds_crowded(table_of(points, values, space=space))) == 1
    assert bounds_crowded(table_of(points, values, [states] * 60, space=space)) == ()


def test_whole_numbers_of_few_values_crowd_the_last_one():
    random = np.random.default_rng(1)
    depths = random.integers(1, 5, size=100)
    space = {"depth": {"type": "int", "low": 1, "high": 4}}
    points = [{"depth": int(depth)} for depth in depths]
    (found,) = bounds_crowded(table_of(points, (1.0 / depths + 0.01 * random.normal(size=100)).tolist(), space=space))
    assert found.space == {"depth": {"type": "int", "low": 1, "high": 6}}
    assert bounds_crowded(table_of(points, random.normal(size=100).tolist(), space=space)) == ()


def test_a_sampler_that_settled_at_a_bound_by_luck_says_nothing():
    """The later trials are better because of something else; where the parameter lies makes no difference among them."""
    random = np.random.default_rng(0)
    early, late = random.uniform(0.1, 2.0, size=50), random.uniform(1.5, 2.0, size=150)
    points = [{"x": x} for x in [*early, *late]]
    values = [*random.normal(size=50), *(random.normal(size=150) - 5.0)]
    assert bounds_crowded(table_of(points, values, space={"x": OTHER})) == ()


def test_natural_bounds_say_nothing():
    points = [{"dropout": place} for place in np.linspace(0.0, 0.5, 80)]
    space = {"dropout": {"type": "float", "low": 0.0, "high": 0.5}}
    assert bounds_crowded(table_of(points, [point["dropout"] for point in points], space=space)) == ()


def test_what_the_objective_refuses_is_not_proposed():
    (found,) = bounds_crowded(searched(lambda place: -place), lambda name, parameter: parameter.high < 0.005)
    assert found.severity is Severity.HINT
    assert found.space is None
    assert "does not take rate in [1e-05, 0.01]" in found.action


def test_several_objectives_say_nothing():
    points = [{"x": float(x)} for x in np.linspace(0.1, 2.0, 60)]
    values = [(-point["x"], point["x"]) for point in points]
    directions = {"direction": ["minimize", "minimize"], "metric": ["a", "b"]}
    assert bounds_crowded(table_of(points, values, space={"x": OTHER}, **directions)) == ()


def test_a_conditional_parameter_counts_where_it_is_active():
    random = np.random.default_rng(0)
    space = {
        "optimizer": {"type": "categorical", "choices": ["sgd", "adam"]},
        "momentum": {"type": "float", "low": 0.1, "high": 0.9, "when": {"optimizer": ["sgd"]}},
    }
    points, values = [], []
    for number in range(120):
        momentum = float(random.uniform(0.1, 0.9))
        sgd = number % 2 == 0
        points.append({"optimizer": "sgd", "momentum": momentum} if sgd else {"optimizer": "adam"})
        values.append(-momentum if sgd else -5.0)
    (found,) = bounds_crowded(table_of(points, values, space=space))
    assert found.space == {"momentum": space["momentum"] | {"high": 0.95}}


@pytest.mark.parametrize("values", [[1.0] * 40, [1e308, -1e308] * 20, [float("inf")] * 40, [float("nan")] * 40])
def test_any_values_are_taken(values):
    points = [{"x": float(x)} for x in np.linspace(-1e307, 1e307, 40)]
    bounds_crowded(table_of(points, values, space={"x": {"type": "float", "low": -1e307, "high": 1e307}}))
