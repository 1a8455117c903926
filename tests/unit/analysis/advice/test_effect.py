import numpy as np
import pytest
from trial_tables import table_of

from hpsearch.analysis.advice.effect import parameters_without_effect

SPACE = {
    "rate": {"type": "float", "low": 0.0, "high": 1.0},
    "decay": {"type": "float", "low": 1e-8, "high": 1e-6, "log": True},
    "kind": {"type": "categorical", "choices": ["a", "b", "c"]},
}
LITTLE = {"rate": 0.99, "decay": 0.005, "kind": 0.005}


def searched(number=100, seed=1, decay=0.0, kind=0.0, space=SPACE, **study):
    """Random trials whose values follow `rate`, and `decay` and `kind` as much as said."""
    random = np.random.default_rng(seed)
    points = [
        {"rate": random.uniform(), "decay": 10 ** random.uniform(-8, -6), "kind": "abc"[random.integers(3)]}
        for _ in range(number)
    ]
    values = [
        point["rate"] + decay * (np.log10(point["decay"]) + 8) + kind * (point["kind"] == "b") for point in points
    ]
    return table_of(points, values, space=space, **study)


def test_what_has_no_importance_does_not_matter():
    table = searched()
    found = {one.parameter: one for one in parameters_without_effect(table, LITTLE)}
    assert set(found) == {"decay", "kind"}
    best = int(np.argmin(table.values[:, 0]))
    assert found["decay"].space == {"decay": {"type": "constant", "value": table.params["decay"][best]}}
    assert found["kind"].space == {"kind": {"type": "constant", "value": "abc"[int(table.params["kind"][best])]}}


def test_it_is_seldom_missed():
    found = [len(parameters_without_effect(searched(seed=seed), LITTLE)) for seed in range(30)]
    assert sum(found) >= 48


def test_what_orders_the_trials_matters_whatever_its_importance():
    for seed in range(10):
        assert parameters_without_effect(searched(seed=seed, decay=0.5, kind=0.6), LITTLE) == ()


@pytest.mark.parametrize("importance", [0.03, 0.2, 0.9])
def test_what_is_important_matters(importance):
    found = parameters_without_effect(searched(), {"rate": 0.5, "decay": importance, "kind": importance})
    assert found == ()


def test_of_many_parameters_each_may_have_less():
    importances = LITTLE | {f"p{number}": 0.01 for number in range(40)}
    assert parameters_without_effect(searched(), importances) == ()


def test_too_little_is_known():
    assert parameters_without_effect(searched(49), LITTLE) == ()
    assert parameters_without_effect(searched(), {"decay": 0.0}) == ()
    assert parameters_without_effect(searched(), {}) == ()


def test_a_parameter_that_others_depend_on_matters():
    space = SPACE | {"more": {"type": "float", "low": 0.0, "high": 1.0, "when": {"kind": ["a"]}}}
    found = parameters_without_effect(searched(space=space), LITTLE)
    assert [one.parameter for one in found] == ["decay"]


def test_a_condition_is_kept():
    condition = {"kind": ["a", "b", "c"]}
    space = SPACE | {"decay": SPACE["decay"] | {"when": condition}}
    (found,) = parameters_without_effect(searched(space=space), LITTLE)
    assert found.space
    assert found.space["decay"]["when"] == condition
