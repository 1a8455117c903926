"""Workers, a server on SQLite, and kills: every trial is counted once, whatever dies."""

import signal
import time
from urllib.parse import urlsplit

import pytest
from patience import SECONDS
from processes import TOKEN, children, kill_children, wait_until

from hpsearch.client import Client
from hpsearch.trial import TrialState

SECONDS_TO_END = 10.0


def study(name, objective, trials, **changes):
    return {
        "name": name,
        "objective": f"mine:{objective}",
        "metric": "v",
        "space": {"x": {"type": "float", "low": 0.0, "high": 1.0}},
        "sampler": {"name": "random", "seed": 1},
        "budget": {"max_trials": trials},
        **changes,
    }


@pytest.fixture
def served(processes):
    """A server's process and address, and a client of it."""
    process, address = processes.serve(processes.folder / "studies.db")
    with Client(address, TOKEN) as client:
        yield process, address, client


def work(processes, address, name, objective, *arguments):
    options = ["--name", name, "--study", objective, "--objective", f"mine:{objective}", *arguments]
    return processes.work(address, *options, log=f"{name}.log")


def by_state(client, name):
    return client.get_study(name).counts


def test_a_search_survives_everything_that_dies(processes, served):
    server, address, client = served
    client.create_study(study("slowly", "slowly", 40, attempts={"errors": 1}))
    workers = {name: work(processes, address, name, "slowly", "--until-finished") for name in "ab"}

    def done(number):
        wait_until(lambda: by_state(client, "slowly").final >= number, f"{number} trials")

    done(4)
    kill_children(workers["a"].pid)
    done(8)
    workers["a"].kill()
    workers["a"].wait()
    workers["a"] = work(processes, address, "a", "slowly", "--until-finished")
    done(14)
    workers["b"].terminate()
    assert workers["b"].wait(SECONDS) == 0
    workers["b"] = work(processes, address, "b", "slowly", "--until-finished")
    done(20)
    server.kill()
    server.wait()
    processes.serve(processes.folder / "studies.db", port=urlsplit(address).port)
    for name, worker in workers.items():
        assert worker.wait(SECONDS) == 0, processes.log(f"{name}.log")

    trials = list(client.list_trials("slowly"))
    assert [trial.number for trial in trials] == list(range(40))
    failed = [trial for trial in trials if trial.state is TrialState.FAILED]
    assert [trial.error.reason for trial in failed] == ["killed"] * len(failed)
    assert len(failed) <= 1  # none when the kill fell between two trials
    for trial in trials:
        if trial not in failed:
            assert trial.state is TrialState.COMPLETED
            assert trial.values == [trial.params["x"] ** 2]
            reports = list(client.reports("slowly", trial.number))
            assert [(report.step, report.value) for report in reports] == [
                (k, trial.params["x"] / k) for k in range(1, 6)
            ]
    processes.verify(f"sqlite:///{processes.folder / 'studies.db'}")


def test_a_worker_that_is_told_to_end_gives_its_trial_back(processes, served):
    _, address, client = served
    client.create_study(study("waits", "waits", 1))
    worker = work(processes, address, "a", "waits")
    wait_until(lambda: list(client.reports("waits", 0)) if by_state(client, "waits").running else None, "a report")
    begin = time.monotonic()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(SECONDS) == 0
    assert time.monotonic() - begin < SECONDS_TO_END
    assert client.get_trial("waits", 0).state is TrialState.QUEUED
    assert client.get_trial("waits", 0).history[0].end == "released"


def test_a_killed_worker_that_starts_again_goes_on_at_once(processes, served):
    """Its trial is given back from its spool: nobody waits for the lease to expire. Results kept while the server was away arrive."""
    server, address, client = served
    client.create_study(study("waits", "waits", 1))
    worker = work(processes, address, "a", "waits", "--until-finished")
    wait_until(lambda: list(client.reports("waits", 0)) if by_state(client, "waits").running else None, "a report")
    server.kill()
    server.wait()
    wait_until(lambda: "results cannot be delivered now" in processes.log("a.log"), "the outage to be noticed")
    training = children(worker.pid)
    (processes.folder / "go").touch()
    wait_until(lambda: _spool_holds(processes, "completed"), "the result to be kept")
    worker.kill()
    worker.wait()
    processes.serve(processes.folder / "studies.db", port=urlsplit(address).port)
    assert work(processes, address, "a", "waits", "--until-finished").wait(SECONDS) == 0, processes.log("a.log")
    trial = client.get_trial("waits", 0)
    assert (trial.state, trial.attempts) == (TrialState.COMPLETED, 1)
    assert trial.values == [trial.params["x"]]
    assert len(training) == 1


def _spool_holds(processes, word):
    folder = processes.folder / "state" / "hpsearch" / "spool" / "a"
    return any(word.encode() in path.read_bytes() for path in folder.glob("spool.db*"))


def test_a_loop_of_the_users_own(processes, served):
    _, _, client = served
    client.create_study(study("own", "anything", 6, pruner={"name": "threshold", "upper": 0.5}))
    for trial in client.trials("own"):
        with trial:
            trial.report(1, trial.params["x"])
            trial.complete(trial.params["x"] * 2)
    trials = list(client.list_trials("own"))
    assert [trial.number for trial in trials] == list(range(6))
    for trial in trials:
        if trial.params["x"] > 0.5:
            assert trial.state is TrialState.PRUNED
        else:
            assert (trial.state, trial.values) == (TrialState.COMPLETED, [trial.params["x"] * 2])
    assert {trial.state for trial in trials} == {TrialState.PRUNED, TrialState.COMPLETED}
