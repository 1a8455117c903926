"""What the supervisor and a training process say to each other: a JSON line each, over two pipes of their own.

The standard streams are the user's: a print never gets between these lines.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter

from hpsearch.trial import Decision
from hpsearch.wire.verbs import Lease, ReportItem, TellItem, Work


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    def line(self) -> bytes:
        """As it goes through the pipe; JSON has no newline inside."""
        return self.model_dump_json().encode() + b"\n"


class Run(_Message):
    """To the training process: run this trial. As many may come as its Room says; one at a time until it says something."""

    kind: Literal["run"] = "run"
    lease: Lease
    work: Work


class Decide(_Message):
    """To the training process: what the server wants of a lease; the trial's next report obeys."""

    kind: Literal["decide"] = "decide"
    lease: str
    decision: Decision
    reason: str | None


class Ready(_Message):
    """From the training process: it has imported its objectives, and takes trials. `device` says what it computes on."""

    kind: Literal["ready"] = "ready"
    device: dict[str, JsonValue]


class Refused(_Message):
    """From the training process: it cannot run its objectives, and ends."""

    kind: Literal["refused"] = "refused"
    message: str


class Room(_Message):
    """From the training process, whenever it changes: how many leases it wants to hold at the same time.

    `capacity` counts those it trains and those that wait inside it. It is absolute: what is on its way meanwhile does no harm, so
    more than it wants may come. `lanes` are those of its present program, `busy` those of them that have a trial.
    """

    kind: Literal["room"] = "room"
    capacity: int = Field(ge=0)
    lanes: int = Field(ge=0)
    busy: int = Field(ge=0)


class Reported(_Message):
    """From the training process: a value."""

    kind: Literal["reported"] = "reported"
    item: ReportItem


class Ended(_Message):
    """From the training process: how the trial ended. It holds the lease no more."""

    kind: Literal["ended"] = "ended"
    item: TellItem


Command = Annotated[Run | Decide, Field(discriminator="kind")]
Event = Annotated[Ready | Refused | Room | Reported | Ended, Field(discriminator="kind")]
COMMAND: TypeAdapter[Run | Decide] = TypeAdapter(Command)
EVENT: TypeAdapter[Ready | Refused | Room | Reported | Ended] = TypeAdapter(Event)
