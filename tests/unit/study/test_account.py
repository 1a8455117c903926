from dataclasses import replace
from datetime import UTC, datetime

import pytest
from domain import study_of

from hpsearch.study import StudyReason, StudyState, failures_pause
from hpsearch.study.account import StudyAccount
from hpsearch.study.study import Budget
from hpsearch.trial import TrialState

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def account(direction="minimize", budget=None, space=None, sampler=None, counts=None, **fields) -> StudyAccount:
    definition = study_of(
        direction=direction,
        budget=budget or {},
        **({"space": space} if space else {}),
        **({"sampler": sampler} if sampler else {}),
    )
    return StudyAccount(
        id=1,
        definition=definition,
        description="",
        budget=definition.budget,
        seed=0,
        state=StudyState.ACTIVE,
        seq=1,
        counts=dict.fromkeys(TrialState, 0) | (counts or {}),
        created_at=NOW,
        updated_at=NOW,
        **{"next_number": 0} | fields,
    )


@pytest.mark.parametrize(
    ("direction", "best", "target", "met"),
    [
        ("minimize", None, 0.5, False),
        ("minimize", 0.6, 0.5, False),
        ("minimize", 0.5, 0.5, True),
        ("minimize", 0.4, 0.5, True),
        ("maximize", 0.4, 0.5, False),
        ("maximize", 0.5, 0.5, True),
        ("maximize", 0.6, 0.5, True),
        ("minimize", -1e300, None, False),
    ],
)
def test_a_target_is_met_by_a_value_as_good(direction, best, target, met):
    found = account(direction, {"target_value": target}, best_value=best)
    assert found.meets_target() is met
    assert found.over() is (StudyReason.TARGET_VALUE if met else None)


@pytest.mark.parametrize(
    ("next_number", "max_trials", "remaining", "reason"),
    [(0, None, None, None), (0, 3, 3, None), (2, 3, 1, None), (3, 3, 0, StudyReason.MAX_TRIALS)],
)
def test_every_number_counts_once_against_the_budget(next_number, max_trials, remaining, reason):
    found = account(budget={"max_trials": max_trials}, next_number=next_number)
    assert found.remaining == remaining
    assert found.exhausted() is reason
    assert found.over() is reason


@pytest.mark.parametrize("state", [TrialState.QUEUED, TrialState.RUNNING, TrialState.PAUSED])
def test_a_study_without_new_trials_is_over_when_every_trial_is_final(state):
    spent = account(budget={"max_trials": 3}, next_number=3, counts={state: 1, TrialState.FAILED: 2})
    assert spent.exhausted() is StudyReason.MAX_TRIALS
    assert spent.over() is None
    assert spent.moved(state, TrialState.CANCELLED).over() is StudyReason.MAX_TRIALS


def test_a_grid_is_exhausted_at_its_end():
    space = {"x": {"type": "int", "low": 1, "high": 6}}
    grid = account(space=space, sampler={"name": "grid"}, grid_position=5)
    assert grid.exhausted() is None
    assert replace(grid, grid_position=6).exhausted() is StudyReason.GRID_EXHAUSTED


def test_time_ends_a_study_whatever_is_under_way():
    found = account(budget={"max_seconds": 60}, counts={TrialState.RUNNING: 3}, active_seconds=59.9)
    assert found.over() is None
    assert replace(found, active_seconds=60.0).over() is StudyReason.MAX_SECONDS


def test_a_later_budget_holds_instead_of_the_first():
    found = account(budget={"max_trials": 3}, next_number=3)
    assert replace(found, budget=Budget(max_trials=4)).exhausted() is None


def test_moving_a_trial_keeps_the_counts_in_balance():
    found = account(counts={TrialState.RUNNING: 2}, next_number=2)
    moved = found.grown(TrialState.QUEUED, 3).moved(TrialState.RUNNING, TrialState.PRUNED)
    assert moved.counts == dict.fromkeys(TrialState, 0) | {
        TrialState.QUEUED: 3,
        TrialState.RUNNING: 1,
        TrialState.PRUNED: 1,
    }
    assert found.counts[TrialState.RUNNING] == 2
    assert (moved.open_trials, moved.ended_trials, moved.next_number) == (4, 1, 5)


@pytest.mark.parametrize(
    ("streak", "ended", "pauses"),
    [
        (4, 4, False),
        (5, 5, True),
        (5, 6, False),
        (9, 30, False),
        (10, 30, True),
        (11, 30, True),
        (0, 0, False),
    ],
)
def test_a_study_pauses_itself_when_its_first_5_or_any_10_in_a_row_fail(streak, ended, pauses):
    assert failures_pause(streak, ended) is pauses
