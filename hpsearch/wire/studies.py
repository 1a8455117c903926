"""The bodies about studies that people and dashboards exchange with the server."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from hpsearch.space import Name, Value
from hpsearch.space.parameter import Finite
from hpsearch.study import Study, StudyReason, StudyState
from hpsearch.study.tags import Tags
from hpsearch.validation import Shown, problem
from hpsearch.wire.base import LARGEST_NUMBER, Answer, Number, Page, Request, Time
from hpsearch.wire.status import WorkerStatus
from hpsearch.wire.trials import TrialView
from hpsearch.wire.verbs import RequestId


class Counts(Answer):
    """Trials by state."""

    queued: int = Field(default=0, description="Waiting to be granted.")
    running: int = Field(default=0, description="Under an open lease.")
    paused: int = Field(default=0, description="Waiting at a rung.")
    completed: int = Field(default=0, description="Trained to the end.")
    pruned: int = Field(default=0, description="Ended early by a decision.")
    failed: int = Field(default=0, description="Ended by an error.")
    cancelled: int = Field(default=0, description="Ended by the user, or with the study.")

    @property
    def total(self) -> int:
        """All trials that have a number."""
        return self.queued + self.running + self.paused + self.final

    @property
    def final(self) -> int:
        """Those in a final state."""
        return self.completed + self.pruned + self.failed + self.cancelled


class StudyView(Answer):
    """A study as it stands: its definition, its state, its accounts."""

    definition: Study = Field(
        description="What was sent at creation, defaults filled in, later changes of budget, description and tags applied."
    )
    name: str = Field(description="Name of the study.")
    state: StudyState = Field(description="Whether trials are granted.")
    reason: StudyReason | None = Field(description="Why it is paused or finished.")
    reason_detail: str | None = Field(
        description="The message behind the reason, such as that of the first invalid_settings."
    )
    seed: int = Field(description="The sampler's seed, given or drawn.")
    counts: Counts = Field(description="Its trials by state.")
    grid_size: int | None = Field(description="Points of the grid; null for other samplers.")
    best_trial: int | None = Field(description="Number of the best completed trial; null for several objectives.")
    best_value: Number | None = Field(description="Its value.")
    active_seconds: float = Field(description="Time spent active, gaps in service left out.")
    created_at: Time = Field(description="When it was created.")
    updated_at: Time = Field(description="When it changed last.")
    seq: int = Field(description="Grows with every change of the study.")


class StudyCounts(Answer):
    """Studies by state."""

    active: int = Field(description="Trials are granted.")
    paused: int = Field(description="None are for now.")
    finished: int = Field(description="None are any more.")


class StudyPage(Page[StudyView]):
    """One page of studies; `next_cursor` asks for the next in the same order, null at the end."""

    counts: StudyCounts = Field(description="How many have what `search` and `tag` ask for, whatever `state` asks for.")


class BudgetPatch(Request):
    """Limits to change; absent ones stay, null lifts one."""

    max_trials: Annotated[int, Field(ge=1, le=10_000_000, strict=True)] | None = Field(
        default=None, description="Most trials."
    )
    max_seconds: Annotated[Finite, Field(gt=0)] | None = Field(default=None, description="Most seconds active.")
    target_value: Finite | None = Field(default=None, description="Finished when a completed trial is this good.")


class TagsPatch(Request):
    """Tags to add and to remove; others stay. To add one that is there, or remove one that is not, changes nothing."""

    add: Tags = Field(default=(), description="Tags that it is to have.")
    remove: Tags = Field(default=(), description="Tags that it is not to have.")

    @model_validator(mode="after")
    def _check(self) -> "TagsPatch":
        if both := sorted({*self.add}.intersection(self.remove)):
            raise problem("remove", f"must not name what is added: {both[0]}")
        return self


class StudyPatch(Request):
    """What may change after creation. Absent fields stay; in `budget`, null lifts a limit."""

    state: Literal["active", "paused", "finished"] | None = Field(default=None, description="Resume, pause or stop.")
    budget: BudgetPatch | None = Field(default=None, description="Extend, or cut down to no less than what was spent.")
    description: Annotated[Shown, Field(max_length=10_000)] | None = Field(default=None, description="Free text.")
    tags: TagsPatch | None = Field(default=None, description="Change its labels.")


class Enqueue(Request):
    """A trial to run before new suggestions: give exactly one of `params` and `from_trial`."""

    request_id: RequestId
    params: Annotated[dict[Name, Value], Field(max_length=300)] | None = Field(
        default=None, description="A point of the search space."
    )
    from_trial: Annotated[int, Field(ge=0, le=LARGEST_NUMBER, strict=True)] | None = Field(
        default=None, description="Run this trial's parameters again as a new trial."
    )


class Best(Answer):
    """The best trial; for several objectives the Pareto front."""

    trials: list[TrialView] = Field(description="Best first; empty while no trial is completed.")


class TestRecord(Answer):
    """One opening of the sealed test data: who, when, for which trial, and what came out."""

    id: int = Field(description="Number of the record within the study, from 1.")
    trial: int = Field(description="Number of the trial.")
    who: str = Field(description="Whose token it was.")
    at: Time = Field(description="When it was opened.")
    metrics: dict[str, Number] | None = Field(description="The result; null until it is told.")


class TestRequest(Request):
    """Opens the test data for a trial of a finished study."""

    trial: Annotated[int, Field(ge=0, le=LARGEST_NUMBER, strict=True)] | None = Field(
        default=None, description="The best trial without it."
    )


class TestResult(Request):
    """What the evaluation on the test data gave."""

    metrics: Annotated[dict[Name, Number], Field(min_length=1, max_length=200)] = Field(description="Numbers by name.")


class HostFailures(Answer):
    """What the attempts of all the project's workers came to on one host."""

    host: str = Field(description="Name of the host, as workers told it with their asks; else that of the worker.")
    failed: int = Field(description="Attempts there that failed or expired, but for those that the parameters explain.")
    completed_elsewhere: int = Field(description="Those of them whose trial was completed on another host.")
    suspicion: str | None = Field(
        description="Said when the host fails trials that succeed elsewhere, and is probably at fault; else null."
    )


class WorkerView(Answer):
    """A worker that has been heard of."""

    name: str = Field(description="Name of the worker.")
    status: dict[str, object] = Field(description="What it told last: host, device, memory ...")
    told: WorkerStatus = Field(
        default_factory=WorkerStatus, description="The same as readers may rely on it: what is strange is left out."
    )
    open_leases: int = Field(description="Leases that it holds.")
    failed: int = Field(
        default=0, description="Attempts of its that failed or expired, but for those that the parameters explain."
    )
    completed_elsewhere: int = Field(
        default=0,
        description="Those of them whose trial was completed on another host: many mean that a host is at fault.",
    )
    hosts: list[HostFailures] = Field(
        default_factory=list, description="The host where it is and those where it failed, of those that have failures."
    )
    first_seen: Time = Field(description="When it asked for the first time.")
    last_seen: Time = Field(description="When it was heard of last.")
    silent_seconds: float = Field(default=0.0, description="Seconds since then, by the server's clock.")
    is_silent: bool = Field(
        default=False, description="Whether these are more than the term of a lease: workers renew four times as often."
    )
