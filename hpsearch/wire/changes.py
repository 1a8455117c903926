"""What live readers get: the changes of studies, as server-sent events."""

from pydantic import Field

from hpsearch.study import Budget, StudyReason, StudyState
from hpsearch.study.tags import Tags
from hpsearch.wire.base import Answer, Number, Time
from hpsearch.wire.studies import Counts
from hpsearch.wire.trials import Change


class StudyEvent(Change):
    """One change of a study or of one of its trials."""

    trial: int | None = Field(description="Number of the trial; null for the study itself.")
    from_state: str | None = Field(description="The state before; null at the beginning.")
    to_state: str | None = Field(description="The state after.")


class StudyChange(Answer):
    """A study changed: how it stands now. What else changed is in `columns?since=` the `seq` that the reader has."""

    study: str = Field(description="Name of the study.")
    seq: int = Field(description="The study's `seq`; as the event's id it is where a broken stream goes on.")
    deleted: bool = Field(default=False, description="It is gone; nothing follows of it.")
    state: StudyState = Field(description="Whether trials are granted.")
    reason: StudyReason | None = Field(description="Why it is paused or finished.")
    reason_detail: str | None = Field(description="What exactly, where the reason has something to tell.")
    description: str = Field(description="What it is for.")
    tags: Tags = Field(description="Its labels.")
    budget: Budget = Field(description="What it may spend.")
    counts: Counts = Field(description="Its trials by state.")
    best_trial: int | None = Field(description="Number of the best completed trial; null for several objectives.")
    best_value: Number | None = Field(description="Its value.")
    active_seconds: float = Field(description="Time spent active, gaps in service left out.")
    updated_at: Time = Field(description="When it changed last.")
    events: list[StudyEvent] = Field(
        default_factory=list, description="What happened since the last message, in order; of one study's stream alone."
    )
    complete: bool = Field(
        default=True, description="False: more happened than `events` can hold; read the study's history."
    )
