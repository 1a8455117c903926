"""Every cell of both tables of a trial's life, written out."""

from itertools import product

import pytest

from hpsearch.trial import (
    FINAL,
    TRANSITIONS,
    Decision,
    End,
    ErrorReason,
    TrialState,
    retry_seconds,
    state_after,
)

# What a trial becomes when its running attempt ends: `a / b` is a, or b when this end spent the trial.
TABLE = """
             continue            release             pause               stop        cancel
completed    completed           completed           completed           completed   completed
released     queued / failed     queued              paused              pruned      cancelled
failed       queued / failed     queued / failed     paused / failed     pruned      cancelled
fatal        failed              failed              failed              failed      cancelled
expired      queued / failed     queued / failed     paused / failed     pruned      cancelled
"""


def cells() -> list[tuple[End, Decision, bool, TrialState]]:
    head, *rows = (line.replace(" / ", "/").split() for line in TABLE.strip().splitlines())
    found = []
    for end, *row in rows:
        for decision, cell in zip(head, row, strict=True):
            kept, *spent = cell.split("/")
            found.append((End(end), Decision(decision), False, TrialState(kept)))
            found.append((End(end), Decision(decision), True, TrialState(*spent or [kept])))
    return found


def test_the_table_has_every_cell():
    decisions = set(Decision) - {Decision.LOST}
    assert {cell[:3] for cell in cells()} == set(product(End, decisions, (False, True)))


@pytest.mark.parametrize(("end", "decision", "spent", "state"), cells())
def test_what_a_trial_becomes_when_an_attempt_ends(end, decision, spent, state):
    assert state_after(end, decision, spent=spent) is state


@pytest.mark.parametrize(("end", "decision", "spent", "state"), cells())
def test_an_attempt_ends_in_a_state_that_running_leads_to(end, decision, spent, state):
    assert state_after(end, decision, spent=spent) in TRANSITIONS[TrialState.RUNNING]


# From, to: yes where the table of a trial's life has the transition.
MOVES = """
            queued  running  paused  completed  pruned  failed  cancelled
-           yes     yes      -       -          -       -       -
queued      -       yes      -       -          -       -       yes
running     yes     -        yes     yes        yes     yes     yes
paused      yes     yes      -       -          yes     -       yes
completed   -       -        -       -          -       -       -
pruned      -       -        -       -          -       -       -
failed      -       -        -       -          -       -       -
cancelled   -       -        -       -          -       -       -
"""


def moves() -> list[tuple[TrialState | None, TrialState, bool]]:
    head, *rows = (line.split() for line in MOVES.strip().splitlines())
    return [
        (None if origin == "-" else TrialState(origin), TrialState(target), cell == "yes")
        for origin, *row in rows
        for target, cell in zip(head, row, strict=True)
    ]


@pytest.mark.parametrize(("origin", "target", "allowed"), moves())
def test_which_states_follow_which(origin, target, allowed):
    assert (target in TRANSITIONS.get(origin, ())) is allowed


def test_final_means_final():
    assert {"completed", "pruned", "failed", "cancelled"} == FINAL
    assert [state for state in TrialState if state.is_final] == [
        state for state in TrialState if state not in TRANSITIONS
    ]


def test_decisions_only_grow():
    order = [Decision.CONTINUE, Decision.RELEASE, Decision.PAUSE, Decision.STOP, Decision.CANCEL, Decision.LOST]
    for one, other in product(order, order):
        assert one.grow(other) is order[max(order.index(one), order.index(other))]


@pytest.mark.parametrize(
    ("word", "fatal"),
    [
        ("exception", False),
        ("out_of_memory", False),
        ("killed", False),
        ("io", False),
        ("diverged", True),
        ("invalid_parameters", True),
        ("invalid_settings", True),
        ("segfault", False),
        ("", False),
    ],
)
def test_which_errors_are_worth_another_attempt(word, fatal):
    assert ErrorReason.is_fatal(word) is fatal


def test_the_wait_before_a_retry_doubles():
    assert [retry_seconds(errors) for errors in (1, 2, 3, 4)] == [10.0, 20.0, 40.0, 80.0]
