"""A study as it stands: its definition, its state, and its accounts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from hpsearch.identity import DEFAULT_PROJECT
from hpsearch.study.state import StudyReason, StudyState
from hpsearch.study.study import Budget, Study
from hpsearch.trial import TrialState


@dataclass(frozen=True, slots=True)
class StudyAccount:
    """What the database keeps of a study.

    `definition` is what was sent at creation, defaults filled in; `budget`, `description` and `tags` are what later changes
    made of it. `counts` has every trial state. `next_number` is the number of the next trial and so the trials counted against the
    budget; `grid_position` how far the grid was handed out. `failure_streak` counts the last trials that failed in a row.
    """

    id: int
    definition: Study
    description: str
    budget: Budget
    seed: int
    state: StudyState
    seq: int
    next_number: int
    counts: Mapping[TrialState, int]
    created_at: datetime
    updated_at: datetime
    reason: StudyReason | None = None
    reason_detail: str | None = None
    grid_position: int = 0
    failure_streak: int = 0
    best_number: int | None = None
    best_value: float | None = None
    active_seconds: float = 0.0
    deleted_at: datetime | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    project: str = DEFAULT_PROJECT
    tags: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its name, unique among the studies of its project that are not deleted."""
        return self.definition.name

    @property
    def is_active(self) -> bool:
        """Whether it goes on: it grants, and what happens to its trials has consequences. A deleted study is not active."""
        return self.state is StudyState.ACTIVE and self.deleted_at is None

    @property
    def open_trials(self) -> int:
        """Trials that are not final."""
        return sum(count for state, count in self.counts.items() if not state.is_final)

    @property
    def ended_trials(self) -> int:
        """Trials that ended by themselves: completed, pruned or failed."""
        return sum(self.counts[state] for state in (TrialState.COMPLETED, TrialState.PRUNED, TrialState.FAILED))

    @property
    def remaining(self) -> int | None:
        """Trials that the budget still allows; None without a limit."""
        return None if self.budget.max_trials is None else max(0, self.budget.max_trials - self.next_number)

    def meets_target(self) -> bool:
        """Whether a completed trial is as good as the target."""
        target = self.budget.target_value
        if target is None or self.best_value is None:
            return False
        return not self.definition.directions[0].better(target, self.best_value)

    def exhausted(self) -> StudyReason | None:
        """Why there is no new trial to suggest; None while there is one."""
        if self.remaining == 0:
            return StudyReason.MAX_TRIALS
        grid_size = self.definition.grid_size
        return StudyReason.GRID_EXHAUSTED if grid_size is not None and self.grid_position >= grid_size else None

    def over(self) -> StudyReason | None:
        """The limit that is reached; None while there is work, at hand or under way."""
        if self.meets_target():
            return StudyReason.TARGET_VALUE
        if self.budget.max_seconds is not None and self.active_seconds >= self.budget.max_seconds:
            return StudyReason.MAX_SECONDS
        return None if self.open_trials else self.exhausted()

    def moved(self, before: TrialState, after: TrialState) -> Self:
        """The account after a trial went from one state to another."""
        counts = dict(self.counts)
        counts[before] -= 1
        counts[after] += 1
        return replace(self, counts=counts)

    def grown(self, state: TrialState, trials: int = 1) -> Self:
        """The account with so many new trials in this state."""
        counts = dict(self.counts)
        counts[state] += trials
        return replace(self, counts=counts, next_number=self.next_number + trials)
