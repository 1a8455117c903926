"""Four workers and a server on PostgreSQL; one worker is killed, one is told to end: every trial is there, and none twice.

The full form, 200 trials: HPSEARCH_EFFORT=5 pytest tests/integration/test_fleet.py
"""

import os
import signal
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import pytest
from effort import tries
from patience import SECONDS
from processes import TOKEN, Processes, children, wait_until

from hpsearch.client import Client
from hpsearch.trial import TrialState

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

OBJECTIVE = """
import time

def train(trial):
    for step in range(1, 4):
        trial.report(step, trial.params["x"] / step)
        time.sleep(0.01)
    return float(trial.params["x"])
"""
TRIALS = tries(40)
SIDE = 12
LEASE_SECONDS = "3"
RANDOM = {
    "name": "random",
    "space": {"x": {"type": "float", "low": 0.0, "high": 1.0}},
    "sampler": {"name": "random", "seed": 1},
    "budget": {"max_trials": TRIALS},
}
GRID = {
    "name": "grid",
    "space": {name: {"type": "int", "low": 1, "high": SIDE} for name in ("x", "y")},
    "sampler": {"name": "grid"},
}


@dataclass(frozen=True)
class Fleet:
    """What is left when it is over."""

    processes: Processes
    url: str
    client: Client
    killed_with: list[tuple[str, int]]
    """Study and number of the trials that the killed worker had."""


@pytest.fixture(scope="module")
def fleet(postgres, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fleet")
    (folder / "mine.py").write_text(OBJECTIVE)
    processes = Processes(folder)
    url = postgres.new()
    try:
        _, address = processes.serve(url, HPSEARCH_LEASE_SECONDS=LEASE_SECONDS)
        with Client(address, TOKEN) as client:
            yield Fleet(processes, url, client, _search(processes, client, address))
    finally:
        processes.close()


def _search(processes, client, address):
    for study in (RANDOM, GRID):
        client.create_study({"objective": "mine:train", "metric": "v", **study})
    options = ["--study", "random", "--study", "grid", "--objective", "mine:train", "--until-finished"]
    workers = {name: processes.work(address, "--name", name, *options, log=f"{name}.log") for name in "abcd"}
    half = (TRIALS + SIDE**2) // 2
    wait_until(lambda: sum(study.counts.final for study in client.list_studies()) >= half, "half of the trials")
    lost = _kill_in_the_middle_of_a_trial(workers["a"], client)
    workers["b"].send_signal(signal.SIGTERM)
    for name in "bcd":
        assert workers[name].wait(SECONDS) == 0, processes.log(f"{name}.log")
    return lost


def _kill_in_the_middle_of_a_trial(worker, client):
    return wait_until(lambda: _kill_if_it_has_trials(worker, client), "worker a to have a trial")


def _kill_if_it_has_trials(worker, client):
    with _stopped(worker):
        held = [
            (study, trial.number)
            for study in ("random", "grid")
            for trial in client.list_trials(study, states=[TrialState.RUNNING])
            if client.get_trial(study, trial.number).history[-1].worker == "a"
        ]
        if held:
            worker.kill()
    return held


@contextmanager
def _stopped(worker):
    """The worker stands still, with its training processes."""
    pids = [worker.pid, *children(worker.pid)]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    yield
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def _trials(fleet, study):
    return [fleet.client.get_trial(study, trial.number) for trial in fleet.client.list_trials(study)]


@pytest.mark.parametrize(("study", "size"), [("random", TRIALS), ("grid", SIDE**2)])
def test_every_trial_is_counted_once(fleet, study, size):
    trials = _trials(fleet, study)
    assert [trial.number for trial in trials] == list(range(size))
    assert {trial.state for trial in trials} == {TrialState.COMPLETED}
    for trial in trials:
        assert trial.values == [trial.params["x"]]
        *before, last = [attempt.end for attempt in trial.history]
        assert last == "completed"
        assert set(before) <= {"expired", "released"}
    assert fleet.client.get_study(study).counts.completed == size


def test_what_the_killed_worker_had_was_done_by_another(fleet):
    for study, number in fleet.killed_with:
        first, *others = fleet.client.get_trial(study, number).history
        assert first.worker == "a"
        if first.end != "completed":  # that result was on its way when the worker was stopped
            assert first.end == "expired"
            assert others[-1].worker in {"b", "c", "d"}


def test_every_point_of_the_grid_is_tried_once(fleet):
    points = Counter((trial.params["x"], trial.params["y"]) for trial in fleet.client.list_trials("grid"))
    assert set(points) == {(x, y) for x in range(1, SIDE + 1) for y in range(1, SIDE + 1)}
    assert set(points.values()) == {1}


def test_all_workers_took_part(fleet):
    workers = Counter(
        attempt.worker for study in ("random", "grid") for trial in _trials(fleet, study) for attempt in trial.history
    )
    assert set(workers) == set("abcd")


def test_the_accounts_balance(fleet):
    fleet.processes.verify(fleet.url)
