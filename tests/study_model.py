"""A small model of one study: what the design says follows from each call. It knows nothing of how the service works."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lab import TERM
from trial_table import AFTER, CANCELLED, FINAL, QUEUED, RUNNING

GROWS = ["continue", "release", "pause", "stop", "cancel"]
LIMITS = {"failed": 2, "expired": 2, "released": 3}
FATAL = {"diverged", "invalid_parameters"}


@dataclass
class Attempt:
    """One lease. `told` is the body of its tell."""

    trial: int
    number: int
    request: int
    expires: datetime
    decision: str = "continue"
    end: str | None = None
    told: str | None = None
    reports: dict[int, float] = field(default_factory=dict)


@dataclass
class Trial:
    """One trial, and how often it was charged for which end."""

    state: str
    attempts: int = 0
    charged: dict[str, int] = field(default_factory=lambda: dict.fromkeys(LIMITS, 0))
    not_before: datetime | None = None


class Model:
    """A study with a budget, a threshold pruner that stops values above 1, and a random sampler."""

    def __init__(self, now: datetime, budget: int) -> None:
        self.now = self.last_seen = now
        self.floor = now + timedelta(seconds=TERM)
        self.budget = budget
        self.state = "active"
        self.reason: str | None = None
        self.trials: list[Trial] = []
        self.attempts: dict[str, Attempt] = {}
        self.streak = 0

    # What is expected of an ask

    def grants(self, count: int) -> list[tuple[int, int]]:
        """(trial, attempt) that an ask gets now."""
        if self.state != "active":
            return []
        waiting = [
            number
            for number, trial in enumerate(self.trials)
            if trial.state == QUEUED and (trial.not_before is None or trial.not_before <= self.now)
        ][:count]
        fresh = range(len(self.trials), min(self.budget, len(self.trials) + count - len(waiting)))
        return [(number, self.trials[number].attempts + 1) for number in waiting] + [(number, 1) for number in fresh]

    def granted(self, token: str, number: int, request: int) -> None:
        if number == len(self.trials):
            self.trials.append(Trial(RUNNING))
        trial = self.trials[number]
        trial.state, trial.not_before = RUNNING, None
        trial.attempts += 1
        self.attempts[token] = Attempt(number, trial.attempts, request, self._term())

    def _term(self) -> datetime:
        return self.now + timedelta(seconds=TERM)

    # What is expected of a worker's call

    def writes(self, token: str) -> bool:
        """Whether the lease may write; opens it again where it may be."""
        attempt = self.attempts[token]
        trial = self.trials[attempt.trial]
        if attempt.end is None:
            return True
        if attempt.end != "expired" or attempt.number != trial.attempts or trial.state != QUEUED:
            return False
        attempt.end, trial.state = None, RUNNING
        trial.charged["expired"] -= 1
        attempt.expires = self._term()
        if self.state == "paused":
            self.grow(attempt, "release")
        return True

    def report(self, token: str, step: int, value: float) -> tuple[str, str | None]:
        """The decision and the code."""
        attempt = self.attempts[token]
        if not self.writes(token):
            return "lost", "lease_lost"
        if step in attempt.reports:
            return attempt.decision, None if attempt.reports[step] == value else "report_conflict"
        attempt.reports[step] = value
        attempt.expires = self._term()
        if value > 1:
            self.grow(attempt, "stop")
        return attempt.decision, None

    def renew(self, token: str) -> tuple[str, str | None]:
        attempt = self.attempts[token]
        if not self.writes(token):
            return "lost", "lease_lost"
        attempt.expires = self._term()
        return attempt.decision, None

    def tell(self, token: str, how: str, reason: str | None, body: str) -> tuple[bool, str, str | None]:
        """Whether it is accepted, the trial's state, and the code."""
        attempt = self.attempts[token]
        trial = self.trials[attempt.trial]
        if attempt.told is not None:
            return attempt.told == body, trial.state, None if attempt.told == body else "tell_conflict"
        if not self.writes(token):
            return False, trial.state, "lease_lost"
        attempt.told = body
        self.end(attempt, "fatal" if reason in FATAL else how, reason)
        return True, trial.state, None

    def grow(self, attempt: Attempt, decision: str) -> None:
        attempt.decision = max(attempt.decision, decision, key=GROWS.index)

    def end(self, attempt: Attempt, how: str, reason: str | None = None) -> None:
        trial = self.trials[attempt.trial]
        attempt.end = how
        if how in LIMITS and (how != "released" or attempt.decision == "continue"):
            trial.charged[how] += 1
        if how == "fatal":
            trial.charged["failed"] += 1
        spent = how in LIMITS and trial.charged[how] >= LIMITS[how]
        trial.state = AFTER[how][attempt.decision][spent]
        if how == "failed" and trial.state == QUEUED:
            trial.not_before = self.now + timedelta(seconds=10 * 2 ** (trial.charged["failed"] - 1))
        if trial.state in FINAL:
            self._follow(trial, reason)

    def _follow(self, trial: Trial, reason: str | None) -> None:
        failed = trial.state == "failed" and reason != "diverged"
        if trial.state != CANCELLED:
            self.streak = self.streak + 1 if failed else 0
        ended = sum(one.state in FINAL - {CANCELLED} for one in self.trials)
        if self.state == "active" and failed and (self.streak >= 10 or self.streak == ended >= 5):
            self.pause("failures")
        self.settle()

    def settle(self) -> None:
        if (
            self.state == "active"
            and len(self.trials) == self.budget
            and all(one.state in FINAL for one in self.trials)
        ):
            self.state, self.reason = "finished", "max_trials"

    # Time

    def expire(self, now: datetime) -> int:
        """A sweep at this moment; how many leases are over."""
        if now - self.last_seen > timedelta(seconds=15):
            self.floor = now + timedelta(seconds=TERM)
        self.now = self.last_seen = now
        over = [
            attempt
            for attempt in sorted(self.attempts.values(), key=lambda one: (one.trial, one.number))
            if attempt.end is None and max(attempt.expires, self.floor) < now
        ]
        for attempt in over:
            self.end(attempt, "expired", "lost")
        return len(over)

    # People

    def pause(self, reason: str) -> None:
        self.state, self.reason = "paused", reason
        for attempt in self.attempts.values():
            if attempt.end is None:
                self.grow(attempt, "release")

    def activate(self) -> None:
        self.state, self.reason, self.streak = "active", None, 0
        self.settle()

    def finish(self) -> None:
        self.state, self.reason = "finished", "user"
        for trial in self.trials:
            if trial.state == QUEUED:
                trial.state = CANCELLED
        for attempt in self.attempts.values():
            if attempt.end is None:
                self.grow(attempt, "stop")

    def cancel(self, number: int) -> None:
        trial = self.trials[number]
        if trial.state == QUEUED:
            trial.state = CANCELLED
            self.settle()
        for attempt in self.attempts.values():
            if attempt.trial == number and attempt.end is None:
                self.grow(attempt, "cancel")

    def enqueue(self) -> None:
        if self.state == "finished":
            self.activate()
        self.trials.append(Trial(QUEUED))

    def over(self) -> bool:
        """Whether the study cannot be active."""
        return len(self.trials) == self.budget and all(one.state in FINAL for one in self.trials)
