"""Lanes, as the host sees them."""

import jax
import numpy as np
import pytest
from populations import DATA, trial

from hpsearch_workers.population import pace
from hpsearch_workers.population.engine import trainer_of
from hpsearch_workers.population.lane import Samples
from hpsearch_workers.population.population import Population
from hpsearch_workers.population.program import program

ON_DEVICE = Samples(*jax.device_put((DATA.samples, DATA.train, DATA.validation)))
STEPS = 10  # of an epoch of one sample each


class Clock:
    """Every look takes a second."""

    now = 0.0

    def __call__(self):
        self.now += 1.0
        return self.now


def population(lanes=4, **fields):
    one = trial(**fields)
    return Population(program(trainer_of(one), lanes, one.training.hyper, ON_DEVICE), ON_DEVICE, Clock())


def trials(count, **fields):
    return [trial(number, **fields) for number in range(count)]


def nothing():
    pass


def test_chunks_end_with_epochs_and_time_is_shared():
    lanes, given = population(batch=1), trials(2, batch=1)
    lanes.start(given)
    assert (lanes.busy, lanes.free) == ([0, 1], 2)
    called = []
    chunks = [lanes.advance(lambda: called.append(1)) for _ in range(3)]
    # Four steps took a second: as many again, and what is left.
    assert (chunks, len(called)) == ([4, 4, 2], 3)
    assert [one.device_seconds for one in given] == [1.5, 1.5]
    [(ended, epoch)] = lanes.end_epochs()
    assert ended == given
    assert epoch.ended[:2].tolist() == [False, False]
    assert list(lanes.end_epochs()) == []
    assert [one.device_seconds for one in given] == [2.0, 2.0]


def test_a_trial_that_joins_later_ends_its_epoch_later():
    lanes, (first, second) = population(batch=1), trials(2, batch=1)
    lanes.start([first])
    lanes.advance(nothing)
    lanes.start([second])
    assert [lanes.advance(nothing) for _ in range(2)] == [4, 2]
    assert [ended for ended, _ in lanes.end_epochs()] == [[first]]
    assert [lanes.advance(nothing) for _ in range(2)] == [2, 2]
    assert [ended for ended, _ in lanes.end_epochs()] == [[second]]


def test_short_epochs_begin_together(monkeypatch):
    lanes, [first] = population(batch=1), trials(1, batch=1)
    assert lanes.takes_new
    lanes.start([first])
    assert lanes.takes_new
    lanes.advance(nothing)
    assert lanes.takes_new  # epochs are long against a chunk of 4 steps
    monkeypatch.setattr(pace, "CHUNK_SECONDS", 2.0)
    lanes.advance(nothing)
    assert not lanes.takes_new
    lanes.advance(nothing)
    list(lanes.end_epochs())
    assert lanes.takes_new


def test_trials_that_came_back_at_different_places_let_others_in(monkeypatch):
    """They may never begin an epoch at the same time again."""
    monkeypatch.setattr(pace, "CHUNK_SECONDS", 100.0)
    lanes, (first, second) = population(batch=1), trials(2, batch=1)
    lanes.start([first])
    lanes.advance(nothing)
    lanes.restore([(second, lanes.read([first])[0])])
    lanes.free_lane(first)
    lanes.start([first])
    found = []
    for _ in range(4):
        lanes.advance(nothing)
        list(lanes.end_epochs())
        found.append(lanes.takes_new)
    assert all(found)


def test_lanes_are_read_written_and_freed_in_groups():
    lanes, given = population(lanes=64), trials(20)
    lanes.start(given)
    assert lanes.free == 44
    wanted = [given[19], given[2], *given[3:18]]
    seeds = [int(lane.state.replicas.seed[0]) for lane in lanes.read(wanted)]
    assert seeds == [19, 2, *range(3, 18)]
    kept = lanes.read([given[7]])
    for one in given[5:]:
        lanes.free_lane(one)
    assert lanes.busy == [0, 1, 2, 3, 4]
    lanes.restore([(given[7], kept[0])])
    assert lanes.place_of(given[7]) == 5
    jax.tree.map(np.testing.assert_array_equal, lanes.read([given[7]]), kept)
    lanes.advance(nothing)
    [(ended, epoch)] = lanes.end_epochs()
    assert ended == [*given[:5], given[7]]
    assert len({float(value) for value in epoch.metrics[:6, 1]}) == 6


@pytest.mark.parametrize("lanes", [1, 4])
def test_a_full_population_has_no_place(lanes):
    full = population(lanes)
    full.start(trials(lanes))
    assert full.free == 0
    assert [one.progress.programs[0]["lanes"] for one in full.trials] == [lanes] * lanes
