"""What a study took, when and where its attempts ran, and where its pruner ended trials."""

from pydantic import Field

from hpsearch.trial import Decision, End
from hpsearch.wire.base import Answer, Number


class Spent(Answer):
    """Attempts that ended in one way."""

    end: End | None = Field(description="How they ended; null of those that are open.")
    count: int = Field(description="How many.")
    device_seconds: float = Field(description="Device time that they used, as their workers told.")
    seconds: float = Field(description="Their time by the clock, from grant to end.")


class Costs(Answer):
    """What a study took, and what early ends saved."""

    device_seconds: float = Field(description="Device time of all attempts.")
    seconds: float = Field(description="Time by the clock of all attempts that have ended, added up.")
    spent: list[Spent] = Field(description="The same by how attempts ended: what expired or failed was lost.")
    saved_steps: int | None = Field(
        description="Steps that early stopping and the pruner saved; null where the objective's limit is not known."
    )
    saved_device_seconds: float | None = Field(
        description="Device time that those would have taken, of trials that tell what a step of theirs takes."
    )


class Timeline(Answer):
    """Attempts of the newest trials, as columns of equal length."""

    trial: list[int] = Field(description="Number of the trial, falling.")
    attempt: list[int] = Field(description="Number of the attempt.")
    worker: list[str] = Field(description="Name of the worker.")
    host: list[str | None] = Field(description="The machine that it told.")
    started: list[float] = Field(description="When it was granted, in seconds since 1970 UTC.")
    ended: list[float | None] = Field(description="When it ended; null while it is open.")
    end: list[End | None] = Field(description="How it ended.")
    decision: list[Decision] = Field(description="What the server wanted of it last.")
    reason: list[str | None] = Field(description="Why it failed, else why that was wanted.")


class RungView(Answer):
    """One rung."""

    rung: int = Field(description="Step of the rung.")
    reached: int = Field(description="Trials that were compared there.")
    stopped: int = Field(description="Those of them that the pruner ended before the next rung.")
    least: Number = Field(description="Least value there.")
    greatest: Number = Field(description="Greatest value there.")
    bar: Number | None = Field(
        default=None,
        description="The worst value with which another trial would go on from there now; null where any would.",
    )


class Rungs(Answer):
    """Where trials were compared, and where they ended."""

    rungs: list[RungView] = Field(description="The lowest first; empty without a pruner that has rungs.")
