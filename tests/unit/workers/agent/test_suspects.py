"""The rule, and what comes of it when leases are placed by it."""

import math
import random
from collections import Counter

from hypothesis import example, given
from hypothesis import strategies as st

from hpsearch.wire.verbs import Lease, Work
from hpsearch_workers.agent.placement import Placement
from hpsearch_workers.agent.suspects import UNLIMITED, Suspects

WORK = Work(objective="mine:f", settings={}, metric="v", direction="minimize")


def trials(*numbers):
    return [("s", number) for number in numbers]


def test_only_those_of_a_dead_process_are_suspects():
    suspects = Suspects()
    assert suspects.limit(trials(0)) == suspects.limit([]) == UNLIMITED
    suspects.died(trials(*range(9)))
    suspects.died(trials(0, 1, 2))
    assert [suspects.limit(trials(number)) for number in (0, 3, 9)] == [1, 4, UNLIMITED]
    assert suspects.limit(trials(9, 3, 0)) == 1
    assert suspects.limit([("another", 0)]) == UNLIMITED


def test_who_dies_alone_runs_alone_again():
    suspects = Suspects()
    suspects.died(trials(0))
    assert suspects.limit(trials(0)) == 1


def test_who_ends_otherwise_is_none_any_more():
    suspects = Suspects()
    suspects.died(trials(0, 1))
    suspects.ended(("s", 0))
    suspects.ended(("s", 7))
    assert suspects.limit(trials(0)) == UNLIMITED
    assert suspects.limit(trials(1)) == 1


class Process:
    """A place that holds up to `capacity` leases; with `poison` in it, it may die."""

    def __init__(self, number, capacity):
        self.number = number
        self.capacity = capacity
        self.held = {}

    @property
    def room(self):
        return self.capacity - len(self.held)

    def run(self, lease, work):
        assert self.room > 0
        self.held[lease.lease] = lease.trial
        return True

    def free(self, lease):
        del self.held[lease]


class World:
    """A server's queue and a worker's processes; what happens next is drawn."""

    def __init__(self, capacities, count, poison, draw):
        self.processes = [Process(number, capacity) for number, capacity in enumerate(capacities)]
        self.placement = Placement(self.processes)
        self.queue = list(range(count))
        self.poison = poison
        self.draw = draw
        self.halvings = int(math.log2(max(capacities)))
        self.completed, self.failed, self.deaths = [], [], 0
        self.released = Counter()
        self.granted = 0

    def run(self):
        while self.queue or not self.placement.is_empty:
            self.grant(min(self.placement.room, len(self.queue)))
            held = [(process, lease) for process in self.processes for lease in process.held]
            assert held, "nothing runs, and something waits"
            process, lease = self.draw.choice(held)
            if process.held[lease] in self.poison:
                self.die(process)
            else:
                self.completed.append(process.held[lease])
                self.placement.ended(lease)
            self.placement.dispatch()

    def grant(self, count):
        granted, self.queue = self.queue[:count], self.queue[count:]
        for number in granted:
            self.granted += 1
            token = f"token-{self.granted}"
            self.placement.add(Lease(lease=token, study="s", trial=number, attempt=1, params={}, seed=0), WORK)

    def die(self, process):
        """A single trial has failed; of several each is queued again, before those that never ran."""
        self.deaths += 1
        assert self.deaths <= len(self.poison) * (1 + self.halvings)
        held, process.held = process.held, {}
        assert self.placement.died(list(held)) == list(held)
        if len(held) == 1:
            self.failed += held.values()
        else:
            self.released.update(held.values())
            self.queue = sorted([*self.queue, *held.values()])


@given(
    st.lists(st.integers(1, 64), min_size=1, max_size=3),
    st.integers(1, 150),
    st.sets(st.integers(0, 149), max_size=12),
    st.integers(0, 2**32),
)
@example([64], 150, set(), 0)
@example([64], 64, set(range(64)), 0)
@example([1], 20, {3, 4}, 0)
def test_whoever_kills_dies_alone_and_all_others_end(capacities, count, poison, seed):
    world = World(capacities, count, poison, random.Random(seed))
    world.run()
    poison = {number for number in poison if number < count}
    assert sorted(world.failed) == sorted(poison)
    assert sorted(world.completed) == sorted(set(range(count)) - poison)
    assert max(world.released.values(), default=0) <= world.halvings
