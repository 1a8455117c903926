"""Who hears what becomes of the trials in the engine."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from hpsearch.trial import Decision
from hpsearch_workers.population.lane import Lane
from hpsearch_workers.population.network import Tree
from hpsearch_workers.population.trial import Metrics, Progress, Trial


@dataclass(frozen=True)
class Snapshot:
    """A trial at some step of its training: its lane, on the host, and the account of its epochs then."""

    trial: Trial
    lane: Lane
    progress: Progress


class Crew(Protocol):
    """Who hears of the trials. Called from the engine's thread, while the device computes as far as possible."""

    def decision(self, trial: Trial) -> Decision:
        """What the server wants of it now."""

    def reported(self, trial: Trial, step: int, metrics: Metrics) -> None:
        """An epoch has ended."""

    def wants_best(self, trial: Trial) -> bool:
        """Whether what is left of the best epoch of a trial that has ended may be worth keeping: weights, and what they made of single samples."""

    def completed(self, trial: Trial, weights: Tree | None) -> None:
        """It has ended by itself; `weights` are those of its best epoch, of its best network, if they were wanted and it is not one of folds."""

    def released(self, snapshots: Sequence[Snapshot]) -> None:
        """They are given back, and go on elsewhere from here."""

    def dropped(self, trial: Trial) -> None:
        """It was given up before its first step, or because the server wants it ended."""

    def failed(self, trial: Trial, error: BaseException) -> None:
        """It cannot be trained."""

    def room(self, capacity: int, lanes: int, busy: int) -> None:
        """How many trials the engine wants to hold; told when something of it changed."""
