"""A study's life: its states and why it is in them. Drawn in docs/architecture.md."""

from enum import StrEnum


class StudyState(StrEnum):
    """Who moves a study out of each state is said beside it."""

    ACTIVE = "active"  # its budget, its grid, its own failures, or the user
    PAUSED = "paused"  # the user
    FINISHED = (
        "finished"  # the user: a larger budget, an enqueued trial, or `active` again, unless the reason still holds
    )


class StudyReason(StrEnum):
    """Why a study is paused or finished."""

    USER = "user"
    MAX_TRIALS = "max_trials"
    GRID_EXHAUSTED = "grid_exhausted"
    TARGET_VALUE = "target_value"
    MAX_SECONDS = "max_seconds"
    INVALID_SETTINGS = "invalid_settings"  # paused by itself at the first
    FAILURES = "failures"  # paused by itself: the first FIRST_FAILURES trials, or any FAILURES_IN_A_ROW, failed


FIRST_FAILURES = 5
FAILURES_IN_A_ROW = 10


def failures_pause(streak: int, ended: int) -> bool:
    """Whether a study pauses itself: the last `streak` of its `ended` trials failed, each for another reason than `diverged`."""
    return streak >= FAILURES_IN_A_ROW or (streak >= FIRST_FAILURES and streak == ended)
