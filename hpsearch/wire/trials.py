"""The bodies about trials that people and dashboards get from the server."""

from pydantic import Field, JsonValue

from hpsearch.space import Value
from hpsearch.trial import Decision, End, TrialState
from hpsearch.wire.base import Answer, Number, Time


class ErrorView(Answer):
    """Why an attempt failed."""

    reason: str
    message: str
    traceback: str | None


class CheckpointView(Answer):
    """Stored weights or state."""

    ref: str
    step: int


class TrialView(Answer):
    """A trial as it stands."""

    study: str
    number: int
    state: TrialState
    params: dict[str, Value]
    seed: int
    values: list[Number] | None = Field(
        description="One an objective; of a pruned trial its value when it was decided."
    )
    metrics: dict[str, Number]
    best_step: int | None
    last_step: int | None = Field(description="The greatest step reported.")
    attempts: int = Field(description="Attempts so far.")
    error: ErrorView | None = Field(description="The last attempt's error.")
    reason: str | None = Field(
        description="Why it is in this state, where that is not plain: a pruner, study_over, lost ..."
    )
    checkpoint: CheckpointView | None
    enqueued: bool = Field(description="Given by the user, not by the sampler.")
    created_at: Time
    started_at: Time | None
    finished_at: Time | None
    seq: int

    @property
    def value(self) -> float | None:
        """The first objective's value."""
        return self.values[0] if self.values else None


class AttemptView(Answer):
    """One execution of a trial by one worker."""

    number: int
    worker: str
    started_at: Time
    ended_at: Time | None
    end: End | None = Field(description="How it ended; null while it is open.")
    decision: Decision
    decision_reason: str | None
    error: ErrorView | None
    best_step: int | None
    device_seconds: float | None
    trace: dict[str, JsonValue] | None


class TrialDetail(TrialView):
    """A trial with its attempts, and the names of its artifacts."""

    history: list[AttemptView]
    artifacts: list[str]


class ReportView(Answer):
    """One reported value."""

    step: int
    value: Number
    metrics: dict[str, Number]
    attempt: int
    at: Time
