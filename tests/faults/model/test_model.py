"""The protocol's model, explored breadth first: a small world completely, larger ones up to a number of states.

A pass means that in every state that workers, a network that loses, repeats and delays, dying workers, gaps in service, a clock that is set
back, and people can bring about, I1 to I6 hold, that every request sent twice is as sent once, and that once faults stop every trial becomes
final (I7). 100,000 states in CI; 2,000,000 with `HPSEARCH_EFFORT=24 pytest tests/faults/model`.
"""

from collections import Counter

import pytest
from effort import seconds, tries
from faults.model.explorer import Broken, Explorer
from faults.model.world import Bounds
from lab import TERM
from study_model import Model
from trial_table import FINAL

SUITE = "model"
SMALL = Bounds(workers=2, trials=1, attempts=2, faults=1, words=0)
ASKED = ("answered", ("ask", 0, 0, 1)), ("answered", ("ask", 1, 0, 1))
EXPIRED = (*ASKED, ("tick",), ("tick",))
LARGE = {
    "one trial": (Bounds(workers=2, trials=1, attempts=3, faults=2, words=1), ()),
    "two that run": (Bounds(workers=2, trials=2, attempts=3, faults=1, words=1), ASKED),
    "two that expired": (Bounds(workers=3, trials=2, attempts=3, faults=1, words=0), EXPIRED),
}
"""And what they begin with: the more workers and trials, the fewer steps are seen."""
MOST = 28_000
"""States of each large world; the small one has 17,479."""


def _show(tables, bounds, found):
    tables.note(
        SUITE,
        f"{bounds}: {found.states:,} states, {found.transitions:,} transitions, depth {found.depth}, "
        f"{'complete' if found.complete else 'not complete'}, {found.beyond:,} transitions led beyond the bounds",
    )
    tables.add(SUITE, found.met)


@pytest.mark.timeout(seconds(900))
def test_a_small_world_holds_in_every_state(tables):
    found = Explorer(SMALL).explore(100_000)
    _show(tables, SMALL, found)
    assert found.complete
    assert found.states > 10_000
    assert {verb for what, verb in found.met if what == "came late"} == {"ask", "report", "renew", "tell"}


@pytest.mark.timeout(seconds(900))
@pytest.mark.parametrize("name", LARGE)
def test_large_worlds_hold_as_far_as_they_are_seen(tables, name):
    bounds, began = LARGE[name]
    most = tries(MOST)
    found = Explorer(bounds, began=began).explore(most)
    _show(tables, bounds, found)
    assert found.complete or found.states == most


class NoFence(Model):
    """Whoever expired may write, even after another attempt was granted."""

    def writes(self, attempt):
        trial = self.trials[attempt.trial]
        if attempt.end == "expired" and trial.state in ("queued", "running"):
            attempt.end, trial.state = None, "running"
            trial.charged["expired"] -= 1
            attempt.expires = self.now + TERM
        return attempt.end is None


class RepeatedAskGrants(Model):
    def ask(self, request, count):
        return super().ask((request, len(self.attempts())), count)


class AskAfterTheBudget(Model):
    def grantable(self, count):
        self.budget += self.state == "active" and len(self.trials) == self.budget
        return super().grantable(count)


class NoFloor(Model):
    def sweep(self):
        self.last_seen = self.now
        self.floor = self.now - 1
        return super().sweep()


class ExpiryLeavesTheAttemptOpen(Model):
    def end(self, attempt, how, reason=None):
        super().end(attempt, how, reason)
        if how == "expired":
            attempt.end = None


class ExpiredTrialsAreForgotten(Model):
    def end(self, attempt, how, reason=None):
        super().end(attempt, how, reason)
        if how == "expired":
            self.trials[attempt.trial].not_before = self.now + 1e6


class ToldAgain(Model):
    def tell(self, lease, how, reason=None):
        attempt = self.attempt(lease)
        if attempt.told == (how, reason):
            attempt.told, attempt.end = None, None
        return super().tell(lease, how, reason)


class DecisionsShrink(Model):
    def grow(self, attempt, decision):
        attempt.decision = decision


class FinalIsNotFinal(Model):
    def cancel(self, number):
        if self.trials[number].state in FINAL:
            self.trials[number].state = "queued"
        super().cancel(number)


BROKEN = {
    NoFence: "I2",
    RepeatedAskGrants: "I5",
    AskAfterTheBudget: "I4",
    NoFloor: "I6",
    ExpiryLeavesTheAttemptOpen: "I1",
    ExpiredTrialsAreForgotten: "I7",
    ToldAgain: "I5",
    DecisionsShrink: "I3",
    FinalIsNotFinal: "I3",
}


@pytest.mark.parametrize("kind", BROKEN, ids=lambda kind: kind.__name__)
def test_a_broken_protocol_is_seen(kind):
    with pytest.raises(Broken) as broken:
        Explorer(Bounds(2, 1, 3, 2, 1), kind).explore(20_000)
    assert str(broken.value).startswith(BROKEN[kind] + ":"), broken.value
    assert "\n  1. " in str(broken.value)


def test_workers_and_requests_have_no_names():
    """Two histories that differ in which worker did what end in one state."""
    found = Counter()
    for first, second in ((0, 1), (1, 0)):
        explorer = Explorer(SMALL)
        world = explorer.root()
        world.take(("answered", ("ask", first, 0, 1)))
        world.take(("answer lost", ("ask", second, 0, 1)))
        found[world.frozen()] += 1
    assert list(found.values()) == [2]
