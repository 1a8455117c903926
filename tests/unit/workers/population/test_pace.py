from hpsearch_workers.population.pace import CHUNK_SECONDS, Pace


def test_a_chunk_grows_to_a_second_and_no_faster_than_fourfold():
    pace = Pace()
    assert not pace.is_known
    steps = []
    for _ in range(6):
        steps.append(pace.steps)
        pace.took(pace.steps, pace.steps * 0.01)
    assert pace.is_known
    assert steps == [4, 16, 64, 100, 100, 100]
    assert steps[-1] * 0.01 == CHUNK_SECONDS


def test_slow_steps_are_few_and_never_none():
    pace = Pace()
    pace.took(4, 2.0)
    assert pace.steps == 2
    pace.took(2, 10.0)
    assert pace.steps == 1


def test_a_chunk_that_was_cut_short_does_not_make_the_next_ones_short():
    pace = Pace()
    for _ in range(6):
        pace.took(pace.steps, pace.steps * 0.001)
    assert pace.steps == 1000
    pace.took(3, 0.003)
    assert pace.steps == 1000


def test_a_clock_that_stands_still_does_no_harm():
    pace = Pace()
    pace.took(4, 0.0)
    assert pace.steps == 16
