"""Trials, their attempts and their reports, as values: what the database keeps of each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from hpsearch.identity import DEFAULT_PROJECT
from hpsearch.space import Params
from hpsearch.trial.state import Decision, End, TrialState


def trial_seed(study_seed: int, number: int) -> int:
    """The seed of a trial, 0 <= seed < 2**31: a function of the study's seed and the number, the same for every attempt."""
    return int.from_bytes(sha256(f"hpsearch trial {study_seed} {number}".encode()).digest()[:4], "big") >> 1


@dataclass(frozen=True, slots=True)
class TrialError:
    """Why an attempt failed; `reason` is an ErrorReason or a worker's own word."""

    reason: str
    message: str
    traceback: str | None = None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Stored state of a training: where (opaque to the server), and after how many steps."""

    ref: str
    step: int


@dataclass(frozen=True, slots=True)
class Report:
    """One reported value: `step` counts finished epochs from 1."""

    step: int
    value: float
    metrics: Mapping[str, float]
    attempt: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Attempt:
    """One execution of a trial by one worker. `token` proves the right to write; no read shows it, nor does repr.

    `host` is the machine that the worker told when it asked; None where it told none.
    """

    study_id: int
    trial: int
    number: int
    token: str = field(repr=False)
    worker: str
    request_id: str
    position: int
    request_digest: str
    started_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    end: End | None = None
    decision: Decision = Decision.CONTINUE
    decision_reason: str | None = None
    decision_step: int | None = None
    tell_digest: str | None = None
    error: TrialError | None = None
    best_step: int | None = None
    device_seconds: float | None = None
    trace: Mapping[str, object] | None = None
    project: str = DEFAULT_PROJECT
    host: str | None = None

    @property
    def key(self) -> tuple[int, int, int]:
        """Its place: study, trial, attempt."""
        return self.study_id, self.trial, self.number

    @property
    def is_open(self) -> bool:
        """Whether it may still write."""
        return self.ended_at is None


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial as it stands.

    `errors`, `expiries` and `releases` are charged against the study's `attempts`. `view_seq` is the study's seq that its
    suggestion saw; `final_seq` the one that made it final. `values` has one number an objective.
    """

    study_id: int
    number: int
    state: TrialState
    params: Params
    seed: int
    seq: int
    view_seq: int
    created_at: datetime
    grid_index: int | None = None
    enqueued: bool = False
    request_id: str | None = None
    request_digest: str | None = None
    attempts: int = 0
    errors: int = 0
    expiries: int = 0
    releases: int = 0
    not_before: datetime | None = None
    values: tuple[float, ...] | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    best_step: int | None = None
    last_step: int | None = None
    error: TrialError | None = None
    reason: str | None = None
    checkpoint: Checkpoint | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    final_seq: int | None = None

    @property
    def key(self) -> tuple[int, int]:
        """Its place: study, number."""
        return self.study_id, self.number

    @property
    def value(self) -> float | None:
        """The first objective's value."""
        return self.values[0] if self.values else None
