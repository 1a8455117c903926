"""The engine with a small network: refill, fairness, decisions, exactness, memory."""

from collections import Counter

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from populations import DATA, SAMPLES, Crew, Line, data, engine, finish, trial

from hpsearch.errors import InvalidSettings
from hpsearch.study import Direction
from hpsearch.trial import Decision
from hpsearch_workers.population.engine import MOST_WAIT, QUIET_SECONDS
from hpsearch_workers.population.lane import _SEED_STRIDE
from hpsearch_workers.population.population import Population


def run_all(trials, lanes=4, crew=None):
    """Feeds trials as the engine has room; who heard of them."""
    crew = crew or Crew()
    running = engine(crew, lanes)
    left, given = list(trials), 0
    while left or not running.is_idle:
        while left and given - crew.over < crew.capacity:
            running.add(left.pop(0), None, len(trials))
            given += 1
        running.work()
    return crew, running


def curve(crew, number):
    return [metrics["val_loss"] for _, metrics in crew.reports[number]]


def test_a_trial_reports_every_epoch_and_ends():
    crew, _ = run_all([trial(max_epochs=3)])
    assert [step for step, _ in crew.reports[0]] == [1, 2, 3]
    outcome = crew.ended[0]
    assert outcome.values == (min(curve(crew, 0)),)
    assert outcome.metrics == crew.reports[0][outcome.best_step - 1][1]
    assert outcome.weights["w"].shape == (3,)
    assert outcome.device_seconds > 0
    assert outcome.trace["programs"] == [
        {"program": outcome.trace["programs"][0]["program"], "lanes": 4, "from_step": 1}
    ]


def test_lanes_are_refilled_without_compiling(compilations):
    trials = [trial(number, kind=10, max_epochs=1 + number % 7) for number in range(200)]
    run_all(trials[:20])
    compilations.clear()
    crew, running = run_all(trials)
    assert len(crew.ended) == 200
    assert {number: len(crew.reports[number]) for number in range(200)} == {n: 1 + n % 7 for n in range(200)}
    assert compilations == Counter()
    assert running.busy_steps / running.steps > 0.9


@pytest.mark.parametrize("fields", [{}, {"repeats": 2, "data": data(folds=2)}])
def test_a_trial_is_the_same_in_any_lane_with_any_neighbours_at_any_time(fields):
    trials = {number: {"rate": 0.01 * (number + 1), "max_epochs": 3 + number % 4} | fields for number in range(9)}
    trials[3]["rate"] = 1e20  # diverges
    first, _ = run_all([trial(number, **fields) for number, fields in trials.items()])
    second, _ = run_all([trial(number, **trials[number]) for number in (8, 3, 0, 7, 5, 1, 6, 2, 4)])
    for number in trials:
        assert repr(first.reports[number]) == repr(second.reports[number])
        assert repr(first.ended[number].values) == repr(second.ended[number].values)
    assert np.isnan(first.ended[3].values[0])
    assert first.ended[3].weights is None


def test_numbers_of_lanes_differ_in_rounding_alone():
    one, _ = run_all([trial(number) for number in range(4)], lanes=1)
    four, _ = run_all([trial(number) for number in range(4)], lanes=4)
    for number in range(4):
        np.testing.assert_allclose(curve(one, number), curve(four, number), rtol=1e-5)


@settings(max_examples=10)
@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 1)), min_size=1, max_size=12), st.randoms())
def test_every_trial_ends_once_whatever_comes(shapes, random):
    trials = [trial(number, max_epochs=epochs, kind=kind) for number, (epochs, kind) in enumerate(shapes)]
    random.shuffle(trials)
    crew, _ = run_all(trials)
    assert sorted(crew.ended) == list(range(len(shapes)))
    assert crew.over == len(shapes)
    for number, (epochs, _) in enumerate(shapes):
        assert [step for step, _ in crew.reports[number]] == list(range(1, epochs + 1))


def test_lanes_fill_and_few_trials_wait():
    crew, _ = run_all([trial(number, max_epochs=30) for number in range(30)], lanes=16)
    assert max(busy for _, _, busy in crew.rooms) == 16
    # Four wait besides those for whom there will be lanes: at the end of the last epoch of those who are in them.
    assert {capacity for capacity, _, busy in crew.rooms if busy == 16} == {16 + 4 + ending for ending in (0, 1, 4, 11)}
    assert crew.rooms[0] == (1 + 4, 16, 1)


def test_trials_are_asked_for_before_the_last_step_of_those_that_end():
    crew = Crew()
    running = engine(crew, 16)
    for number in range(16):
        running.add(trial(number, max_epochs=2), None, None)
    finish(running)
    assert crew.rooms == [(16 + 4, 16, 16), (16 + 4 + 16, 16, 16), (4, 16, 0)]


def test_free_lanes_are_not_asked_for_while_another_program_waits():
    crew = Crew()
    running = engine(crew, 16)
    for number in range(8):
        running.add(trial(number, kind=number % 4 // 3, max_epochs=30), None, None)
    running.work()
    assert crew.rooms[-1] == (6 + 4, 16, 6)
    finish(running)


def test_free_lanes_are_asked_for_while_all_trials_are_of_one_program():
    crew = Crew()
    running = engine(crew, 16)
    for number in range(6):
        running.add(trial(number, max_epochs=30), None, None)
    running.work()
    assert crew.rooms[-1] == (16 + 4, 16, 6)
    finish(running)


@pytest.mark.parametrize("decision", [Decision.STOP, Decision.CANCEL, Decision.LOST])
def test_a_decision_frees_the_lane(decision):
    crew = Crew()

    def stop(number, step):
        if (number, step) == (1, 2):
            crew.decisions[1] = decision

    crew.on_report = stop
    run_all([trial(number, max_epochs=30) for number in range(3)], crew=crew)
    assert crew.given_up == [1]
    assert len(crew.reports[1]) <= 4
    assert sorted(crew.ended) == [0, 2]


@pytest.mark.parametrize(("decision", "repeats"), [(Decision.RELEASE, 2), (Decision.PAUSE, 1)])
def test_what_is_given_back_goes_on_as_if_it_had_never_stopped(decision, repeats):
    # Of two networks, one was best before it is given back.
    fields = {"seed": 6, "rate": 0.3, "noise": 0.3, "max_epochs": 9, "repeats": repeats}
    whole, _ = run_all([trial(0, **fields), trial(1, **fields)])
    crew = Crew()

    def release(number, step):
        if (number, step) == (1, 3):
            crew.decisions[1] = decision

    crew.on_report = release
    run_all([trial(number, **fields) for number in range(2)], crew=crew)
    snapshot = crew.given_back[1]
    later = Crew()
    other = engine(later)
    again = trial(1, **fields)
    again.progress = snapshot.progress
    other.add(trial(5, repeats=repeats), None, None)
    other.add(again, dict(enumerate(jax.tree.leaves(snapshot.lane))), None)
    finish(other)
    assert crew.reports[1] + later.reports[1] == whole.reports[1]
    assert later.ended[1].values == whole.ended[1].values
    assert later.ended[1].metrics == whole.ended[1].metrics
    np.testing.assert_array_equal(later.ended[1].weights["w"], whole.ended[1].weights["w"])


def test_a_trial_that_waits_is_given_back_at_once():
    crew = Crew()
    running = engine(crew, lanes=1)
    for number in range(3):
        running.add(trial(number), None, None)
    crew.decisions[2] = Decision.RELEASE
    running.work()
    finish(running)
    assert crew.given_up == [2]
    assert 2 not in crew.reports


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_a_program_runs_on_until_another_has_waited_long():
    clock, crew = Clock(), Crew()
    running = engine(crew, clock=clock)
    running.add(trial(0, max_epochs=1000), None, None)
    running.work()
    running.add(trial(1, kind=1, max_epochs=3), None, None)
    for _ in range(5):
        running.work()
    assert 1 not in crew.reports
    clock.now += MOST_WAIT + 1
    for _ in range(5):
        running.work()
    assert crew.reports[1]
    before = len(crew.reports[0])
    for _ in range(20):
        running.work()
    assert 1 in crew.ended
    assert len(crew.reports[0]) > before  # its lane was set aside, and came back
    assert [step for step, _ in crew.reports[0]] == list(range(1, len(crew.reports[0]) + 1))


def test_what_was_set_aside_ends_as_if_it_had_run_on():
    plain, _ = run_all([trial(0, max_epochs=12)])
    clock, crew = Clock(), Crew()
    running = engine(crew, clock=clock)
    running.add(trial(0, max_epochs=12), None, None)
    for _ in range(3):
        running.work()
    running.add(trial(1, kind=1, max_epochs=3), None, None)
    clock.now += MOST_WAIT + 1
    finish(running)
    assert crew.reports[0] == plain.reports[0]


def test_the_tail_of_a_study_goes_on_in_fewer_lanes():
    clock, crew = Clock(), Crew()
    running = engine(crew, lanes=16, clock=clock)
    running.add(trial(0, max_epochs=40), None, None)
    running.work()
    assert crew.rooms[-1][1:] == (16, 1)
    clock.now += QUIET_SECONDS + 1
    running.work()
    assert crew.rooms[-1][1:] == (4, 1)
    for number in range(1, 9):
        running.add(trial(number), None, None)
    running.work()
    running.work()
    assert crew.rooms[-1][1:] == (16, 9)
    finish(running)
    assert [entry["lanes"] for entry in crew.ended[0].trace["programs"]][:3] == [16, 4, 16]


def test_out_of_memory_goes_on_from_the_snapshots_in_fewer_lanes(monkeypatch):
    plain, _ = run_all([trial(number, max_epochs=6) for number in range(3)], lanes=4)
    crew = Crew()
    running = engine(crew, lanes=16)
    for number in range(3):
        running.add(trial(number, max_epochs=6), None, None)
    for _ in range(4):
        running.work()
    saved = running.snapshots()
    assert {snapshot.trial.run.number for snapshot in saved} == {0, 1, 2}
    running.work()
    spent = {snapshot.trial.run.number: snapshot.trial.device_seconds for snapshot in saved}
    advance = Population.advance

    def fails(self, meanwhile):
        if self.program.lanes == 16:
            raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory")
        return advance(self, meanwhile)

    monkeypatch.setattr(Population, "advance", fails)
    finish(running)
    for number in range(3):
        assert [step for step, _ in crew.reports[number]] == [1, 2, 3, 4, 5, 6]
        np.testing.assert_allclose(curve(crew, number), curve(plain, number), rtol=1e-4)
        assert crew.ended[number].device_seconds > spent[number]  # what was lost counts too
    assert [entry["lanes"] for entry in crew.ended[0].trace["programs"]] == [16, 4]


def test_a_trial_that_does_not_fit_alone_fails(monkeypatch):
    def fails(self, meanwhile):
        raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory")

    monkeypatch.setattr(Population, "advance", fails)
    crew, _ = run_all([trial(0)], lanes=4)
    assert "RESOURCE_EXHAUSTED" in str(crew.failures[0])


class Broken(Line):
    def step(self, *_):
        raise TypeError("bad network")


def test_a_network_that_cannot_be_traced_fails_its_trial_alone():
    crew = Crew()
    running = engine(crew)
    good, bad = trial(0), trial(1)
    bad.training = type(bad.training)(**{**vars(bad.training), "network": Broken(7)})
    running.add(good, None, None)
    with pytest.raises(TypeError, match="bad network"):
        running.add(bad, None, None)
    finish(running)
    assert list(crew.ended) == [0]


def test_a_metric_that_is_not_there_is_refused():
    with pytest.raises(InvalidSettings, match="train_loss, val_loss, rate"):
        engine(Crew()).add(trial(metric="accuracy"), None, None)


def test_several_objectives_come_from_the_best_epoch_of_the_first():
    both = {"metric": ("val_loss", "train_loss"), "direction": (Direction.MINIMIZE, Direction.MINIMIZE)}
    crew, _ = run_all([trial(0, rate=0.4, noise=0.2, **both)])
    outcome = crew.ended[0]
    best = min(crew.reports[0], key=lambda entry: entry[1]["val_loss"])[1]
    assert outcome.values == (best["val_loss"], best["train_loss"])


def validation_loss(weights):
    inputs, targets = (array[SAMPLES:] for array in DATA.samples)
    return ((inputs @ weights - targets) ** 2).mean()


@pytest.mark.parametrize("sign", [1, -1])
def test_repeats_report_their_spread_and_keep_the_best_network(sign):
    direction = Direction.MINIMIZE if sign == 1 else Direction.MAXIMIZE
    fields = {"rate": 0.3, "noise": 0.3, "max_epochs": 8, "direction": direction}
    crew, _ = run_all([trial(0, repeats=3, **fields)])
    # Each network is that of a trial of its own seed.
    seeds = [place * int(_SEED_STRIDE) % 2**32 for place in range(3)]
    alone, _ = run_all([trial(place, seed=seed, **fields) for place, seed in enumerate(seeds)])
    curves = np.array([curve(alone, place) for place in range(3)])
    outcome, (_, metrics) = crew.ended[0], crew.reports[0][0]
    assert set(metrics) == {"train_loss", "val_loss", "rate", "train_loss_std", "val_loss_std"}
    np.testing.assert_allclose(curve(crew, 0), curves.mean(axis=0), rtol=1e-4)
    best = np.argmin(sign * curves.mean(axis=0))
    assert outcome.best_step == best + 1
    own = np.argmin(sign * curves, axis=1) + 1
    assert len(set(own)) > 1
    assert outcome.metrics["best_epoch"] == own.mean()
    assert set(outcome.metrics) == set(metrics) | {"best_epoch"}
    np.testing.assert_allclose(validation_loss(outcome.weights["w"]), sign * min(sign * curves[:, best]), rtol=1e-4)


def test_folds_keep_no_weights_and_say_when_each_was_best():
    crew, _ = run_all([trial(0, data=data(folds=2), noise=0.3, max_epochs=8)])
    outcome = crew.ended[0]
    assert outcome.weights is None
    assert outcome.best_step in range(1, 9)
    assert outcome.metrics["best_epoch"] * 2 in range(2, 17)
    assert "val_loss_std" in outcome.metrics


def test_other_data_is_another_program_and_old_data_is_dropped():
    crew = Crew()
    running = engine(crew)
    running.add(trial(0), None, None)
    finish(running)
    other = data(seed=1)
    running.add(trial(1, data=other), None, None)
    finish(running)
    assert sorted(crew.ended) == [0, 1]
    assert list(running._samples) == [other]
