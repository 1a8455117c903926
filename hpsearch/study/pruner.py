"""Which pruner ends unpromising trials early, and its settings."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from hpsearch.space.parameter import Finite
from hpsearch.validation import Definition, problem

Count = Annotated[int, Field(ge=0, le=1_000_000, strict=True)]
Positive = Annotated[int, Field(ge=1, le=1_000_000, strict=True)]


class NoPruner(Definition):
    """Every trial runs to its end."""

    name: Literal["none"] = Field(description="Which pruner.")


class MedianPruner(Definition):
    """Stops a trial whose best value so far is worse than the median of the others at the same step (Golovin et al. 2017)."""

    name: Literal["median"] = Field(description="Which pruner.")
    n_startup_trials: Count = Field(
        default=5, description="No pruning before this many trials have reported at the step."
    )
    n_warmup_steps: Count = Field(default=0, description="No pruning before this step.")
    interval_steps: Positive = Field(default=1, description="Steps between two looks.")


class AshaPruner(Definition):
    """Asynchronous successive halving, stopping form (Li et al. 2020, algorithm 2 with `stop` for `promote`).

    Rungs are at min_resource * reduction_factor**k steps; a trial that is not among the best 1/reduction_factor of all that
    have reached its rung is stopped there.
    """

    name: Literal["asha"] = Field(description="Which pruner.")
    min_resource: Positive = Field(default=1, description="Step of the first rung.")
    reduction_factor: Annotated[int, Field(ge=2, le=100, strict=True)] = Field(
        default=3, description="One in this many goes on at each rung."
    )


class PatiencePruner(Definition):
    """Stops a trial whose value has not improved by more than min_delta for `patience` reports."""

    name: Literal["patience"] = Field(description="Which pruner.")
    patience: Positive = Field(description="So many reports in a row without improvement end the trial.")
    min_delta: Finite = Field(default=0.0, ge=0.0, description="An improvement is a change by more than this.")


class ThresholdPruner(Definition):
    """Stops a trial whose value leaves [lower, upper], or is not a number."""

    name: Literal["threshold"] = Field(description="Which pruner.")
    lower: Finite | None = Field(default=None, description="Values below it end the trial.")
    upper: Finite | None = Field(default=None, description="Values above it end the trial.")
    n_warmup_steps: Count = Field(default=0, description="No pruning before this step.")
    interval_steps: Positive = Field(default=1, description="Steps between two looks.")

    @model_validator(mode="after")
    def _check(self) -> "ThresholdPruner":
        if self.lower is None and self.upper is None:
            raise problem("lower", "give lower, upper or both")
        if self.lower is not None and self.upper is not None and self.lower > self.upper:
            raise problem("lower", f"must be at most upper, got lower = {self.lower} and upper = {self.upper}")
        return self


Pruner = Annotated[NoPruner | MedianPruner | AshaPruner | PatiencePruner | ThresholdPruner, Field(discriminator="name")]
