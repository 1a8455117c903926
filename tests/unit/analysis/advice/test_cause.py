import numpy as np
import pytest
from trial_tables import table_of

from hpsearch.analysis.advice.cause import cause, chance_of

SPACE = {
    "rate": {"type": "float", "low": 1e-4, "high": 10.0, "log": True},
    "batch": {"type": "categorical", "choices": [32, 64, 256]},
    "depth": {"type": "int", "low": 1, "high": 6},
}


def trials(number=60, seed=0, space=SPACE):
    random = np.random.default_rng(seed)
    points = [
        {
            "rate": 10 ** random.uniform(-4, 1),
            "batch": [32, 64, 256][random.integers(3)],
            "depth": int(random.integers(1, 7)),
        }
        for _ in range(number)
    ]
    # The best is in the middle of everything.
    points[0] = {"rate": 0.01, "batch": 32, "depth": 3}
    return table_of(points, [0.0, *[1.0] * (number - 1)], space=space)


def found_for(table, shows):
    return cause(table, shows, ~shows)


@pytest.mark.parametrize("seed", range(5))
def test_the_upper_part_of_a_range(seed):
    table = trials(seed=seed)
    rates = table.params["rate"]
    found = found_for(table, rates > 1.0)
    assert found
    assert found.name == "rate"
    assert found.words == f"rate >= {rates[rates > 1.0].min():.4g}"
    assert found.without
    assert found.without.low == 1e-4
    assert found.without.high == pytest.approx(rates[rates <= 1.0].max(), rel=0.05)
    assert "instead of [0.0001, 10]" in found.action(table.study.space["rate"])


def test_the_lower_part_of_a_range():
    table = trials()
    found = found_for(table, table.params["depth"] <= 2)
    assert found
    assert found.words == "depth <= 2"
    assert found.without
    assert (found.without.low, found.without.high) == (3, 6)


def test_a_choice():
    table = trials()
    found = found_for(table, table.params["batch"] == 2.0)
    assert found
    assert found.words == "batch = 256"
    assert found.without
    assert found.without.choices == (32, 64)
    assert "Take that choice out" in found.action(table.study.space["batch"])


def test_a_few_exceptions_are_borne():
    table = trials(200)
    shows = table.params["rate"] > 1.0
    shows[np.flatnonzero(shows)[:3]] = False
    shows[np.flatnonzero(~shows)[:3]] = True
    found = found_for(table, shows)
    assert found
    assert found.name == "rate"


def test_trials_at_random_have_no_cause():
    """One study of a hundred would be as the significance says."""
    found = 0
    for seed in range(100):
        shows = np.random.default_rng(seed).uniform(size=60) < 0.2
        found += found_for(trials(seed=seed), shows) is not None
    assert found <= 2


def test_too_few_have_no_cause():
    table = trials()
    shows = np.zeros(60, dtype=bool)
    assert found_for(table, shows) is None
    shows[np.argsort(table.params["rate"])[-2:]] = True
    assert found_for(table, shows) is None


def test_where_all_show_it_nothing_is_known():
    assert found_for(trials(), np.ones(60, dtype=bool)) is None


def test_the_region_of_the_best_trial_is_not_taken_away():
    table = trials()
    shows = table.params["batch"] == 0.0
    found = found_for(table, shows)
    assert found
    assert found.without is None
    assert "Look at batch." in found.action(table.study.space["batch"])


def test_a_parameter_that_others_depend_on_is_not_changed():
    space = SPACE | {"extra": {"type": "float", "low": 0.0, "high": 1.0, "when": {"batch": [256]}}}
    table = trials(space=space)
    found = found_for(table, table.params["batch"] == 2.0)
    assert found
    assert found.without is None


def test_the_chance_is_that_of_fishers_exact_test():
    # The lady tasting tea: all four of four, and at least three of them.
    assert chance_of(4, 4, 4, 8) == pytest.approx(1 / 70)
    assert chance_of(3, 4, 4, 8) == pytest.approx(17 / 70)
    assert chance_of(0, 4, 4, 8) == pytest.approx(1.0)
    assert chance_of(50, 50, 60, 100_000) < 1e-100
