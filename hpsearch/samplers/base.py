"""What a sampler is. Samplers take values and return values; each is a pure function of the study, its seed and what it is given."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from hpsearch.space import Params, Value
from hpsearch.trial import View


class Sampler(ABC):
    """Either a `NumberSampler` or a `ViewSampler`; `needs_view` tells which."""

    needs_view: ClassVar[bool]


@dataclass(frozen=True, slots=True)
class Point:
    """One suggestion of a number sampler; `index` is its place in the grid, None where there is no grid."""

    index: int | None
    params: dict[str, Value]


class NumberSampler(Sampler):
    """Suggestions that depend on a position alone: cheap, and safe to call inside a write transaction."""

    needs_view: ClassVar[bool] = False

    @property
    @abstractmethod
    def size(self) -> int | None:
        """The number of points, each to be handed out once; None when there is always another."""

    @abstractmethod
    def point(self, position: int) -> Point:
        """The point at this position.

        Without a size the position is the trial's number. With one it is a cursor, 0 <= position < size, that passes over points
        already taken by enqueued trials: a suggested trial gets the first position whose index no earlier trial has.
        Raises IndexError outside.
        """

    @abstractmethod
    def index(self, params: Params) -> int | None:
        """The index that these parameters (a point of the space) take in the grid; None when they are no point of it."""


class ViewSampler(Sampler):
    """Suggestions that depend on other trials; far too slow for a transaction.

    An instance keeps what it computed from earlier views, so keep one a study. It is not safe in two threads at once. What it
    keeps never changes what it suggests: a fresh instance answers the same.
    """

    needs_view: ClassVar[bool] = True

    @abstractmethod
    def suggest(self, view: View) -> dict[str, Value]:
        """Parameters for trial `view.next_number`, always a point of the study's space.

        For several trials at once, append each suggestion to `pending` of the next view. Views that share their
        `FinishedTrial` objects with an earlier one cost only what changed.
        """
