"""The bodies about trials that people and dashboards get from the server."""

from pydantic import Field, JsonValue

from hpsearch.space import Value
from hpsearch.trial import Decision, End, TrialState
from hpsearch.wire.base import Answer, Number, Time


class ErrorView(Answer):
    """Why an attempt failed."""

    reason: str = Field(description="What kind of error, such as `exception` or `out_of_memory`.")
    message: str = Field(description="What its worker said of it.")
    traceback: str | None = Field(description="Where it happened, if its worker told.")


class CheckpointView(Answer):
    """Stored weights or state."""

    ref: str = Field(description="Where it is; opaque to the server.")
    step: int = Field(description="Finished steps that it holds.")


class TrialView(Answer):
    """A trial as it stands."""

    study: str = Field(description="Name of the study.")
    number: int = Field(description="Number within the study, from 0.")
    state: TrialState = Field(description="Where it is in its life.")
    params: dict[str, Value] = Field(description="The values of the active parameters.")
    seed: int = Field(description="Seed of the trial, the same for every attempt.")
    values: list[Number] | None = Field(
        description="One an objective; of a pruned trial its value when it was decided."
    )
    metrics: dict[str, Number] = Field(description="Further numbers by name, of the best step.")
    best_step: int | None = Field(description="The step that gave `values`.")
    last_step: int | None = Field(description="The greatest step reported.")
    attempts: int = Field(description="Attempts so far.")
    error: ErrorView | None = Field(description="The last attempt's error.")
    reason: str | None = Field(
        description="Why it is in this state, where that is not plain: a pruner, study_over, lost ..."
    )
    checkpoint: CheckpointView | None = Field(description="The newest one.")
    enqueued: bool = Field(description="Given by the user, not by the sampler.")
    created_at: Time = Field(description="When it got its number.")
    started_at: Time | None = Field(description="When its first attempt began.")
    finished_at: Time | None = Field(description="When it reached its final state.")
    seq: int = Field(description="The study's `seq` when the trial changed last.")

    @property
    def value(self) -> float | None:
        """The first objective's value."""
        return self.values[0] if self.values else None


class AttemptView(Answer):
    """One execution of a trial by one worker."""

    number: int = Field(description="Number within the trial, from 1.")
    worker: str = Field(description="Name of the worker.")
    host: str | None = Field(
        default=None, description="The machine that it told when it asked; null where it told none."
    )
    started_at: Time = Field(description="When it was granted.")
    ended_at: Time | None = Field(description="When it ended; null while it is open.")
    end: End | None = Field(description="How it ended; null while it is open.")
    decision: Decision = Field(description="What the server wants of it.")
    decision_reason: str | None = Field(description="Why, where it is not `continue`.")
    error: ErrorView | None = Field(description="Why it failed.")
    best_step: int | None = Field(description="The step that gave its values.")
    device_seconds: float | None = Field(description="Seconds of device time used, as its worker told.")
    trace: dict[str, JsonValue] | None = Field(description="Which programs trained it, as its worker told.")


class TrialDetail(TrialView):
    """A trial with its attempts, and the names of its artifacts."""

    history: list[AttemptView] = Field(description="Its attempts, the first first.")
    artifacts: list[str] = Field(description="Names of its artifacts.")


class Change(Answer):
    """What is said of every change, be it of a trial or of its study."""

    attempt: int | None = Field(description="Number of the attempt that it was about; null for what people do.")
    cause: str = Field(description="What happened: ask, tell, expired, cancel ...")
    who: str = Field(description="Who did it: a worker, the holder of a token, or the service itself.")
    at: Time = Field(description="When.")
    seq: int = Field(description="The study's `seq` at this change.")
    host: str | None = Field(default=None, description="The machine of the attempt, where its worker told it.")
    reason: str | None = Field(default=None, description="Why the attempt failed, where the change is that it did.")


class EventView(Change):
    """One change of a trial."""

    from_state: TrialState | None = Field(description="The state before; null at the beginning.")
    to_state: TrialState | None = Field(description="The state after.")


class ReportView(Answer):
    """One reported value."""

    step: int = Field(description="Finished epochs, or what the objective counts.")
    value: Number = Field(description="The (first) objective's value.")
    metrics: dict[str, Number] = Field(description="Further numbers by name.")
    attempt: int = Field(description="Number of the attempt that reported it.")
    at: Time = Field(description="When it was stored.")
