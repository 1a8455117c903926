"""Which number of lanes is chosen; what a probe measures is scripted."""

import jax
import pytest
from populations import trial

from hpsearch_workers.population.engine import trainer_of
from hpsearch_workers.population.lane import Samples
from hpsearch_workers.population.lane_counts import FEW_TRIALS, LaneCounts, lower

RATES = {1: 100.0, 4: 300.0, 16: 900.0, 64: 950.0, 256: 5000.0}


class Scripted(LaneCounts):
    """Rates by number of lanes; an exception is raised."""

    def __init__(self, file, rates=None, fixed=None):
        super().__init__(file, fixed)
        self.rates, self.probed = rates or RATES, []

    def _rate(self, trainer, lanes, hyper, data):
        self.probed.append(lanes)
        if isinstance(self.rates[lanes], Exception):
            raise self.rates[lanes]
        return self.rates[lanes]


def choose(counts, max_trials=None, **fields):
    one = trial(**fields)
    training = one.training
    data = Samples(training.data.samples, training.data.train, training.data.validation)
    return counts(trainer_of(one), training.hyper, data, max_trials)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "cache" / "lanes.json"


def test_what_was_told_holds(file):
    counts = Scripted(file, fixed=64)
    assert (choose(counts, 2), counts.probed) == (64, [])


def test_small_studies_are_not_worth_a_probe(file):
    counts = Scripted(file)
    assert (choose(counts, FEW_TRIALS - 1), counts.probed) == (4, [])
    assert [choose(counts, trials) for trials in (1, 2, 4, 5)] == [1, 4, 4, 4]
    assert (choose(counts, FEW_TRIALS), counts.probed) == (16, [1, 4, 16, 64])


def test_the_fewest_lanes_that_are_nearly_fastest(file):
    counts = Scripted(file)
    assert choose(counts) == 16
    assert counts.probed == [1, 4, 16, 64]  # 64 gain little, and more are not tried


def test_what_was_found_is_kept_by_family(file):
    assert choose(Scripted(file)) == 16
    again = Scripted(file)
    assert (choose(again, rate=0.3, max_epochs=9), again.probed) == (16, [])
    assert choose(again, batch=2) == 16
    assert again.probed == [1, 4, 16, 64]


def test_a_study_gets_no_more_lanes_than_trials(file):
    assert choose(Scripted(file, RATES | {64: 4000.0}), 100) == 64
    again = Scripted(file)
    assert (choose(again, 40), choose(again), again.probed) == (16, 256, [])


def test_lanes_that_do_not_fit_are_too_many(file):
    full = jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory")
    assert choose(Scripted(file, RATES | {16: full})) == 4


def test_other_errors_of_a_probe_are_raised_and_nothing_is_kept(file):
    with pytest.raises(jax.errors.JaxRuntimeError, match="INTERNAL"):
        choose(Scripted(file, RATES | {4: jax.errors.JaxRuntimeError("INTERNAL: broken")}))
    assert not file.exists()


@pytest.mark.parametrize("text", ["", "[]", "{", '{"family": 5}'])
def test_a_file_of_nonsense_is_written_anew(file, text):
    file.parent.mkdir()
    file.write_text(text)
    assert choose(Scripted(file)) == 16
    again = Scripted(file)
    assert (choose(again), again.probed) == (16, [])


def test_a_cache_that_cannot_be_written_costs_a_probe_alone(file):
    file.parent.write_text("a file in the way of the folder")
    assert choose(Scripted(file)) == 16


def test_a_probe_measures_programs(file):
    """A second for three steps of one lane, ten for three of four lanes."""
    counts = LaneCounts(file, clock=iter([0.0, 1.0, 1.0, 11.0]).__next__)
    assert choose(counts) == 1


def test_lower_counts():
    assert [lower(lanes) for lanes in (256, 64, 16, 4, 1)] == [64, 16, 4, 1, 1]
