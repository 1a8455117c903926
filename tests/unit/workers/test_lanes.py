"""Trials in lanes between supervisor, engine and disk. The supervisor is scripted."""

import math
import threading
from collections import Counter
from itertools import count

import jax
import numpy as np
import pytest
from lane_runs import LABELS, Classes, Clock, Lines, Link, curve, finish, known, run, settled, stored

from hpsearch.trial import Decision
from hpsearch_workers.agent.channel import Ended, Room
from hpsearch_workers.checkpoints import BestWeights
from hpsearch_workers.lanes import KEPT_SNAPSHOTS, LaneRunner
from hpsearch_workers.population import pace, snapshots
from hpsearch_workers.population.population import Population


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def runner(tmp_path, clock):
    """Makes a worker's part of the job: a link, and the runner of its lanes; all of them see the same folder."""
    made = []

    def make(keep=3, interval=60.0):
        link = Link()
        made.append(LaneRunner(link, BestWeights(tmp_path, keep), tmp_path, lambda *_: 4, interval, clock))
        return link, made[-1]

    yield make
    for lanes in made:  # while its folder is there
        settled(lanes)


def test_a_trial_reports_and_is_told_with_its_weights(runner, tmp_path):
    link, lanes = runner()
    lanes.prepared(Lines(), run())()
    finish(lanes)
    item = link.ended(0)
    assert (item.state, item.values) == ("completed", (min(value for _, value in curve(link)),))
    assert [step for step, _ in curve(link)] == [1, 2, 3, 4, 5]
    assert item.checkpoint.ref == "s/0-1"
    assert (tmp_path / "s" / "0-1").is_dir()
    assert item.trace["programs"][0]["from_step"] == 1
    assert item.device_seconds > 0


def test_weights_that_are_not_among_the_best_are_not_kept(runner, tmp_path):
    link, lanes = runner(keep=0)
    lanes.prepared(Lines(), run())()
    finish(lanes)
    assert (link.ended(0).state, link.ended(0).checkpoint) == ("completed", None)
    assert list(tmp_path.glob("s/*-1")) == []


@pytest.mark.parametrize("folds", [0, 3])
def test_of_the_best_trials_it_is_told_what_they_get_wrong(runner, folds):
    link, lanes = runner(keep=1)
    # One after the other: the second is better than the first, the third is not.
    for number, rate in enumerate((1e-3, 0.1, 1e-4)):
        lanes.prepared(Classes(), run(number, rate, kind=folds))()
        finish(lanes)
        settled(lanes)
    told = [link.ended(number) for number in range(3)]
    assert told[1].values < told[0].values < told[2].values
    assert [set(item.artifacts) for item in told] == [{"confusion_matrix", "mistakes"}] * 2 + [set()]
    counts = np.array(told[1].artifacts["confusion_matrix"]["counts"])
    classes = LABELS if folds else LABELS[:10]
    np.testing.assert_array_equal(counts.sum(axis=1), np.bincount(classes))
    mistakes = told[1].artifacts["mistakes"]
    assert (mistakes["step"], mistakes["wrong"]) == (told[1].best_step, counts.sum() - np.trace(counts))
    assert all(item["label"] == classes[item["index"]] != item["predicted"] for item in mistakes["items"])
    assert (told[1].checkpoint is None) == bool(folds)


def test_what_does_not_classify_has_no_mistakes(runner):
    link, lanes = runner()
    lanes.prepared(Lines(), run())()
    finish(lanes)
    assert link.ended(0).artifacts == {}


@pytest.mark.parametrize(("error", "reason"), [(True, "invalid_parameters"), (False, "exception")])
def test_a_trial_that_cannot_be_set_up_fails_alone(runner, error, reason):
    link, lanes = runner()
    lanes.prepared(Lines(), run(0))()
    lanes.prepared(Lines(), run(1, error=error))()
    assert (link.ended(1).state, link.ended(1).error.reason) == ("failed", reason)
    finish(lanes)
    assert link.ended(0).state == "completed"


def test_weights_that_cannot_be_made_fail_their_trial_alone(runner):
    link, lanes = runner()
    for number, rate in enumerate((0.05, 0.0)):
        lanes.prepared(Lines(), run(number, rate))()
    finish(lanes)
    assert link.ended(0).state == "completed"
    assert "a rate of 0 is worth nothing" in link.ended(1).error.message
    assert link.ended(1).device_seconds > 0


def test_what_is_released_goes_on_elsewhere_as_if_it_had_never_stopped(runner, tmp_path):
    whole, lanes = runner()
    lanes.prepared(Lines(), run(epochs=30))()
    finish(lanes)
    settled(lanes)
    first, lanes = runner()
    lanes.prepared(Lines(), run(epochs=30))()
    while len(first.reports(0)) < 7:
        lanes.work()
    first.decisions["t0"] = Decision.RELEASE
    finish(lanes)
    item = first.ended(0)
    assert (item.state, item.checkpoint.step >= 7) == ("released", True)
    assert item.device_seconds > 0
    assert (tmp_path / item.checkpoint.ref).is_dir()

    second, lanes = runner()
    lanes.prepared(Lines(), run(9))()
    lanes.prepared(Lines(), run(epochs=30, resume=item.checkpoint.model_dump()))()
    finish(lanes)
    assert curve(second)[0][0] == item.checkpoint.step + 1
    assert curve(first) + curve(second) == curve(whole)
    assert second.ended(0).values == whole.ended(0).values
    assert second.ended(0).trace["resumed"] == {"ref": item.checkpoint.ref, "step": item.checkpoint.step}
    settled(lanes)
    assert stored(tmp_path) == []


def test_an_attempt_is_charged_with_its_own_time_alone(runner):
    first, lanes = runner()
    lanes.prepared(Lines(), run(epochs=30))()
    lanes.work()
    first.decisions["t0"] = Decision.RELEASE
    finish(lanes)
    assert first.ended(0).device_seconds > 0
    second, lanes = runner()
    lanes.prepared(Lines(), run(epochs=30, resume=first.ended(0).checkpoint.model_dump()))()
    second.decisions["t0"] = Decision.RELEASE  # before it gets a lane
    finish(lanes)
    assert second.ended(0).trace["resumed"]["step"] == first.ended(0).checkpoint.step
    assert second.ended(0).device_seconds == 0


def test_device_seconds_are_those_of_the_device_whatever_becomes_of_the_trials(runner, monkeypatch):
    """In time that passes by a second with each look: chunks and validations, each shared by those in lanes."""
    ticks = count()
    advance, end = Population.advance, Population.end_epochs
    spent = []

    def measured(population, meanwhile):
        population._clock = lambda: float(next(ticks))
        steps = advance(population, meanwhile)
        spent.append(1.0)
        return steps

    def validated(population):
        for found in end(population):
            spent.append(1.0)
            yield found

    monkeypatch.setattr(Population, "advance", measured)
    monkeypatch.setattr(Population, "end_epochs", validated)
    link, lanes = runner(keep=0)
    for number in range(9):  # in four lanes; one diverges
        lanes.prepared(Lines(), run(number, rate=1e20 if number == 3 else 0.01, epochs=3 + number, batch=1))()
    for _ in range(3):
        lanes.work()
    link.decisions["t2"], link.decisions["t1"] = Decision.STOP, Decision.RELEASE
    finish(lanes)
    told = [link.ended(number) for number in range(9)]
    assert {item.state for item in told} == {"completed", "released"}
    assert sum(item.device_seconds for item in told) == pytest.approx(sum(spent))
    assert all(item.device_seconds > 0 for item in told)


def test_a_trial_that_has_not_begun_is_given_back_as_it_is(runner):
    link, lanes = runner()
    lanes.prepared(Lines(), run())()
    link.decisions["t0"] = Decision.RELEASE
    finish(lanes)
    assert (link.ended(0).state, link.ended(0).checkpoint, link.reports(0)) == ("released", None, [])


@pytest.mark.parametrize("decision", [Decision.STOP, Decision.CANCEL, Decision.LOST])
def test_what_the_server_ends_leaves_its_lane(runner, tmp_path, clock, decision):
    link, lanes = runner()
    lanes.prepared(Lines(), run(epochs=1000))()
    lanes.work()
    clock.now += 61
    lanes.work()
    settled(lanes)
    assert len(stored(tmp_path)) == 1
    link.decisions["t0"] = decision
    finish(lanes)
    assert (link.ended(0).state, link.ended(0).checkpoint) == ("released", None)
    assert link.ended(0).device_seconds > 0
    settled(lanes)
    # Whoever has the trial now may go on from there.
    assert len(stored(tmp_path)) == (1 if decision is Decision.LOST else 0)


def test_snapshots_at_intervals_are_named_by_the_next_report(runner, tmp_path, clock):
    link, lanes = runner()
    for number in range(2):
        lanes.prepared(Lines(), run(number, epochs=1000))()
    for _ in range(4):
        clock.now += 61
        lanes.work()
        settled(lanes)
    lanes.work()
    assert len(stored(tmp_path)) == 2 * KEPT_SNAPSHOTS
    for number in range(2):
        *_, named = [item.checkpoint for item in link.reports(number) if item.checkpoint]
        assert named.ref == f"s/.running/{max(name for name in stored(tmp_path) if name.startswith(f'{number}-'))}"
        assert named.step <= link.reports(number)[-1].step


def test_what_the_server_knows_stays_until_it_knows_another(runner, tmp_path, clock, monkeypatch):
    """In epochs of ten intervals."""
    monkeypatch.setattr(pace, "CHUNK_SECONDS", 0.0)
    link, lanes = runner()
    lanes.prepared(Lines(), run(epochs=1000, batch=1))()
    while len(link.reports(0)) < 3:
        clock.now += 61
        lanes.work()
        settled(lanes)
        assert set(known(link, 0)[-2:]) <= set(stored(tmp_path))
        assert len(stored(tmp_path)) <= KEPT_SNAPSHOTS
    assert len(known(link, 0)) == 3


def test_the_snapshot_of_a_trial_that_is_set_aside_stays(runner, tmp_path, clock):
    """Two programs take turns, several intervals each."""
    link, lanes = runner(interval=10.0)
    for number in range(2):
        lanes.prepared(Lines(), run(number, epochs=1000, kind=number))()
    for _ in range(9):
        clock.now += 11
        lanes.work()
        settled(lanes)
        assert {name for number in range(2) for name in known(link, number)[-1:]} <= set(stored(tmp_path))
    assert known(link, 0)
    assert known(link, 1)


def test_no_snapshot_is_taken_for_the_interval_of_a_trial_that_is_released(runner, tmp_path, clock):
    """Those that are released wait for the disk."""
    link, lanes = runner()
    lanes.prepared(Lines(), run(epochs=1000))()
    lanes.work()
    gate = threading.Event()
    lanes._disk.put(gate.wait)
    clock.now += 61
    lanes.work()
    lanes.work()
    link.decisions["t0"] = Decision.RELEASE
    gate.set()
    finish(lanes)
    item = link.ended(0)
    assert stored(tmp_path) == [item.checkpoint.ref.rpartition("/")[2]]


def test_a_trial_that_ends_while_its_snapshot_is_stored_is_told_when_that_is_removed(runner, tmp_path, clock):
    link, lanes = runner(keep=0)
    lanes.prepared(Lines(), run(epochs=3))()
    lanes.work()
    gate = threading.Event()
    lanes._disk.put(gate.wait)
    clock.now += 61
    finish(lanes)
    assert not any(isinstance(event, Ended) for event in link.events)
    gate.set()
    assert link.ended(0).state == "completed"
    assert stored(tmp_path) == []


@pytest.mark.parametrize("resume", [{"ref": "s/.running/0-1.2.0", "step": 2}, {"ref": "../elsewhere", "step": 2}])
def test_a_checkpoint_that_cannot_be_read_costs_its_epochs(runner, resume):
    link, lanes = runner()
    lanes.prepared(Lines(), run(resume=resume))()
    finish(lanes)
    assert [step for step, _ in curve(link)] == [1, 2, 3, 4, 5]
    assert "resumed" not in link.ended(0).trace
    assert link.ended(0).trace["not_resumed"]


def test_a_checkpoint_of_other_shapes_costs_its_epochs(runner, tmp_path, monkeypatch):
    first, lanes = runner()
    lanes.prepared(Lines(), run(epochs=30))()
    lanes.work()
    first.decisions["t0"] = Decision.RELEASE
    finish(lanes)
    checkpoint = first.ended(0).checkpoint
    load = snapshots.load

    def other(*arguments):
        found = load(*arguments)
        return type(found)({place: np.zeros((9, 9)) for place in found.arrays}, found.progress)

    monkeypatch.setattr(snapshots, "load", other)
    link, lanes = runner()
    lanes.prepared(Lines(), run(resume=checkpoint.model_dump()))()
    finish(lanes)
    assert [step for step, _ in curve(link)] == [1, 2, 3, 4, 5]
    assert "other shapes" in link.ended(0).trace["not_resumed"]
    settled(lanes)
    assert stored(tmp_path) == []


def test_a_full_disk_costs_snapshots_and_no_trial(runner, clock, monkeypatch, capsys):
    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr(snapshots, "save", full)
    link, lanes = runner()
    for number in range(2):
        lanes.prepared(Lines(), run(number))()
    clock.now += 61
    lanes.work()
    link.decisions["t1"] = Decision.RELEASE
    finish(lanes)
    assert (link.ended(1).state, link.ended(1).checkpoint) == ("released", None)
    assert link.ended(0).state == "completed"
    assert all(item.checkpoint is None for item in link.reports(0))
    assert "no snapshot of trial 1 could be stored: no space left" in capsys.readouterr().err


def test_a_diverging_trial_is_told_and_harms_nobody(runner):
    alone, lanes = runner()
    lanes.prepared(Lines(), run(0))()
    finish(lanes)
    link, lanes = runner()
    for number, rate in enumerate((0.05, 1e20)):
        lanes.prepared(Lines(), run(number, rate))()
    finish(lanes)
    assert math.isnan(link.ended(1).values[0])
    assert link.ended(1).checkpoint is None
    assert curve(link) == curve(alone)


def test_a_study_of_200_trials_compiles_nothing_but_its_first_lanes(runner):
    compiled = Counter()

    def note(event, duration, **_):
        compiled["programs"] += event == "/jax/core/compile/backend_compile_duration"

    jax.monitoring.register_event_duration_secs_listener(note)
    link, lanes = runner(keep=0)
    left = [run(number, rate=0.001 * (number + 1), epochs=1 + number % 5, kind=77) for number in range(200)]
    over = after_first = 0
    while left or not lanes.is_idle:
        while left and 200 - len(left) - over < link.capacity:
            lanes.prepared(Lines(), left.pop(0))()
        lanes.work()
        over = sum(isinstance(event, Ended) for event in link.events)
        if over and not after_first:
            after_first = compiled["programs"]
    jax.monitoring.unregister_event_duration_listener(note)
    assert [link.ended(number).state for number in range(200)] == ["completed"] * 200
    assert compiled["programs"] == after_first > 0
    assert max(event.capacity - event.busy for event in link.events if isinstance(event, Room)) <= 2 + 4
