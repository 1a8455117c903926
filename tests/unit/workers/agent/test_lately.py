import pytest

from hpsearch_workers.agent.lately import _INTERVAL, WINDOW_SECONDS, Lately


class Clock:
    now = 100.0

    def __call__(self):
        return self.now

    def wait(self, seconds):
        self.now += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def lately(clock):
    return Lately(clock)


def test_nothing_has_happened_at_the_start(lately):
    totals = lately.totals()
    assert (totals.at, totals.lane_seconds, totals.busy_seconds, totals.device_seconds, totals.trials) == (
        0,
        0,
        0,
        0,
        0,
    )


def test_lanes_count_as_long_as_they_are_there(lately, clock):
    clock.wait(7)  # a training process starts
    lately.lanes(4, 1)
    clock.wait(10)
    lately.lanes(4, 3)
    clock.wait(2)
    lately.lanes(16, 0)
    clock.wait(1)
    totals = lately.totals()
    assert (totals.at, totals.lane_seconds, totals.busy_seconds) == (20, 4 * 12 + 16, 10 + 3 * 2)


def test_trials_that_wait_inside_a_process_make_no_lane_busier_than_busy(lately, clock):
    lately.lanes(1, 3)
    clock.wait(10)
    assert lately.totals().busy_seconds == lately.totals().lane_seconds == 10


def test_ends_are_counted_with_their_device_seconds(lately, clock):
    for seconds in (1.5, 0.0, 2.0):
        lately.ended(seconds)
        clock.wait(1)
    assert (lately.totals().trials, lately.totals().device_seconds) == (3, 3.5)


def test_what_is_long_ago_is_forgotten(lately, clock):
    lately.lanes(4, 4)
    lately.ended(9.0)
    clock.wait(30)
    lately.lanes(4, 1)
    for passed in range(1, 101):
        clock.wait(_INTERVAL)
        totals = lately.totals()
        assert totals.at == 30 + passed * _INTERVAL or passed * _INTERVAL >= WINDOW_SECONDS == totals.at
    assert (totals.at, totals.trials, totals.busy_seconds) == (WINDOW_SECONDS, 0, totals.at)
    assert totals.lane_seconds == 4 * totals.at


def test_what_is_kept_of_many_changes_is_little(lately, clock):
    for number in range(10_000):
        clock.wait(0.1)
        lately.lanes(4, number % 4)
    assert len(lately._marks) <= WINDOW_SECONDS / _INTERVAL + 2
    assert lately.totals().busy_seconds == pytest.approx(1.5 * lately.totals().at, rel=0.01)
