import math

import jax
import jax.numpy as jnp
import pytest
from domain import quick
from hypothesis import given
from hypothesis import strategies as st

from hpsearch_workers.population import early_stopping

update = jax.jit(early_stopping.update)
values = st.floats(-8, 8, width=16) | st.sampled_from([math.nan, math.inf, -math.inf])


def fed(curve, min_delta=0.0):
    """The state after each epoch."""
    state = early_stopping.start()
    for epoch, value in enumerate(curve, start=1):
        state = update(state, jnp.float32(value), jnp.int32(epoch), jnp.float32(min_delta))
        yield state


@quick
@given(st.lists(values, max_size=12), st.sampled_from([0.0, 0.25, 1.0]))
def test_against_the_definition(curve, min_delta):
    for epochs, state in enumerate(fed(curve, min_delta), start=1):
        numbers = [value for value in curve[:epochs] if value == value and value < math.inf]
        best = min(numbers, default=math.inf)
        assert float(state.best) == best
        assert int(state.best_epoch) == (curve.index(best) + 1 if numbers else 0)
        assert int(state.waited) == waited(curve[:epochs], min_delta)


def waited(curve, min_delta):
    """Epochs since the last improvement, from the curve alone."""
    mark, last = math.inf, 0
    for epoch, value in enumerate(curve, start=1):
        if value < mark - min_delta:
            mark, last = value, epoch
    return len(curve) - last


@quick
@given(st.lists(values, min_size=1, max_size=6))
def test_nan_only_waits(curve):
    *_, before = fed(curve)
    after = update(before, jnp.float32(math.nan), jnp.int32(len(curve) + 1), jnp.float32(0))
    assert after._replace(waited=before.waited) == before
    assert int(after.waited) == int(before.waited) + 1


def test_it_recovers_from_a_first_nan():
    *_, state = fed([math.nan, math.nan, 2.0, 1.0])
    assert (float(state.best), int(state.best_epoch), int(state.waited)) == (1.0, 4, 0)


@pytest.mark.parametrize(("min_delta", "expected"), [(0.0, 0), (0.15, 1), (0.5, 3)])
def test_small_improvements_add_up_against_the_mark(min_delta, expected):
    *_, state = fed([1.0, 0.9, 0.8, 0.7], min_delta)
    assert int(state.waited) == expected
    assert int(state.best_epoch) == 4
