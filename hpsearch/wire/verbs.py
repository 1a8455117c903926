"""The bodies of the four verbs of the protocol: ask, report, tell, renew."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, JsonValue, model_validator

from hpsearch.space import Name, Value
from hpsearch.space.parameter import Finite
from hpsearch.study import Direction, ObjectiveName
from hpsearch.trial import Decision, TrialState
from hpsearch.validation import LARGEST_DOCUMENT, Line, Shown, at_most, check_shown_within, json_at_most, problem
from hpsearch.wire.base import MAX_ITEMS, Answer, Number, Request

Token = Annotated[
    str,
    Field(
        min_length=1, max_length=100, description="The lease's token.", examples=["5f1c0c7e4b0f4a0e9f1f0a2d8c6b7e31"]
    ),
]
RequestId = Annotated[
    Line,
    Field(min_length=1, max_length=100, description="Drawn by the caller; the same one again repeats the request."),
]
Step = Annotated[
    int,
    Field(
        ge=0,
        le=2**53 - 1,
        strict=True,
        description="Finished epochs, from 1; a user's code may use any whole number >= 0.",
    ),
]
Host = Annotated[Shown, Field(min_length=1, max_length=255, pattern=r"^[^\t\n]+$")]
Metrics = Annotated[dict[Name, Number], Field(max_length=200)]
Text = Annotated[Shown, Field(max_length=64_000)]


_SHOWN = AfterValidator(check_shown_within)


class Checkpoint(Request):
    """Stored state of a training; complete before it is named."""

    ref: Shown = Field(min_length=1, max_length=4000, description="Where it is; opaque to the server.")
    step: Step


class Ask(Request):
    """What a worker wants to run."""

    worker: Name = Field(description="Name of the worker.", examples=["gpu-7.0"])
    request_id: RequestId
    count: Annotated[int, Field(ge=1, le=MAX_ITEMS, strict=True)] = Field(default=1, description="Most trials wanted.")
    studies: Annotated[tuple[Name, ...], Field(min_length=1, max_length=MAX_ITEMS), at_most(MAX_ITEMS)] | None = Field(
        default=None, description="Only from these studies; from any without it."
    )
    objectives: Annotated[tuple[ObjectiveName, ...], Field(max_length=MAX_ITEMS), at_most(MAX_ITEMS)] | None = Field(
        default=None, description="Only of studies with these objectives: what the worker can run."
    )
    wait_seconds: Annotated[Finite, Field(ge=0, le=60)] = Field(
        default=0.0, description="Wait this long while there is nothing to grant."
    )
    host: Host | None = Field(
        default=None,
        description="Name of the machine that will run them: failures are counted by it; by the worker's name without it.",
        examples=["gpu-7"],
    )


class Lease(Answer):
    """The right of one attempt to write to its trial."""

    lease: str = Field(description="The token; it proves the right to write.")
    study: str = Field(description="Name of the study.")
    trial: int = Field(description="Number of the trial, from 0.")
    attempt: int = Field(description="Number of the attempt, from 1.")
    params: dict[str, Value] = Field(description="The values of the active parameters.")
    seed: int = Field(description="Seed of the trial, 0 <= seed < 2**31: the same for every attempt.")
    resume: Checkpoint | None = Field(default=None, description="The trial's newest checkpoint.")


class Work(Answer):
    """What a worker needs to know of a study."""

    objective: str = Field(description="The objective that trains its trials.")
    settings: dict[str, JsonValue] = Field(description="The objective's settings.")
    metric: str | tuple[str, ...] = Field(description="What is reported; a list for several objectives.")
    direction: Direction | tuple[Direction, ...] = Field(
        description="Which values are better; a list for several objectives."
    )
    max_trials: int | None = Field(
        default=None, description="Trials that the study's budget allows now; null without a limit."
    )


class Asked(Answer):
    """The leases granted; an empty list when there was nothing to grant."""

    leases: list[Lease] = Field(description="The leases, in the order of their trials' numbers.")
    studies: dict[str, Work] = Field(description="The studies of these leases.")
    lease_seconds: float = Field(description="Term of a lease.")
    renew_seconds: float = Field(description="Renew after this many seconds.")
    finished: bool = Field(description="Every study asked for is finished; false when none was named.")


class ReportItem(Request):
    """One value of a running trial."""

    lease: Token
    step: Step
    value: Number = Field(description="The (first) objective's value at this step.")
    metrics: Metrics = Field(default_factory=dict, description="Further numbers by name.")
    checkpoint: Checkpoint | None = Field(default=None, description="Its newest checkpoint.")


class Report(Request):
    """Values of running trials."""

    items: Annotated[list[ReportItem], Field(min_length=1, max_length=MAX_ITEMS)] = Field(description="The values.")


class DecisionItem(Answer):
    """What the server wants of one attempt."""

    lease: str = Field(description="The lease's token.")
    decision: Decision = Field(description="What to do with the attempt.")
    reason: str | None = Field(default=None, description="Why, where it is not `continue`.")
    code: str | None = Field(
        default=None, description="Set when the item was refused: `lease_unknown`, `lease_lost`, `report_conflict`."
    )


class Reported(Answer):
    """One answer an item, in the order of the items."""

    items: list[DecisionItem] = Field(description="One decision each.")


class TellError(Request):
    """Why an attempt failed."""

    reason: Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,49}$")] = Field(
        description="exception, out_of_memory, killed, io (tried again); diverged, invalid_parameters, invalid_settings (fatal); "
        "any other word counts as an exception."
    )
    message: Text = Field(description="For people.")
    traceback: Text | None = Field(default=None, description="Where it happened.")


class TellItem(Request):
    """How an attempt ended."""

    lease: Token
    state: Literal["completed", "failed", "released"] = Field(description="How it ended; `released` gives it back.")
    values: Annotated[tuple[Number, ...], Field(min_length=1, max_length=8), at_most(8)] | None = Field(
        default=None, description="One value an objective; needed with `completed`."
    )
    metrics: Metrics = Field(default_factory=dict, description="Further numbers by name, of the best step.")
    best_step: Step | None = Field(default=None, description="The step that gave `values`.")
    error: TellError | None = Field(default=None, description="Needed with `failed`.")
    checkpoint: Checkpoint | None = Field(default=None, description="Its newest checkpoint.")
    device_seconds: Annotated[Finite, Field(ge=0)] | None = Field(
        default=None, description="Seconds of device time used."
    )
    artifacts: Annotated[dict[Name, JsonValue], json_at_most(LARGEST_DOCUMENT)] = Field(
        default_factory=dict, description="JSON by name, 256 kB together."
    )
    trace: Annotated[dict[str, JsonValue], json_at_most(4_000), _SHOWN] | None = Field(
        default=None, description="Which programs trained it, 4 kB."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.state == "completed" and self.values is None:
            raise problem("values", "are needed with `completed`")
        if self.state == "failed" and self.error is None:
            raise problem("error", "is needed with `failed`")
        return self


class Tell(Request):
    """How attempts ended."""

    items: Annotated[list[TellItem], Field(min_length=1, max_length=MAX_ITEMS)] = Field(description="The ends.")


class ToldItem(Answer):
    """Whether the end of one attempt was stored."""

    lease: str = Field(description="The lease's token.")
    accepted: bool = Field(description="Whether the end is stored, now or by an equal tell before.")
    trial_state: TrialState | None = Field(description="State of the trial now; null for an unknown lease.")
    code: str | None = Field(
        default=None,
        description="Set when refused: `lease_unknown`, `lease_lost`, `tell_conflict` (another tell was stored), `invalid_values`.",
    )


class Told(Answer):
    """One answer an item, in the order of the items."""

    items: list[ToldItem] = Field(description="One answer each.")


class Renew(Request):
    """Prolongs leases, and tells how the worker is."""

    worker: Name = Field(description="Name of the worker.", examples=["gpu-7.0"])
    leases: Annotated[list[Token], Field(max_length=MAX_ITEMS)] = Field(description="The leases it holds.")
    status: Annotated[dict[str, JsonValue], json_at_most(4_000), _SHOWN] | None = Field(
        default=None,
        description="host, device, memory, lanes, busy lanes ...; 4 kB.",
        examples=[{"host": "gpu-7", "lanes": 16}],
    )


class Renewed(Answer):
    """One answer a lease, in the order of the leases."""

    items: list[DecisionItem] = Field(description="One decision each.")
    lease_seconds: float = Field(description="Term of a lease from now.")
