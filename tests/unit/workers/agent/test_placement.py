import pytest

from hpsearch.trial import Decision
from hpsearch.wire.verbs import Lease, Work
from hpsearch_workers.agent.placement import Placement

WORK = Work(objective="mine:f", settings={}, metric="v", direction="minimize")


class Place:
    """Room for so many; it takes none while it is `down`."""

    def __init__(self, number=0, room=1):
        self.number = number
        self.room = room
        self.down = False
        self.taken = []
        self.decided = []

    def run(self, lease, work):
        if self.down:
            return False
        self.room -= 1
        self.taken.append(lease.trial)
        return True

    def decide(self, *decision):
        self.decided.append(decision)

    def free(self, lease):
        self.room += 1


def lease(trial):
    return Lease(lease=f"token-{trial}", study="s", trial=trial, attempt=1, params={}, seed=0)


def fill(placement, *trials):
    for trial in trials:
        placement.add(lease(trial), WORK)


@pytest.fixture
def place():
    return Place(room=2)


@pytest.fixture
def placement(place):
    return Placement([place])


def test_leases_run_in_order_as_far_as_there_is_room(placement, place):
    assert placement.room == 2
    fill(placement, 3, 1, 2)
    assert place.taken == [3, 1]
    assert placement.running == ["token-3", "token-1"]
    assert placement.ended("token-3")
    placement.dispatch()
    assert place.taken == [3, 1, 2]
    assert not placement.is_empty


def test_nothing_is_asked_for_while_a_lease_waits(placement, place):
    fill(placement, 0, 1, 2)
    place.down, place.room = True, 5
    placement.dispatch()
    assert placement.room == 0
    place.down = False
    placement.dispatch()
    assert placement.room == 4


def test_the_place_with_the_most_room_goes_first():
    places = [Place(0, 1), Place(1, 3), Place(2, 0)]
    placement = Placement(places)
    assert placement.room == 4
    fill(placement, *range(4))
    assert (len(places[0].taken), len(places[1].taken)) == (1, 3)


def test_an_end_counts_once(placement):
    fill(placement, 0)
    assert placement.ended("token-0")
    assert not placement.ended("token-0")
    assert placement.is_empty


def test_decisions_reach_what_runs_and_take_out_what_waits(placement, place):
    fill(placement, 0, 1, 2, 3)
    assert not placement.decide("token-0", Decision.STOP, "asha")
    assert placement.decide("token-3", Decision.STOP, "asha")
    assert not placement.decide("token-3", Decision.CANCEL, None)
    assert place.decided == [("token-0", Decision.STOP, "asha")]
    assert placement.take_waiting() == ["token-2"]


def test_all_can_be_taken_out(placement):
    fill(placement, 0, 1, 2)
    assert placement.take_waiting() == ["token-2"]
    assert placement.take_running() == ["token-0", "token-1"]
    assert placement.is_empty
    assert not placement.ended("token-0")


def test_what_trains_is_known_with_its_last_step(placement):
    fill(placement, 4, 2, 9)  # the last one waits
    placement.reported("token-2", 3)
    placement.reported("token-9", 1)
    assert placement.training == {"s": [(4, 0), (2, 3)]}
    placement.ended("token-2")
    placement.dispatch()
    assert placement.training == {"s": [(4, 0), (9, 0)]}
    placement.died(["token-4"])
    placement.take_running()
    assert placement.training == {}
