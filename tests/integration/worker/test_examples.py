"""The examples for the user's own code do what they say."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from processes import TOKEN, Processes, wait_until

from hpsearch.client import Client
from hpsearch.errors import InvalidSettings
from hpsearch.study import Direction, Study
from hpsearch.trial import TrialState
from hpsearch_workers.objective import TrialRun

EXAMPLES = Path(__file__).parents[3] / "examples"
OWN = EXAMPLES / "own_objective"


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def objective():
    return load(OWN / "objective.py")


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Processes in a folder of their own, a server among them, and its address."""
    processes = Processes(tmp_path_factory.mktemp("examples"))
    yield processes, processes.serve(processes.folder / "studies.db")[1]
    processes.close()


def run(objective, settings, reports, **params):
    chosen = {"learning_rate": 0.01, "hidden_units": 32, "weight_decay": 1e-4, **params}
    trial = TrialRun(
        study="own-objective",
        objective="objective:train",
        number=0,
        attempt=1,
        params=chosen,
        settings=settings,
        seed=3,
        metric="val_loss",
        direction=Direction.MINIMIZE,
        reporter=lambda step, value, metrics: reports.append((step, value, metrics)),
    )
    return objective.train(trial)


def test_the_objective_of_ones_own_learns_and_compiles_a_width_once(objective):
    study = Study.model_validate(yaml.safe_load((OWN / "study.yaml").read_text()))
    assert study.objective == "objective:train"
    reports = []
    outcome = run(objective, study.settings, reports)
    assert [step for step, _, _ in reports] == list(range(1, study.settings["epochs"] + 1))
    assert outcome.values[0] == min(value for _, value, _ in reports)
    assert outcome.metrics["val_accuracy"] > 0.9
    run(objective, study.settings, [], learning_rate=0.02)
    init, epoch = objective.program(32, study.settings["batch_size"])
    assert (init._cache_size(), epoch._cache_size()) == (1, 1)


def test_settings_that_cannot_be_are_named(objective):
    with pytest.raises(InvalidSettings, match=r"settings\.epochs: must be a whole number from 1, got 'many'"):
        run(objective, {"epochs": "many"}, [])


def test_the_loop_of_ones_own_searches(served):
    processes, address = served
    command = [sys.executable, str(EXAMPLES / "own_loop.py")]
    environment = {**processes.environment, "HPSEARCH_SERVER": address}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("trial ")


def test_wrong_settings_pause_the_study_with_their_message(served):
    """One mistake costs one trial."""
    processes, address = served
    (processes.folder / "objective.py").write_text(
        "from hpsearch.errors import InvalidSettings\n"
        "def train(trial):\n"
        "    raise InvalidSettings.at('settings.epochs', 'must be a whole number from 1')\n"
    )
    definition = {**yaml.safe_load((OWN / "study.yaml").read_text()), "settings": {"epochs": "many"}}
    with Client(address, TOKEN) as client:
        client.create_study(definition)
        processes.work(address, "--study", "own-objective", "--objective", "objective:train")
        view = wait_until(lambda: _paused(client), "the study to pause")
        assert (view.reason, view.counts.total) == ("invalid_settings", 1)
        assert "settings.epochs: must be a whole number from 1" in view.reason_detail
        assert client.get_trial("own-objective", 0).state is TrialState.FAILED


def _paused(client):
    view = client.get_study("own-objective")
    return view if view.state == "paused" else None
