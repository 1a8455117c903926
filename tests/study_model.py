"""A small model of one study: what the design says follows from each call. It knows nothing of how the service works.

It is pure: time is seconds since the study began, and a lease is named by its trial and attempt. The exhaustive exploration walks it alone;
the stateful tests hold the service against it.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

from lab import TERM
from trial_table import AFTER, CANCELLED, FAILED, FINAL, QUEUED, RUNNING

GROWS = ["continue", "release", "pause", "stop", "cancel"]
LIMITS = {"failed": 2, "expired": 2, "released": 3}
"""Which end of each kind spends a trial, unless a study says otherwise."""
FATAL = {"diverged", "invalid_parameters", "invalid_settings"}
UPPER = 1.0
"""The pruner stops a trial that reports more."""
GAP = 15.0
"""Seconds between two sweeps that make a gap in service."""

Lease = tuple[int, int]
"""Trial and attempt."""


class Refused(Exception):
    """A call that changes nothing; its argument is the code of the error."""


@dataclass(slots=True)
class Attempt:
    """One lease. `told` is the body of its tell."""

    trial: int
    number: int
    request: Hashable
    count: int
    expires: float
    decision: str = "continue"
    end: str | None = None
    told: Hashable = None
    reports: dict[int, float] = field(default_factory=dict)

    @property
    def lease(self) -> Lease:
        return self.trial, self.number


@dataclass(slots=True)
class Trial:
    """One trial, and how often it was charged for which end."""

    state: str
    attempts: list[Attempt] = field(default_factory=list)
    charged: dict[str, int] = field(default_factory=lambda: dict.fromkeys(LIMITS, 0))
    not_before: float | None = None


class Model:
    """A study with a budget, a threshold pruner that stops values above 1, and a random sampler; and the service's pulse."""

    def __init__(self, budget: int, now: float = 0.0, limits: Mapping[str, int] = LIMITS) -> None:
        self.now = self.last_seen = now
        self.floor = now + TERM
        self.budget = budget
        self.limits = limits
        self.state = "active"
        self.reason: str | None = None
        self.deleted = False
        self.trials: list[Trial] = []
        self.enqueued: dict[Hashable, tuple[Hashable, int]] = {}
        self.streak = 0

    @property
    def is_active(self) -> bool:
        """Whether it grants, and what happens to its trials has consequences."""
        return self.state == "active" and not self.deleted

    def attempts(self) -> list[Attempt]:
        """All, by trial and number."""
        return [attempt for trial in self.trials for attempt in trial.attempts]

    def open_attempts(self) -> list[Attempt]:
        return [attempt for attempt in self.attempts() if attempt.end is None]

    def attempt(self, lease: Lease) -> Attempt:
        return self.trials[lease[0]].attempts[lease[1] - 1]

    # A worker asks

    def ask(self, request: Hashable, count: int) -> list[Lease]:
        """The leases of a new ask, or those of a repeat that are still open."""
        earlier = [attempt for attempt in self.attempts() if attempt.request == request]
        if earlier:
            if earlier[0].count != count:
                raise Refused("request_id_reused")
            return [] if self.deleted else [attempt.lease for attempt in earlier if attempt.end is None]
        return [self._grant(number, request, count) for number in self.grantable(count)]

    def grantable(self, count: int) -> list[int]:
        """The trials that a new ask gets now."""
        if not self.is_active:
            return []
        waiting = [
            number
            for number, trial in enumerate(self.trials)
            if trial.state == QUEUED and (trial.not_before is None or trial.not_before <= self.moment)
        ][:count]
        fresh = range(len(self.trials), min(self.budget, len(self.trials) + count - len(waiting)))
        return [*waiting, *fresh]

    def _grant(self, number: int, request: Hashable, count: int) -> Lease:
        if number == len(self.trials):
            self.trials.append(Trial(RUNNING))
        trial = self.trials[number]
        trial.state, trial.not_before = RUNNING, None
        trial.attempts.append(Attempt(number, len(trial.attempts) + 1, request, count, self._term()))
        return trial.attempts[-1].lease

    @property
    def moment(self) -> float:
        """The time that is written down: no clock that was set back takes it before a moment that the service has seen."""
        return max(self.now, self.last_seen)

    def _term(self) -> float:
        return self.moment + TERM

    # A worker writes

    def writes(self, attempt: Attempt) -> bool:
        """Whether the lease may write; opens it again where it may be."""
        if self.deleted:
            return False
        if attempt.end is None:
            return True
        trial = self.trials[attempt.trial]
        if attempt.end != "expired" or attempt is not trial.attempts[-1] or trial.state != QUEUED:
            return False
        attempt.end, trial.state, trial.not_before = None, RUNNING, None
        trial.charged["expired"] -= 1
        attempt.expires = self._term()
        if self.state == "paused":
            self.grow(attempt, "release")
        return True

    def report(self, lease: Lease, step: int, value: float) -> tuple[str, str | None]:
        """The decision and the code."""
        attempt = self.attempt(lease)
        if not self.writes(attempt):
            return "lost", "lease_lost"
        if step in attempt.reports:
            return attempt.decision, None if attempt.reports[step] == value else "report_conflict"
        attempt.reports[step] = value
        attempt.expires = self._term()
        if value > UPPER:
            self.grow(attempt, "stop")
        return attempt.decision, None

    def renew(self, lease: Lease) -> tuple[str, str | None]:
        attempt = self.attempt(lease)
        if not self.writes(attempt):
            return "lost", "lease_lost"
        attempt.expires = self._term()
        return attempt.decision, None

    def tell(self, lease: Lease, how: str, reason: str | None = None) -> tuple[bool, str, str | None]:
        """Whether it is accepted, the trial's state, and the code. `how` may be `malformed`: a completion with too many values."""
        attempt = self.attempt(lease)
        trial = self.trials[attempt.trial]
        if self.deleted:
            return False, trial.state, "lease_lost"
        if attempt.told is not None:
            same = attempt.told == (how, reason)
            return same, trial.state, None if same else "tell_conflict"
        if how == "malformed":
            return False, trial.state, "invalid_values"
        if not self.writes(attempt):
            return False, trial.state, "lease_lost"
        attempt.told = (how, reason)
        self.end(attempt, "fatal" if reason in FATAL else how, reason)
        return True, trial.state, None

    def grow(self, attempt: Attempt, decision: str) -> None:
        attempt.decision = max(attempt.decision, decision, key=GROWS.index)

    # What follows

    def end(self, attempt: Attempt, how: str, reason: str | None = None) -> None:
        trial = self.trials[attempt.trial]
        attempt.end = how
        if how in LIMITS and (how != "released" or attempt.decision == "continue"):
            trial.charged[how] += 1
        if how == "fatal":
            trial.charged["failed"] += 1
        spent = how in LIMITS and trial.charged[how] >= self.limits[how]
        trial.state = AFTER[how][attempt.decision][spent]
        if how == "failed" and trial.state == QUEUED:
            trial.not_before = self.moment + 10 * 2 ** (trial.charged["failed"] - 1)
        if trial.state in FINAL:
            self._follow(trial, reason)

    def _follow(self, trial: Trial, reason: str | None) -> None:
        failed = trial.state == FAILED and reason != "diverged"
        if trial.state != CANCELLED:
            self.streak = self.streak + 1 if failed else 0
        ended = sum(one.state in FINAL - {CANCELLED} for one in self.trials)
        if self.is_active and failed:
            if reason == "invalid_settings":
                self.pause(reason)
            elif self.streak >= 10 or self.streak == ended >= 5:
                self.pause("failures")
        self.settle()

    def settle(self) -> None:
        if self.is_active and self.over():
            self.state, self.reason = "finished", "max_trials"

    def over(self) -> bool:
        """Whether the study cannot be active."""
        return len(self.trials) == self.budget and all(one.state in FINAL for one in self.trials)

    # Time

    def sweep(self) -> int:
        """Expires what is over; returns how many leases that were."""
        away = not 0 <= self.now - self.last_seen <= GAP
        self.last_seen = self.now
        if away:
            self.floor = self._term()
        over = [attempt for attempt in self.open_attempts() if max(attempt.expires, self.floor) < self.now]
        for attempt in over:
            self.end(attempt, "expired", "lost")
        return len(over)

    # People

    def pause(self, reason: str = "user") -> None:
        """By the user: refused to a finished study, and nothing new to a paused one."""
        if self.state == "finished":
            raise Refused("study_over")
        if self.state == "paused":
            return
        self.state, self.reason = "paused", reason
        for attempt in self.open_attempts():
            self.grow(attempt, "release")

    def activate(self) -> None:
        if self.state == "finished" and self.over():
            raise Refused("study_over")
        if self.state != "active":
            self.state, self.reason, self.streak = "active", None, 0
        self.settle()

    def finish(self) -> None:
        if self.state == "finished":
            return
        self.state, self.reason = "finished", "user"
        for trial in self.trials:
            if trial.state == QUEUED:
                trial.state = CANCELLED
        for attempt in self.open_attempts():
            self.grow(attempt, "stop")

    def extend(self, budget: int) -> None:
        """A budget that is larger makes a finished study active again."""
        if budget < len(self.trials):
            raise Refused("budget_below_use")
        more, self.budget = budget > self.budget, budget
        if more and self.state == "finished":
            self.activate()
        self.settle()

    def cancel(self, number: int) -> None:
        trial = self.trials[number]
        if trial.state in FINAL - {CANCELLED}:
            raise Refused("trial_final")
        if trial.state == QUEUED:
            trial.state = CANCELLED
            self.settle()
        elif trial.state == RUNNING:
            self.grow(trial.attempts[-1], "cancel")

    def enqueue(self, request: Hashable, params: Hashable) -> int:
        """The number of the new trial, or of the one that this request enqueued before."""
        if request in self.enqueued:
            known, number = self.enqueued[request]
            if known != params:
                raise Refused("request_id_reused")
            return number
        if len(self.trials) == self.budget:
            raise Refused("budget_exhausted")
        if self.state == "finished":
            self.activate()
        self.trials.append(Trial(QUEUED))
        self.enqueued[request] = params, len(self.trials) - 1
        return len(self.trials) - 1

    def delete(self) -> None:
        self.deleted = True
