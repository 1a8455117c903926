"""What an objective gets and gives: one attempt of a trial, and how it came out. Imports no jax."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import JsonValue

from hpsearch.space import Params
from hpsearch.study import Direction
from hpsearch.trial import Checkpoint

Reporter = Callable[[int, float, Mapping[str, float]], None]
"""Takes step, value and metrics; raises errors.TrialStopped when the attempt has to end."""


@dataclass(frozen=True, slots=True)
class TrialRun:
    """One attempt of trial `number` of `study`, as the objective (its name) sees it.

    `metric` and `direction` are lists for several objectives. `seed` (0 <= seed < 2**31) is the same for every attempt of the
    trial. `resume` is the newest checkpoint of an earlier attempt.
    """

    study: str
    objective: str
    number: int
    attempt: int
    params: Params
    settings: Mapping[str, JsonValue]
    seed: int
    metric: str | tuple[str, ...]
    direction: Direction | tuple[Direction, ...]
    reporter: Reporter
    resume: Checkpoint | None = None

    @property
    def metrics(self) -> tuple[str, ...]:
        """One metric an objective."""
        return self.metric if isinstance(self.metric, tuple) else (self.metric,)

    @property
    def directions(self) -> tuple[Direction, ...]:
        """One direction an objective."""
        return self.direction if isinstance(self.direction, tuple) else (self.direction,)

    def report(self, step: int, value: float, metrics: Mapping[str, float] | None = None) -> None:
        """Reports the (first) objective's value after `step` epochs; raises errors.TrialStopped when the attempt has to end."""
        self.reporter(step, float(value), dict(metrics or {}))


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a training came out.

    `values` has one number an objective; one that is not finite means that the training diverged. `metrics` and `weights`
    (nested dicts of arrays) are those of `best_step`. `artifacts` is JSON by name, 256 kB together; `trace` says which program trained it, 4 kB.
    """

    values: tuple[float, ...]
    metrics: Mapping[str, float] = field(default_factory=dict)
    best_step: int | None = None
    weights: Any = None
    artifacts: Mapping[str, JsonValue] = field(default_factory=dict)
    trace: Mapping[str, JsonValue] | None = None
    device_seconds: float | None = None


Objective = Callable[[TrialRun], "Outcome | float | Sequence[float]"]
"""A built-in objective, or the user's function."""


def outcome_of(returned: Any) -> Outcome:
    """What an objective returned as an Outcome: a number is one value, a sequence of numbers several.

    Raises TypeError for anything else.
    """
    if isinstance(returned, Outcome):
        return returned
    several = returned if isinstance(returned, list | tuple) else [returned]
    try:
        values = () if isinstance(returned, str) else tuple(float(value) for value in several)
    except (TypeError, ValueError):
        values = ()
    if not values:
        message = f"an objective returns a number, a list of numbers or an Outcome, this one returned {returned!r:.200}"
        raise TypeError(message)
    return Outcome(values)
