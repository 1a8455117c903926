import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpsearch.trial import Saving, TrialState, saving

EARLY = [TrialState.COMPLETED, TrialState.PRUNED]
OTHERS = [state for state in TrialState if state not in EARLY]
STEPS = st.none() | st.integers(0, 1000)
SECONDS = st.none() | st.floats(0, 1e6)


@pytest.mark.parametrize("state", EARLY)
def test_steps_that_were_left_cost_what_those_before_did(state):
    assert saving(state, 4, 20, 2.0) == Saving(16, 8.0)


@pytest.mark.parametrize("state", EARLY)
@pytest.mark.parametrize("last", [20, 21])
def test_a_trial_that_reached_its_limit_saved_nothing(state, last):
    assert saving(state, last, 20, 2.0) == Saving(0, 0.0)


@pytest.mark.parametrize("last", [None, 0])
def test_a_trial_that_was_pruned_before_its_first_step_saved_all_of_them_at_an_unknown_cost(last):
    assert saving(TrialState.PRUNED, last, 20, 0.1) == Saving(20, None)


def test_a_trial_that_never_reported_may_have_done_all_its_steps():
    assert saving(TrialState.COMPLETED, None, 20, 2.0) == Saving(0, 0.0)


def test_device_seconds_that_nobody_told_are_unknown():
    assert saving(TrialState.PRUNED, 4, 20, None) == Saving(16, None)
    assert saving(TrialState.PRUNED, 20, 20, None) == Saving(0, 0.0)


def test_without_a_limit_nothing_is_known_to_be_saved():
    assert saving(TrialState.PRUNED, 4, None, 2.0) == Saving(0, 0.0)


@given(st.sampled_from(OTHERS), STEPS, STEPS, SECONDS)
def test_what_failed_or_goes_on_saved_nothing(state, last, most, seconds):
    assert saving(state, last, most, seconds) == Saving(0, 0.0)


@given(st.sampled_from(EARLY), st.integers(1, 1000), st.integers(1, 1000), st.floats(0, 1e6))
def test_what_was_spent_and_saved_is_the_cost_of_all_steps(state, last, most, seconds):
    found = saving(state, last, most, seconds)
    assert found.steps + last == max(last, most)
    assert seconds + found.device_seconds == pytest.approx(seconds / last * max(last, most))
