import numpy as np
import pytest
from domain import quick
from hypothesis import given
from hypothesis import strategies as st
from trial_tables import table_of

from hpsearch.analysis import front, pareto, pareto_front
from hpsearch.study import Direction

directions = st.lists(st.sampled_from(Direction), min_size=1, max_size=5)
NAN = float("nan")


def dominates(one, other, ways):
    """At least as good everywhere, and better somewhere."""
    return all(not way.better(b, a) for a, b, way in zip(one, other, ways, strict=True)) and any(
        way.better(a, b) for a, b, way in zip(one, other, ways, strict=True)
    )


def undominated(values, ways):
    known = [row for row, value in enumerate(values) if not np.isnan(value).any()]
    return [row for row in known if not any(dominates(values[other], values[row], ways) for other in known)]


@quick
@given(st.data(), directions)
def test_the_front_is_what_no_other_dominates(data, ways):
    value = st.integers(-2, 2).map(float) | st.sampled_from([float("inf"), float("-inf"), NAN])
    values = data.draw(st.lists(st.tuples(*(value for _ in ways)), max_size=12))
    assert front(np.reshape(values, (-1, len(ways))), ways).tolist() == undominated(values, ways)


def shell(objectives, rng, rounded):
    """600 rows on a part of two spheres: most of the outer one's, if not all, are on the front."""
    rows = np.abs(rng.normal(size=(600, objectives)))
    rows *= rng.choice([0.9, 1.0], (600, 1)) / np.linalg.norm(rows, axis=1, keepdims=True)
    return (-rows * 30).round() if rounded else -rows


KINDS = {
    "random": lambda objectives, rng: rng.random((600, objectives)),
    "shell": lambda objectives, rng: shell(objectives, rng, rounded=False),
    "rounded shell": lambda objectives, rng: shell(objectives, rng, rounded=True),
    "one column": lambda objectives, rng: np.column_stack([rng.random(600), *[np.ones(600)] * (objectives - 1)]),
    "infinite": lambda objectives, rng: np.where(
        rng.random((600, objectives)) < 0.1,
        rng.choice([np.inf, -np.inf], (600, objectives)),
        shell(objectives, rng, rounded=True),
    ),
}


@pytest.mark.parametrize("few", [1, 64])
@pytest.mark.parametrize("objectives", [2, 3, 4, 5])
@pytest.mark.parametrize("kind", KINDS)
def test_of_many_rows_too(objectives, kind, few, monkeypatch):
    monkeypatch.setattr(pareto, "FEW", few)
    values = KINDS[kind](objectives, np.random.default_rng(objectives))
    signs = [1.0, -1.0, 1.0, -1.0, 1.0][:objectives]
    ways = [Direction.MINIMIZE if sign > 0 else Direction.MAXIMIZE for sign in signs]
    no_greater = (values[:, np.newaxis] <= values).all(axis=2)
    dominated = (no_greater & ~no_greater.T).any(axis=0)
    assert front(values * signs, ways).tolist() == np.flatnonzero(~dominated).tolist()
    assert kind != "rounded shell" or 30 < dominated.sum() < 570


def test_the_front_of_a_table_has_the_numbers_of_completed_trials():
    table = table_of(
        [{"x": 0.5}] * 5, [(9.0, 0.0), (1.0, 1.0), (0.0, 2.0), None, (1.0, 1.0)],
        ["pruned", "completed", "completed", "running", "completed"],
        direction=["minimize", "maximize"], metric=["loss", "score"],
    )  # fmt: skip
    assert pareto_front(table).tolist() == [2]
    assert pareto_front(table_of([], [])).tolist() == []
