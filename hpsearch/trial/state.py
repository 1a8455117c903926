"""A trial's life: its states, the decisions about it, and the one function that says what follows when an attempt ends.

The same rules are drawn in docs/architecture.md.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class TrialState(StrEnum):
    """Who moves a trial out of each state is said beside it; final means final."""

    QUEUED = "queued"  # the next ask, or a cancel
    RUNNING = "running"  # the end of its attempt: a tell, or an expiry
    PAUSED = "paused"  # waits at a rung: a promotion, the study's end, or a cancel
    COMPLETED = "completed"  # final
    PRUNED = "pruned"  # final
    FAILED = "failed"  # final
    CANCELLED = "cancelled"  # final

    @property
    def is_final(self) -> bool:
        """Whether nothing ever leaves this state."""
        return self in FINAL


FINAL = frozenset({TrialState.COMPLETED, TrialState.PRUNED, TrialState.FAILED, TrialState.CANCELLED})

TRANSITIONS: Mapping[TrialState | None, frozenset[TrialState]] = MappingProxyType(
    {
        None: frozenset({TrialState.RUNNING, TrialState.QUEUED}),  # asked for; enqueued by the user
        TrialState.QUEUED: frozenset({TrialState.RUNNING, TrialState.CANCELLED}),
        TrialState.RUNNING: FINAL | {TrialState.QUEUED, TrialState.PAUSED},
        TrialState.PAUSED: frozenset({TrialState.QUEUED, TrialState.RUNNING, TrialState.PRUNED, TrialState.CANCELLED}),
    }
)
"""Every transition there is; `queued` and `paused` to `running` are a grant, or late work that reopens an expired attempt."""


class Decision(StrEnum):
    """What the server wants of a running attempt. It only grows, in the order of declaration; `lost` is never stored."""

    CONTINUE = "continue"  # train on
    RELEASE = "release"  # the study is paused: keep a checkpoint, give the trial back
    PAUSE = "pause"  # a rung: likewise
    STOP = "stop"  # the end: pruned, or the study is over
    CANCEL = "cancel"  # the user's word
    LOST = "lost"  # the attempt has ended and cannot be reopened: drop it

    @property
    def rank(self) -> int:
        """Its place in release < pause < stop < cancel."""
        return list(Decision).index(self)

    def grow(self, other: "Decision") -> "Decision":
        """The stronger of both."""
        return max(self, other, key=lambda decision: decision.rank)


class End(StrEnum):
    """How an attempt ended."""

    COMPLETED = "completed"
    RELEASED = "released"
    FAILED = "failed"  # may be tried again
    FATAL = "fatal"
    EXPIRED = "expired"


class ErrorReason(StrEnum):
    """Why an attempt failed. `released` and `lost` are the server's, for trials that are spent; the rest a worker tells."""

    EXCEPTION = "exception"
    OUT_OF_MEMORY = "out_of_memory"
    KILLED = "killed"
    IO = "io"
    DIVERGED = "diverged"
    INVALID_PARAMETERS = "invalid_parameters"
    INVALID_SETTINGS = "invalid_settings"
    RELEASED = "released"
    LOST = "lost"

    @staticmethod
    def is_fatal(word: str) -> bool:
        """Whether trying the trial again would end the same way; a worker's own word counts as an exception."""
        return word in _FATAL


_FATAL = frozenset({ErrorReason.DIVERGED, ErrorReason.INVALID_PARAMETERS, ErrorReason.INVALID_SETTINGS})

RETRY_SECONDS = 10.0
"""The wait before the first retry after an error; it doubles with each."""


def retry_seconds(errors: int) -> float:
    """The wait before a trial is granted again after its `errors`-th error, in seconds."""
    return RETRY_SECONDS * 2.0 ** (errors - 1)


def state_after(end: End, decision: Decision, *, spent: bool) -> TrialState:
    """The state of a trial whose running attempt ended so, under the decision then standing.

    `spent`: this end used up the trial's allowance of its kind (errors, expiries, or releases under `continue`). A value that
    is not finite has been turned into End.FATAL before.
    """
    if end is End.COMPLETED:
        return TrialState.COMPLETED
    if decision is Decision.CANCEL:
        return TrialState.CANCELLED
    if end is End.FATAL:
        return TrialState.FAILED
    if decision is Decision.STOP:
        return TrialState.PRUNED
    if end is End.RELEASED:
        if decision is Decision.PAUSE:
            return TrialState.PAUSED
        return TrialState.FAILED if spent and decision is Decision.CONTINUE else TrialState.QUEUED
    if spent:
        return TrialState.FAILED
    return TrialState.PAUSED if decision is Decision.PAUSE else TrialState.QUEUED
