"""Workers that train trials as lanes, a real server, and what ends them: trials go on elsewhere from their checkpoints."""

import signal
import sqlite3
import time
from contextlib import closing

import pytest
from patience import SECONDS
from processes import TOKEN, wait_until

from hpsearch.client import Client
from hpsearch.trial import TrialState

EPOCHS = 150
SECONDS_TO_END = 10.0
CHOICES = [0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08]

OBJECTIVE = """
import os, pathlib, signal, time
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

from hpsearch_workers.population.network import Data, Training

RANDOM = np.random.default_rng(0)
INPUTS = RANDOM.normal(size=(16, 3)).astype(np.float32)
ROWS = np.arange(16, dtype=np.int32)[None]
DATA = Data((INPUTS, INPUTS @ np.float32([1, -2, 0.5])), ROWS[:, :10], ROWS[:, 10:])

def wait():
    "A validation takes a twentieth of a second until the file `go` appears."
    if not pathlib.Path("go").exists():
        time.sleep(0.05)

@dataclass(frozen=True)
class Line:
    def init(self, key, hyper):
        return {"w": jax.random.normal(key, (3,))}, {}

    def step(self, now, hyper, weights, memory, batch):
        def loss(weights):
            return jnp.sum(now.present * (batch[0] @ weights["w"] - batch[1]) ** 2)
        value, gradient = jax.value_and_grad(loss)(weights)
        noise = 0.01 * jax.random.normal(now.key, (3,))
        return {"w": weights["w"] - hyper["rate"] * gradient["w"] + noise}, memory, {"loss": value}

    def evaluate(self, now, hyper, weights, batch):
        jax.debug.callback(wait)
        return {"loss": jnp.sum(now.present * (batch[0] @ weights["w"] - batch[1]) ** 2)}

    def watch(self, hyper, epochs):
        return {}

class Lines:
    def prepare(self, trial):
        if trial.params["x"] == trial.settings.get("deadly"):
            os.kill(os.getpid(), signal.SIGKILL)
        return Training(Line(), {"rate": np.float32(trial.params["x"])}, DATA, 4, trial.settings["epochs"])

    def weights(self, training, weights):
        return {"w": np.asarray(weights["w"])}
"""


@pytest.fixture
def served(processes):
    """A client of a server."""
    (processes.folder / "mylanes.py").write_text(OBJECTIVE)
    _, address = processes.serve(processes.folder / "studies.db")
    with Client(address, TOKEN) as client:
        yield processes, address, client
    processes.verify(f"sqlite:///{processes.folder / 'studies.db'}")


def study(name, trials, epochs=EPOCHS, **changes):
    return {
        "name": name,
        "objective": "mylanes:Lines",
        "metric": "val_loss",
        "space": {"x": {"type": "float", "low": 0.001, "high": 0.05}},
        "sampler": {"name": "random", "seed": 1},
        "budget": {"max_trials": trials},
        "settings": {"epochs": epochs},
        **changes,
    }


def work(served, name, *studies):
    processes, address, _ = served
    options = ["--name", name, "--objective", "mylanes:Lines", "--lanes", "4", "--until-finished"]
    options += [part for study in studies for part in ("--study", study)]
    environment = {"HPSEARCH_SNAPSHOT_SECONDS": "1", "JAX_DISABLE_MOST_OPTIMIZATIONS": "1"}
    return processes.work(address, *options, log=f"{name}.log", **environment)


def go(served):
    (served[0].folder / "go").touch()


def resumable(served, name, worker):
    """Trials that a worker trains now and of which the server knows a checkpoint."""
    processes, _, client = served
    with closing(sqlite3.connect(f"file:{processes.folder / 'studies.db'}?mode=ro", uri=True)) as database:
        query = "SELECT number FROM trials WHERE state = 'running' AND checkpoint_ref LIKE ?"
        numbers = [number for (number,) in database.execute(query, (f"{name}/%",))]
    return [number for number in numbers if client.get_trial(name, number).history[-1].worker == worker]


def assert_went_on(client, name, number):
    """Each attempt began where the checkpoint was that it resumed from, and every epoch was reported."""
    reports = list(client.reports(name, number))
    assert [report.step for report in reports] == list(range(1, EPOCHS + 1))
    last = client.get_trial(name, number).history[-1]
    first_step = next(report.step for report in reports if report.attempt == last.number)
    assert last.trace["resumed"]["step"] == first_step - 1 > 0
    return first_step


def curve(client, name, number):
    return [(report.step, report.value, report.metrics) for report in client.reports(name, number)]


def test_trials_of_workers_that_end_go_on_elsewhere_from_their_checkpoints(served):
    processes, _, client = served
    client.create_study(study("ends", 10))
    client.create_study(study("plain", 10))
    client.pause("plain")
    workers = {name: work(served, name, "ends", "plain") for name in "ab"}
    wait_until(lambda: all(len(resumable(served, "ends", name)) > 1 for name in workers), "checkpoints")
    workers["a"].kill()
    workers["a"].wait()
    killed = resumable(served, "ends", "a")
    ended = resumable(served, "ends", "b")
    begin = time.monotonic()
    workers["b"].send_signal(signal.SIGTERM)
    assert workers["b"].wait(SECONDS) == 0
    assert time.monotonic() - begin < SECONDS_TO_END
    reported = {number: len(list(client.reports("ends", number))) for number in ended}
    assert {client.get_trial("ends", number).history[-1].end for number in ended} == {"released"}

    workers["a"] = work(served, "a", "ends", "plain")
    client.resume("plain")
    go(served)
    assert workers["a"].wait(SECONDS) == 0, processes.log("a.log")
    trials = list(client.list_trials("ends"))
    assert [trial.state for trial in trials] == [TrialState.COMPLETED] * 10
    assert {trial.number for trial in trials if trial.attempts > 1} >= {*killed, *ended}
    for number in killed:
        assert_went_on(client, "ends", number)
    for number in ended:  # all that was trained was stored
        assert assert_went_on(client, "ends", number) == reported[number] + 1
    for trial in trials:
        assert curve(client, "ends", trial.number) == curve(client, "plain", trial.number)
        assert trial.values == client.get_trial("plain", trial.number).values
    assert list((processes.folder / "data" / "hpsearch" / "checkpoints").glob("*/.running/[0-9]*")) == []


def test_a_study_that_was_paused_goes_on_from_its_checkpoints(served):
    processes, _, client = served
    client.create_study(study("pauses", 4))
    worker = work(served, "a", "pauses")
    wait_until(lambda: sum(1 for _ in client.list_trials("pauses")) == 4, "the trials to start")
    wait_until(lambda: all(list(client.reports("pauses", number)) for number in range(4)), "reports")
    client.pause("pauses")
    wait_until(lambda: client.get_study("pauses").counts.queued == 4, "the trials to be given back")
    reported = [len(list(client.reports("pauses", number))) for number in range(4)]
    client.resume("pauses")
    go(served)
    assert worker.wait(SECONDS) == 0, processes.log("a.log")
    for number in range(4):
        trial = client.get_trial("pauses", number)
        assert (trial.state, trial.history[0].end) == (TrialState.COMPLETED, "released")
        assert assert_went_on(client, "pauses", number) == reported[number] + 1


def test_pruned_trials_make_room_in_their_lanes(served):
    processes, _, client = served
    go(served)
    asha = {"name": "asha", "min_resource": 1, "reduction_factor": 3}
    client.create_study(study("asha", 40, epochs=27, pruner=asha))
    assert work(served, "a", "asha").wait(SECONDS) == 0, processes.log("a.log")
    trials = list(client.list_trials("asha"))
    assert {trial.state for trial in trials} == {TrialState.PRUNED, TrialState.COMPLETED}
    for trial in trials:
        steps = [report.step for report in client.reports("asha", trial.number)]
        assert steps == list(range(1, len(steps) + 1))
        if trial.state is TrialState.PRUNED:
            assert len(steps) < 27


def test_a_trial_that_kills_its_process_fails_alone(served):
    processes, _, client = served
    go(served)
    fatal = CHOICES[4]
    changes = {
        "space": {"x": {"type": "categorical", "choices": CHOICES}},
        "sampler": {"name": "grid"},
        "settings": {"epochs": 5, "deadly": fatal},
        "attempts": {"errors": 1},
    }
    client.create_study(study("deadly", len(CHOICES), **changes))
    assert work(served, "a", "deadly").wait(SECONDS) == 0, processes.log("a.log")
    for trial in client.list_trials("deadly"):
        if trial.params["x"] == fatal:
            assert (trial.state, trial.error.reason) == (TrialState.FAILED, "killed")
        else:
            assert trial.state is TrialState.COMPLETED
