"""A study: what is searched, how, and within which budget. The same class is the study file and the request body."""

from collections.abc import Iterator
from enum import StrEnum
from functools import cached_property
from math import isfinite
from typing import Annotated

from pydantic import ConfigDict, Field, JsonValue, field_validator, model_validator

from hpsearch.errors import FieldError, InvalidInput
from hpsearch.space import Grid, Name, SearchSpace
from hpsearch.space.parameter import Finite
from hpsearch.study.pruner import NoPruner, Pruner
from hpsearch.study.sampler import GridSampler, Sampler, TpeSampler
from hpsearch.study.tags import Tags
from hpsearch.validation import (
    LARGEST_DOCUMENT,
    LONGEST_NAME,
    Definition,
    Shown,
    at_most,
    check_shown_within,
    json_at_most,
    problem,
    problems,
)

MOST_POINTS = 10**300
"""Points of the largest grid: a number that every reader of JSON can hold, if rounded."""


class Direction(StrEnum):
    """Which values are better."""

    MINIMIZE = "minimize"
    MAXIMIZE = "maximize"

    def better(self, a: float, b: float) -> bool:
        """Whether `a` is strictly better than `b`; a number is better than NaN."""
        if a != a or b != b:
            return a == a and b != b
        return a < b if self is Direction.MINIMIZE else a > b

    @property
    def worst(self) -> float:
        """The infinity that no value is worse than."""
        return float("inf") if self is Direction.MINIMIZE else float("-inf")


class Budget(Definition):
    """What the study may spend; it is finished at the first limit that is reached. A limit that is absent or null does not hold."""

    max_trials: Annotated[int, Field(ge=1, le=10_000_000, strict=True)] | None = Field(
        default=None, description="Exactly this many trials, however many workers ask."
    )
    max_seconds: Annotated[Finite, Field(gt=0)] | None = Field(
        default=None, description="Seconds that the study may be active, gaps in service left out."
    )
    target_value: Finite | None = Field(default=None, description="Finished when a completed trial is this good.")


class Attempts(Definition):
    """How often a trial may be tried: its n-th error, expiry or release spends it."""

    errors: Annotated[int, Field(ge=1, le=1000, strict=True)] = Field(
        default=2, description="The error that spends it."
    )
    expiries: Annotated[int, Field(ge=1, le=1000, strict=True)] = Field(
        default=3, description="The expiry that spends it."
    )
    releases: Annotated[int, Field(ge=1, le=100_000, strict=True)] = Field(
        default=50, description="The release that spends it, but for those the server asked for."
    )


ObjectiveName = Annotated[
    str,
    Field(
        pattern=r"^([a-z0-9_]+/[a-z0-9_]+|[A-Za-z_][\w.]*:[A-Za-z_][\w.]*)$",
        max_length=200,
        description="A built-in objective (`flax/mlp`), or `module:attribute` of the user's code.",
        examples=["flax/mlp"],
    ),
]


class Study(Definition):
    """The definition of a study. Frozen; unknown fields are refused."""

    model_config = ConfigDict(title="hpsearch study")

    name: Name = Field(description="Its name: letters, digits, `.`, `_` and `-`, at most 100.", examples=["digits-mlp"])
    description: Shown = Field(default="", max_length=10_000, description="Free text.")
    tags: Tags = Field(
        default=(),
        description="Labels to find it by: a set of at most 20, of 64 characters each. No part of the search.",
    )
    objective: ObjectiveName
    direction: Direction | Annotated[tuple[Direction, ...], Field(min_length=2, max_length=8), at_most(8)] = Field(
        default=Direction.MINIMIZE, description="`minimize` or `maximize`; a list for several objectives."
    )
    metric: Name | Annotated[tuple[Name, ...], Field(min_length=2, max_length=8), at_most(8)] = Field(
        default="val_loss", description="What the objective reports; a list as long as `direction`."
    )
    space: SearchSpace = Field(description="The parameters by name.")
    sampler: Sampler = Field(default=TpeSampler(name="tpe"), description="What suggests the parameters.")
    pruner: Pruner = Field(default=NoPruner(name="none"), description="What ends unpromising trials early.")
    budget: Budget = Field(default=Budget(), description="What the study may spend.")
    attempts: Attempts = Field(default=Attempts(), description="How often a trial is tried.")
    settings: Annotated[dict[str, JsonValue], json_at_most(LARGEST_DOCUMENT)] = Field(
        default_factory=dict,
        description="What the objective needs besides the parameters, at most 256 kB of JSON; each objective documents its own.",
    )

    @field_validator("settings")
    @classmethod
    def _check_settings(cls, settings: dict[str, JsonValue]) -> dict[str, JsonValue]:
        check_shown_within(settings)
        if found := list(_problems_within(settings)):
            raise problems(found)
        return settings

    @model_validator(mode="after")
    def _check(self) -> "Study":
        several = isinstance(self.direction, tuple)
        if several != isinstance(self.metric, tuple) or len(self.metrics) != len(self.directions):
            raise problem("metric", "must be a list as long as direction, or neither a list")
        if len(set(self.metrics)) < len(self.metrics):
            raise problem("metric", "the names must differ")
        if several and not isinstance(self.pruner, NoPruner):
            raise problem("pruner", "not possible with several objectives; leave it out")
        if several and self.budget.target_value is not None:
            raise problem("budget.target_value", "not possible with several objectives; leave it out")
        if isinstance(self.sampler, GridSampler):
            try:
                size = Grid(self.space).size
            except InvalidInput as error:
                raise problems(error.fields) from None
            if size > MOST_POINTS:
                raise problem("space", "the grid has more than 10**300 points; give wider steps or fewer values")
        return self

    @property
    def directions(self) -> tuple[Direction, ...]:
        """One direction an objective."""
        return self.direction if isinstance(self.direction, tuple) else (self.direction,)

    @property
    def metrics(self) -> tuple[str, ...]:
        """One metric an objective."""
        return self.metric if isinstance(self.metric, tuple) else (self.metric,)

    @cached_property
    def grid_size(self) -> int | None:
        """Points of the grid; None for samplers that always have another suggestion."""
        return Grid(self.space).size if isinstance(self.sampler, GridSampler) else None


def _problems_within(value: JsonValue, at: str = "") -> Iterator[FieldError]:
    """Numbers that JSON cannot write, and names that are too long."""
    if isinstance(value, float) and not isfinite(value):
        yield FieldError(at, "must be a finite number")
    elif isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for name, item in items:
            below = f"{at}.{name}" if at else str(name)
            if len(str(name)) > LONGEST_NAME:
                yield FieldError(below, f"must have a name of at most {LONGEST_NAME} characters")
            yield from _problems_within(item, below)
