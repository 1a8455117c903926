"""A worker as a process: its options, its signals, its exit codes. Its peer is scripted."""

import json
import signal
import time
from pathlib import Path

import pytest
import structlog
from patience import SECONDS
from processes import children, wait_until
from verbs_peer import VerbsPeer

from hpsearch.wire.verbs import Work
from hpsearch_workers.agent.main import main
from hpsearch_workers.agent.spool import Spool

SECONDS_TO_END = 10.0


@pytest.fixture
def peer():
    peer = VerbsPeer()
    yield peer
    peer.close()


@pytest.fixture
def logs_as_before():
    yield
    structlog.reset_defaults()


def start(processes, peer, name, *arguments, trials=1, **environment):
    peer.work = Work(objective=f"mine:{name}", settings={}, metric="v", direction="minimize")
    peer.finished = "--until-finished" in arguments
    peer.add(*({"x": float(number)} for number in range(trials)))
    objective = ["--name", "w", "--study", "s", "--objective", f"mine:{name}"]
    return processes.work(peer.address, *objective, *arguments, **environment)


def ends(peer):
    return [(item.lease, item.state) for item in peer.tells]


def test_a_worker_ends_when_the_study_is_finished_and_logs_json_lines(processes, peer):
    worker = start(processes, peer, "square", "--until-finished", trials=2, HPSEARCH_LOG_FORMAT="json")
    assert worker.wait(SECONDS) == 0, processes.log("worker.log")
    assert ends(peer) == [("token-0", "completed"), ("token-1", "completed")]
    lines = [json.loads(line) for line in processes.log("worker.log").splitlines()]
    assert lines[0]["event"] == "the worker starts"
    assert (lines[-1]["event"], lines[-1]["level"]) == ("the worker ends", "info")
    assert not any("token-0" in line for line in processes.log("worker.log").splitlines())


def test_ctrl_c_gives_the_trial_back_in_time(processes, peer):
    worker = start(processes, peer, "waits")
    peer.wait_for(lambda: peer.reports)
    begin = time.monotonic()
    worker.send_signal(signal.SIGINT)
    assert worker.wait(SECONDS) == 130
    assert time.monotonic() - begin < SECONDS_TO_END
    assert ends(peer) == [("token-0", "released")]


def test_a_training_that_never_reports_is_given_back_too(processes, peer):
    worker = start(processes, peer, "busy")
    wait_until((processes.folder / "begun").exists, "the training to begin")
    [training] = children(worker.pid)
    begin = time.monotonic()
    worker.terminate()
    assert worker.wait(SECONDS) == 0
    assert time.monotonic() - begin < SECONDS_TO_END
    assert ends(peer) == [("token-0", "released")]
    assert not Path(f"/proc/{training}").exists()


def test_a_second_signal_ends_at_once(processes, peer):
    worker = start(processes, peer, "busy")
    wait_until((processes.folder / "begun").exists, "the training to begin")
    worker.terminate()
    wait_until(lambda: "the worker ends" in processes.log("worker.log"), "the end to begin")
    worker.terminate()
    assert worker.wait(SECONDS) == 128 + signal.SIGTERM
    assert ends(peer) == []


def test_trainings_end_with_a_worker_that_is_killed(processes, peer):
    worker = start(processes, peer, "busy")
    wait_until((processes.folder / "begun").exists, "the training to begin")
    [training] = children(worker.pid)
    worker.kill()
    worker.wait()
    wait_until(lambda: not Path(f"/proc/{training}").exists(), "the training to end")


def test_an_objective_that_cannot_be_imported_ends_the_worker(processes, peer):
    worker = processes.work(peer.address, "--objective", "nowhere:f")
    assert worker.wait(SECONDS) == 2
    assert "No module named 'nowhere'" in processes.log("worker.log")
    assert peer.asks == []


def test_one_worker_for_each_gpu(processes, peer):
    """Two devices are made up; nothing of a user's objective needs them."""
    worker = start(processes, peer, "device", "--gpus", "all", "--until-finished", trials=4, CUDA_VISIBLE_DEVICES="4,7")
    assert worker.wait(SECONDS) == 0, processes.log("worker.log")
    assert {ask.worker for ask in peer.asks} == {"w.0", "w.1"}
    assert {item.values for item in peer.tells} <= {(4.0,), (7.0,)}
    assert len(peer.tells) == 4


@pytest.mark.parametrize("gpus", [[], ["--gpus", "1"]])
def test_training_processes_know_how_many_lanes_are_wanted(processes, peer, gpus):
    options = ["--until-finished", "--lanes", "64", *gpus]
    worker = start(processes, peer, "lanes", *options, CUDA_VISIBLE_DEVICES="4", HPSEARCH_LANES="4")
    assert worker.wait(SECONDS) == 0, processes.log("worker.log")
    assert [item.values for item in peer.tells] == [(64.0,)]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--until-finished"], 2, "until-finished: needs --study"),
        (["--study", "a b"], 2, "studies.0: must match"),
        (["--name", "a/b"], 2, "name: must match"),
        (["--objective", "nonsense"], 2, "'nonsense' is neither built in (flax/mlp, flax/cnn) nor module:function"),
        (["--server", "nonsense"], 2, "server: must be an address"),
        (["--gpus", "all"], 2, "gpus: there is no GPU here"),
        (["--lanes", "5"], 2, "lanes: must be one of 1, 4, 16, 64, 256"),
        (["--concurrency", "0"], 2, "must be a whole number from 1, got '0'"),
        (["--nonsense"], 2, "unrecognized arguments"),
    ],
)
def test_wrong_options_are_named(tmp_path, monkeypatch, capsys, logs_as_before, arguments, code, said):
    monkeypatch.setenv("HPSEARCH_SPOOL", str(tmp_path))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    try:
        found = main(arguments)
    except SystemExit as ended:  # argparse
        found = ended.code
    assert found == code
    assert said in capsys.readouterr().err


def test_a_name_in_use_is_a_conflict(tmp_path, monkeypatch, capsys, logs_as_before):
    monkeypatch.setenv("HPSEARCH_SPOOL", str(tmp_path))
    with Spool(tmp_path / "w"):
        assert main(["--name", "w"]) == 4
    assert "a worker named w is running already" in capsys.readouterr().err
