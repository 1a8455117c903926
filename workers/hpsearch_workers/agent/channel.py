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
    """To the training process: run this trial. The next comes only after Ended."""

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
    """From the training process: it has imported its objectives. `device` says what it computes on."""

    kind: Literal["ready"] = "ready"
    device: dict[str, JsonValue]


class Refused(_Message):
    """From the training process: it cannot run its objectives, and ends."""

    kind: Literal["refused"] = "refused"
    message: str


class Reported(_Message):
    """From the training process: a value."""

    kind: Literal["reported"] = "reported"
    item: ReportItem


class Ended(_Message):
    """From the training process: how the trial ended. It is idle now."""

    kind: Literal["ended"] = "ended"
    item: TellItem


Command = Annotated[Run | Decide, Field(discriminator="kind")]
Event = Annotated[Ready | Refused | Reported | Ended, Field(discriminator="kind")]
COMMAND: TypeAdapter[Run | Decide] = TypeAdapter(Command)
EVENT: TypeAdapter[Ready | Refused | Reported | Ended] = TypeAdapter(Event)
