from functools import cmp_to_key
from math import inf, isnan, nan

import pytest
from domain import quick
from hypothesis import given
from hypothesis import strategies as st
from trial_tables import table_of

from hpsearch.analysis.selection import Selection, page
from hpsearch.errors import InvalidInput
from hpsearch.trial import TrialState

SPACE = {
    "x": {"type": "float", "low": 0, "high": 1},
    "kind": {"type": "categorical", "choices": ["a", 1, True, None, "null"]},
}
values = st.none() | st.sampled_from([0.0, 1.0, -1.0, inf, -inf, nan])


def table(found, **fields):
    return table_of([{"x": 0.5, "kind": "a"}] * len(found), found, space=SPACE, **fields)


def pages(wanted, of, limit):
    """The numbers of all pages."""
    found, last = page(of, wanted, None, limit)
    while last is not None:
        more, last = page(of, wanted, last, limit)
        found += more
    return found


def in_order(found, *, falling):
    def compare(a, b):
        one, other = found[a], found[b]
        if one is None or other is None:
            return (one is None) - (other is None) or a - b
        x, y = ((isnan(one), 0.0 if isnan(one) else one), (isnan(other), 0.0 if isnan(other) else other))
        return ((x > y) - (x < y)) * (-1 if falling else 1) or a - b

    return sorted(range(len(found)), key=cmp_to_key(compare))


@given(found=st.lists(values, max_size=12), falling=st.booleans(), limit=st.integers(1, 5))
@quick
def test_pages_follow_the_order_with_nan_as_the_greatest_and_nothing_last(found, falling, limit):
    wanted = Selection(sort="-value" if falling else "value")
    assert pages(wanted, table(found), limit) == in_order(found, falling=falling)


@pytest.mark.parametrize(
    ("condition", "numbers"),
    [
        ("params.kind=a", [0]),
        ("params.kind!=a", [1, 2, 3, 4]),
        ("params.kind=1", [1]),
        ("params.kind=true", [2]),
        ("params.kind=True", [2]),
        ("params.kind=null", [3, 4]),
        ('params.kind="null"', [4]),
        ("params.x>=0.2", [2, 3, 4]),
        ("number<2", [0, 1]),
        ("metrics.acc=0.5", [1]),
        ("metrics.acc<9", [0, 1]),
        ("metrics.never<9", []),
        ("device_seconds>2", [3, 4]),
        ("started_at=10", [1]),
    ],
)
def test_conditions(condition, numbers):
    choices = SPACE["kind"]["choices"]
    of = table_of(
        [{"x": place / 10, "kind": choice} for place, choice in enumerate(choices)],
        [0.0] * 5,
        metrics={"acc": [0.25, 0.5, nan, nan, nan]},
        device_seconds=[0, 1, 2, 3, 4],
        space=SPACE,
    )
    assert pages(Selection(where=[condition]), of, 2) == numbers


def test_all_conditions_and_one_of_the_states_hold():
    of = table([0.0, 1.0, 2.0, 3.0], states=["completed", "pruned", "completed", "failed"])
    wanted = Selection((TrialState.COMPLETED, TrialState.FAILED), ["value>0", "value<=3"])
    assert pages(wanted, of, 10) == [2, 3]


@pytest.mark.parametrize("name", ["loss", "params.y", "values.other", "", "-", "params", "values"])
def test_an_order_by_what_is_not_there_is_refused(name):
    with pytest.raises(InvalidInput, match="sort: must be one of number, value"):
        page(table([]), Selection(sort=name), None, 1)


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("x", "must be like"),
        ("", "must be like"),
        ("x>1", "must compare one of number, value"),
        ("params.y=1", "there is no parameter 'y'; the space has x, kind"),
        ("params.kind<a", "kind has no order"),
        ("params.kind=b", "kind is never 'b'"),
        ("value>x", "must compare with a number"),
    ],
)
def test_what_is_no_condition_is_refused(condition, message):
    with pytest.raises(InvalidInput, match=rf"where\.1: .*{message}"):
        page(table([0.0]), Selection(where=["value>0", condition]), None, 1)
