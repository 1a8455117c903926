from domain import quick
from hypothesis import given
from hypothesis import strategies as st

from hpsearch.service.pareto import front
from hpsearch.study import Direction

directions = st.lists(st.sampled_from(Direction), min_size=2, max_size=4)


def dominates(one, other, ways):
    """At least as good everywhere, and better somewhere."""
    return all(not way.better(b, a) for a, b, way in zip(one, other, ways, strict=True)) and any(
        way.better(a, b) for a, b, way in zip(one, other, ways, strict=True)
    )


@quick
@given(st.data(), directions)
def test_the_front_is_what_no_other_dominates(data, ways):
    value = st.integers(-2, 2).map(float) | st.sampled_from(["Infinity", "-Infinity"])
    trials = list(enumerate(data.draw(st.lists(st.tuples(*(value for _ in ways)), max_size=12))))
    values = {number: [float(one) for one in values] for number, values in trials}
    assert front(trials, ways) == [
        number for number in values if not any(dominates(values[other], values[number], ways) for other in values)
    ]
