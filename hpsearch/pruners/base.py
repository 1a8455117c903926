"""What a pruner is. Pruners take values and return values, and keep no state."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import ClassVar, Protocol

from hpsearch.study import Direction

History = Sequence[tuple[int, float]]
"""(step, value) of one trial's reports, steps rising, up to the report that is judged, which is the last; never empty."""


class Ranked(Protocol):
    """The values of a rung, the best first and NaN last. They need not all be at hand: a pruner asks for few."""

    def __len__(self) -> int: ...

    def __getitem__(self, place: int, /) -> float: ...


class Pruner(ABC):
    """Decides about one report of one trial.

        rung = pruner.rung(step, previous)          # most reports end here: None
        if rung is not None:
            others = the values of other trials' reports at this rung if pruner.compares else ()
            reason = pruner.stops(rung, history, others)

    A rung is the step that a report stands for: its own step, unless the trial reports less often than the pruner looks. A trial
    that reports steps 8 and 10 passes rung 9 with its report of step 10, the first at or after it. So `rung` is worth storing
    beside the report: the values of a rung are then one lookup, and every trial is in it at most once. Where reports come at
    every step, the rung is the step.
    """

    compares: ClassVar[bool]
    """Whether `stops` looks at other trials."""

    @abstractmethod
    def rung(self, step: int, previous: int | None) -> int | None:
        """The rung at which a report of `step` is judged, or None when it is not judged.

        `previous` is the greatest step below `step` that the trial has reported, in whichever attempt; None when there is none.
        """

    @abstractmethod
    def stops(self, rung: int, history: History, others: Sequence[float]) -> str | None:
        """Why the trial shall end at the last report of `history`, in a few words; None when it shall go on.

        `rung` is what `rung()` answered for it; `others` are the values at that rung of all other trials that have one, running or
        ended however, in any order.
        """

    def bar(self, values: Ranked) -> float | None:
        """The worst value with which another trial would go on from a rung that has these; None where they stop none."""
        return None


def first_in_interval(step: int, previous: int | None, start: int, interval: int) -> int | None:
    """The step start + k * interval that `step` is the first report at or after; None below `start`, or when it is not the first."""
    if step < start:
        return None
    nominal = start + (step - start) // interval * interval
    return nominal if previous is None or previous < nominal else None


def ranked(values: Iterable[float], direction: Direction) -> list[float]:
    """The best first, NaN last."""
    sign = 1 if direction is Direction.MINIMIZE else -1
    return sorted(values, key=lambda value: (value != value, sign * value))


def best(history: History, direction: Direction) -> float:
    """The best value; NaN only when all are."""
    found = history[0][1]
    for _, value in history:
        if direction.better(value, found):
            found = value
    return found
