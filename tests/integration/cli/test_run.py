"""`hpsearch run`, as a user runs it: a server and a worker of its own, in real processes."""

import json
import os
import re
import signal
from pathlib import Path

import pytest
from patience import SECONDS

STUDY = """\
name: s
objective: mine:run
metric: loss
space: {x: {type: float, low: -5, high: 5}}
sampler: {name: random, seed: 1}
budget: {max_trials: 4}
attempts: {errors: 1}
"""
MINE = """\
import time
from pathlib import Path

def run(trial):
    for step in range(1, 4):
        trial.report(step, trial.params["x"] ** 2 + 1 / step)
    Path(f"trial-{trial.number}").touch()
    while trial.number == 2 and not Path("go").exists():
        time.sleep(0.05)
        step += 1
        trial.report(step, 1.0)
    return trial.params["x"] ** 2

def fails(trial):
    raise ValueError("no such file: data.csv")
"""


@pytest.fixture
def study(desk):
    """A study whose third trial waits for the file `go`."""
    desk.write("mine.py", MINE)
    return desk.write("study.yaml", STUDY)


def gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def test_the_search_of_the_quickstart(desk):
    page = (Path(__file__).parents[3] / "docs" / "quickstart.md").read_text()
    desk.write("train.py", re.findall(r"```python\n(# train\.py\n.*?)```", page, re.DOTALL)[0])
    desk.write("own.yaml", re.findall(r"```yaml\n(# own\.yaml\n.*?)```", page, re.DOTALL)[0])
    done = desk.run("run", "own.yaml")
    assert done.returncode == 0, done.stderr
    assert "own is finished (max_trials)" in done.stdout
    assert "error by step" in done.stdout
    assert "┤" in done.stdout
    assert f"sqlite:///{desk.folder}/data/hpsearch/hpsearch.db" in done.stdout
    assert "hpsearch study best own" in done.stdout


def test_ctrl_c_stops_all_and_the_same_command_goes_on(desk, study, until, children):
    running = desk.start("run", study)
    until((desk.work / "trial-2").exists, running)
    processes = children(running.pid)
    assert set(processes) == {"hpsearch_api", "hpsearch_workers"}
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=SECONDS)
    assert running.returncode == 130, err
    assert out == ""
    assert "the same command goes on from here" in err
    assert all(gone(pid) for pid in processes.values())
    (desk.work / "go").touch()
    done = desk.run("run", study, "--json")
    assert done.returncode == 0, done.stderr
    assert "2 trials are done" in done.stderr
    told = json.loads(done.stdout)
    assert told["study"]["counts"]["completed"] == 4
    assert told["best"][0]["number"] == told["study"]["best_trial"]
    verified = desk.run("verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr


@pytest.mark.parametrize("module", ["hpsearch_api", "hpsearch_workers"])
def test_a_child_that_dies_is_told_and_leaves_nothing_behind(desk, study, until, children, module):
    running = desk.start("run", study)
    until((desk.work / "trial-2").exists, running)
    processes = children(running.pid)
    os.kill(processes[module], signal.SIGKILL)
    out, err = running.communicate(timeout=SECONDS)
    assert running.returncode == 1
    name = {"hpsearch_api": "server", "hpsearch_workers": "worker"}[module]
    assert f"error: The {name} was killed by SIGKILL" in err
    assert f"{desk.folder}/state/hpsearch/log/s-{name}.log" in err
    assert out == ""
    assert all(gone(pid) for pid in processes.values())


def test_a_study_that_pauses_itself_says_why(desk, study):
    study.write_text(STUDY.replace("mine:run", "mine:fails").replace("max_trials: 4", "max_trials: 9"))
    done = desk.run("run", study)
    assert done.returncode == 1
    assert "s is paused (failures)" in done.stderr
    assert "no such file: data.csv" in done.stderr


def test_an_objective_that_cannot_be_imported_is_told(desk, study):
    study.write_text(STUDY.replace("mine:run", "nowhere:run"))
    done = desk.run("run", study)
    assert done.returncode == 1
    assert "The worker ended with exit code 2" in done.stderr
    assert "nowhere" in done.stderr


def test_a_database_that_another_server_holds(desk, study, until):
    server = desk.start("serve", "--port", 0)
    until((desk.folder / "config" / "hpsearch" / "token").exists, server)
    done = desk.run("run", study)
    assert done.returncode == 4, done.stderr
    assert "--server" in done.stderr
