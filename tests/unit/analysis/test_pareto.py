import numpy as np
import pytest
from domain import quick
from hypothesis import given
from hypothesis import strategies as st
from trial_tables import table_of

from hpsearch.analysis import front, pareto_front
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


@pytest.mark.parametrize("objectives", [2, 3, 4, 5])
@pytest.mark.parametrize("kind", ["random", "few values", "all on the front", "one column", "infinite"])
def test_of_many_rows_too(objectives, kind):
    rng = np.random.default_rng(objectives)
    values = {
        "random": lambda: rng.random((400, objectives)),
        "few values": lambda: rng.integers(0, 4, (400, objectives)) * 1.0,
        "all on the front": lambda: (
            -(lambda x: x / np.linalg.norm(x, axis=1, keepdims=True))(np.abs(rng.normal(size=(400, objectives))))
        ),
        "one column": lambda: np.column_stack([rng.random(400), *[np.ones(400)] * (objectives - 1)]),
        "infinite": lambda: np.where(rng.random((400, objectives)) < 0.4, np.inf, rng.random((400, objectives))),
    }[kind]()
    signs = [1.0, -1.0, 1.0, -1.0, 1.0][:objectives]
    ways = [Direction.MINIMIZE if sign > 0 else Direction.MAXIMIZE for sign in signs]
    expected = undominated(values.tolist(), [Direction.MINIMIZE] * objectives)
    assert front(values * signs, ways).tolist() == expected
    assert kind != "all on the front" or len(expected) == 400


def test_the_front_of_a_table_has_the_numbers_of_completed_trials():
    table = table_of(
        [{"x": 0.5}] * 5, [(9.0, 0.0), (1.0, 1.0), (0.0, 2.0), None, (1.0, 1.0)],
        ["pruned", "completed", "completed", "running", "completed"],
        direction=["minimize", "maximize"], metric=["loss", "score"],
    )  # fmt: skip
    assert pareto_front(table).tolist() == [2]
    assert pareto_front(table_of([], [])).tolist() == []
