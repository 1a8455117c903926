"""What a sampler may know of the trials of a study."""

from dataclasses import dataclass

from hpsearch.space import Params


@dataclass(frozen=True, slots=True)
class FinishedTrial:
    """What a sampler may know of a trial whose outcome counts.

    `values` has one number an objective, infinite where the trial diverged; `step` is the last reported one of a pruned trial,
    None of a completed one.
    """

    number: int
    params: Params
    values: tuple[float, ...]
    step: int | None = None


@dataclass(frozen=True, slots=True)
class PendingTrial:
    """What a sampler may know of a trial that has no outcome yet."""

    number: int
    params: Params


@dataclass(frozen=True, slots=True)
class View:
    """What suggestion number `next_number` may depend on, besides the study: trials 0..next_number-1 as they stood at `seq`.

    `finished` and `pending` are in the order of their numbers; a failed trial that did not diverge is in neither.
    """

    seq: int
    next_number: int
    finished: tuple[FinishedTrial, ...]
    pending: tuple[PendingTrial, ...]
