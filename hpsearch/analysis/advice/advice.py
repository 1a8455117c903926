"""Advice: what an analysis found, and what to do about it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from pydantic import JsonValue

MOST_TRIALS = 20
"""Trials that a piece of advice names."""


class Code(StrEnum):
    """What was found, as a word that stays the same."""

    BOUND_CROWDED = "bound_crowded"
    DIVERGENCE = "divergence"
    OSCILLATION = "oscillation"
    OVERFITTING = "overfitting"
    PARAMETER_WITHOUT_EFFECT = "parameter_without_effect"
    PLATEAU = "plateau"
    SHARED_FAILURE = "shared_failure"
    SPIKES = "spikes"
    UNDERFITTING = "underfitting"


class Severity(StrEnum):
    """How much it matters, the worst first."""

    WARNING = "warning"  # trials are lost, or the best result lies elsewhere
    HINT = "hint"  # the search could be cheaper or a little better


@dataclass(frozen=True, slots=True)
class Advice:
    """One finding.

    `title` is a line, `detail` what was seen with its numbers, `action` what to do. `count` is the number of trials that show it,
    `trials` the first MOST_TRIALS of them. `space` has the changed parameter, by its name, as a study file has it.
    """

    code: Code
    severity: Severity
    title: str
    detail: str
    action: str
    parameter: str | None = None
    count: int = 0
    trials: tuple[int, ...] = ()
    space: Mapping[str, JsonValue] | None = None


def in_order(advice: Iterable[Advice]) -> tuple[Advice, ...]:
    """The most severe first, then what concerns the most trials; the order is otherwise kept."""
    severities = list(Severity)
    return tuple(sorted(advice, key=lambda one: (severities.index(one.severity), -one.count)))
