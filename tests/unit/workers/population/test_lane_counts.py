"""Which number of lanes is chosen; what a probe measures is scripted."""

import jax
import pytest
from populations import trial
from trainings import prepared

from hpsearch_workers.population import lane_counts
from hpsearch_workers.population.engine import trainer_of
from hpsearch_workers.population.lane import Samples, Trainer
from hpsearch_workers.population.lane_counts import FEW_TRIALS, LaneCounts, lower

RATES = {1: 100.0, 4: 300.0, 16: 290.0, 64: 950.0, 256: 800.0}


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
    assert (choose(counts, FEW_TRIALS), counts.probed) == (4, [1, 4, 16, 64, 256])


def test_small_studies_of_large_networks_train_one_after_the_other_on_a_cpu(file, monkeypatch):
    training = prepared(settings={"data": {"name": "digits"}, "hidden_units": [2048, 2048], "batch_size": 32}).training
    data = Samples(training.data.samples, training.data.train, training.data.validation)

    def chosen():
        return Scripted(file)(Trainer(training.network, 32, 256, 1078, 1, 1), training.hyper, data, 20)

    assert chosen() == 1
    monkeypatch.setattr(lane_counts, "_BUSY_CPU", 1e10)
    assert chosen() == 4


def test_the_fastest_is_chosen(file):
    counts = Scripted(file)
    assert choose(counts) == 64
    assert counts.probed == [1, 4, 16, 64, 256]  # 16 are about as fast as 4


def test_of_about_equally_fast_ones_the_fewest_are_chosen(file):
    counts = Scripted(file, {1: 100.0, 4: 105.0, 16: 115.0, 64: 120.0, 256: 125.0})
    assert choose(counts) == 16
    assert counts.probed == [1, 4, 16, 64, 256]


def test_more_lanes_than_slow_ones_are_not_tried(file):
    counts = Scripted(file, RATES | {16: 200.0})
    assert choose(counts) == 4
    assert counts.probed == [1, 4, 16]


def test_what_was_found_is_kept_by_family(file):
    assert choose(Scripted(file)) == 64
    again = Scripted(file)
    assert (choose(again, rate=0.3, max_epochs=9), again.probed) == (64, [])
    assert choose(again, batch=2) == 64
    assert again.probed == [1, 4, 16, 64, 256]


def test_a_study_fills_its_lanes_several_times(file):
    assert [choose(Scripted(file), trials) for trials in (40, 127, 128, 511, 512, None)] == [4, 4, 16, 16, 64, 64]


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
    assert choose(Scripted(file)) == 64
    again = Scripted(file)
    assert (choose(again), again.probed) == (64, [])


def test_a_cache_that_cannot_be_written_costs_a_probe_alone(file):
    file.parent.write_text("a file in the way of the folder")
    assert choose(Scripted(file)) == 64


def test_a_probe_measures_programs(file):
    """By the clock, an epoch of one lane takes 3 seconds and its validation 1; with four lanes, 30 and 10."""
    times = [0, 3, 10, 11, 20, 21, 100, 130, 200, 210, 300, 310]
    counts = LaneCounts(file, clock=map(float, times).__next__)
    assert choose(counts) == 1


def test_a_probe_counts_what_validation_costs(file):
    times = [0, 3, 10, 20, 30, 40, 100, 112, 200, 211, 300, 311]
    counts = LaneCounts(file, clock=map(float, [*times, 1000, 2000, 3000, 4000, 5000, 6000]).__next__)
    assert choose(counts) == 4


def test_lower_counts():
    assert [lower(lanes) for lanes in (256, 64, 16, 4, 1)] == [64, 16, 4, 1, 1]
