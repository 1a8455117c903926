"""Tables as bad as they may come, drawn by hypothesis."""

from domain import points, spaces
from hypothesis import strategies as st
from trial_tables import table_of

from hpsearch.trial import TrialState

HUGE = 1.7e308
ugly_numbers = st.floats() | st.sampled_from([0.0, 1.0, -1.0, HUGE, -HUGE, 5e-324])
"""NaN and infinities among them."""
FINISHED = {TrialState.COMPLETED, TrialState.PRUNED}


@st.composite
def ugly_tables(draw, *, most=12):
    """Up to `most` trials of any space in any state: no trial, one, all failed; values missing, NaN, infinite, huge, or equal."""
    space = draw(spaces())
    several = draw(st.booleans())
    number = draw(st.integers(0, most))
    params = [draw(points(space)) for _ in range(number)]
    states = draw(
        st.lists(st.sampled_from(TrialState) | st.just(TrialState.COMPLETED), min_size=number, max_size=number)
    )
    value = st.tuples(ugly_numbers, ugly_numbers) if several else ugly_numbers
    values = [draw(value) if state in FINISHED else None for state in states]
    seconds = st.just(float("nan")) | st.floats(0, HUGE)
    study = (
        {"direction": ["minimize", "maximize"], "metric": ["loss", "score"]}
        if several
        else {"direction": draw(st.sampled_from(["minimize", "maximize"]))}
    )
    return table_of(
        params, values, states, space=space.model_dump(mode="json"), **study,
        device_seconds=draw(st.lists(seconds, min_size=number, max_size=number)),
    )  # fmt: skip
