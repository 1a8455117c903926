"""`hpsearch import` and `hpsearch study export` as people use them: processes, with a real server."""

import json
import signal

import optuna
import pytest
from event_files import hparams
from processes import TOKEN, Processes

from hpsearch.client import Client

optuna.logging.set_verbosity(optuna.logging.WARNING)

TRIALS = 100


@pytest.fixture
def client(desk, tmp_path):
    processes = Processes(tmp_path)
    _, address = processes.serve(tmp_path / "server.db")
    desk.environment |= {"HPSEARCH_SERVER": address, "HPSEARCH_TOKEN": TOKEN}
    with Client(address, TOKEN) as client:
        yield client
    processes.verify(f"sqlite:///{tmp_path / 'server.db'}")
    processes.close()


@pytest.fixture
def url(desk):
    url = f"sqlite:///{desk.work / 'optuna.db'}"
    study = optuna.create_study(study_name="mine")
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=TRIALS)
    optuna.create_study(storage=url, study_name="mine").add_trials(study.trials)
    return url


def test_an_import_that_is_interrupted_goes_on(desk, client, url, until):
    process = desk.start("import", "optuna", url)
    until(lambda: any(view.counts.queued >= 5 for view in client.list_studies()), process)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert (process.returncode, err.splitlines()[-1]) == (130, "Interrupted. The same command goes on from here.")
    counts = client.get_study("mine").counts
    assert counts.queued == counts.total < TRIALS
    again = desk.run("import", "optuna", url, "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["completed"] == TRIALS
    counts = client.get_study("mine").counts
    assert counts.completed == counts.total == TRIALS


def test_an_export_for_tensorboard_is_a_folder_of_runs(desk, client):
    created = {"name": "s", "objective": "m:f", "space": {"x": {"type": "float", "low": 0.0, "high": 1.0}}}
    client.create_study(created | {"budget": {"max_trials": 2}})
    for trial in client.trials("s"):
        with trial:
            trial.report(1, trial.params["x"])
    outcome = desk.run("study", "export", "s", "--format", "tensorboard", "-o", "runs")
    assert (outcome.returncode, outcome.stdout) == (0, "")
    assert outcome.stderr.splitlines()[-1] == "Wrote 2 runs. See them with: tensorboard --logdir runs"
    told = hparams(desk.work / "runs" / "trial-00001", "session_start_info").session_start_info.hparams
    assert told["x"].number_value == client.get_trial("s", 1).params["x"]
    again = desk.run("study", "export", "s", "--format", "tensorboard", "-o", "runs")
    assert (again.returncode, "new or empty" in again.stderr) == (2, True)
    assert desk.run("study", "export", "s", "--format", "tensorboard").returncode == 2
