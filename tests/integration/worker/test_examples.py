"""The examples for the user's own code do what they say."""

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import trainings  # noqa: F401  # compiles fast for tests
import yaml
from patience import SECONDS
from populations import Crew, engine, finish
from processes import TOKEN, Processes, wait_until

from hpsearch.cli.init import template
from hpsearch.cli.study_file import load_study
from hpsearch.client import Client
from hpsearch.errors import InvalidSettings
from hpsearch.study import Direction, Study
from hpsearch.trial import TrialState
from hpsearch_workers import checkpoints
from hpsearch_workers.objective import TrialRun
from hpsearch_workers.population.contract import Contract
from hpsearch_workers.population.trial import Trial

EXAMPLES = Path(__file__).parents[3] / "examples"
OWN = EXAMPLES / "own_objective"
NETWORK = EXAMPLES / "own_network"


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
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False)
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


HPSEARCH = [sys.executable, "-c", "import sys; from hpsearch.cli.main import main; sys.exit(main())"]


def test_a_network_of_ones_own_is_searched_as_a_population(served):
    processes, address = served
    folder = shutil.copytree(NETWORK, processes.folder / "own_network")
    study = yaml.safe_load((folder / "study.yaml").read_text())
    study |= {"budget": {"max_trials": 8}, "settings": {"max_epochs": 4}, "sampler": {"name": "random", "seed": 1}}
    (folder / "study.yaml").write_text(yaml.safe_dump(study))
    environment = {**processes.environment, "JAX_DISABLE_MOST_OPTIMIZATIONS": "1"}
    command = [*HPSEARCH, "run", "study.yaml", "--server", address, "--lanes", "4", "--json"]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr
    with Client(address, TOKEN) as client:
        trials = [client.get_trial(study["name"], number) for number in range(8)]
        best = client.best(study["name"]).trials[0]
    assert {trial.state for trial in trials} == {TrialState.COMPLETED}
    programs = {json.dumps(trial.history[0].trace["programs"]) for trial in trials}
    assert len(programs) == len({trial.params["units"] for trial in trials})  # one for all trials of a shape
    assert {part["lanes"] for trial in trials for part in trial.history[0].trace["programs"]} == {4}
    (points, following), validation = (data := load(NETWORK / "model.py").waves(1000, 250)).samples, data.validation[0]
    assert best.values[0] < ((points[:, -1] - following)[validation] ** 2).mean() / 2  # that of saying the last point
    kept = checkpoints.load(processes.folder / "data" / "hpsearch" / "checkpoints" / best.checkpoint.ref)
    assert kept["out"].shape == (best.params["units"],)


def test_what_init_writes_for_a_network_of_ones_own_trains(tmp_path):
    (tmp_path / "written.py").write_text(template("own_network.py.txt"))
    objective = load(tmp_path / "written.py").Objective()
    (tmp_path / "study.yaml").write_text(template("own_network.yaml"))
    study = load_study(tmp_path / "study.yaml")
    params = {"units": 32, "learning_rate": 0.01, "decay": 0.9, "weight_decay": 1e-4, "dropout": 0.1}
    assert study.space.contains(params)
    run = TrialRun("s", "o", 0, 1, params, {"max_epochs": 8}, 0, study.metric, study.direction, print)
    crew = Crew(objective=objective)
    running = engine(crew, 1)
    running.add(Trial("lease", run, Contract().checked(objective.prepare(run), run)), None, None)
    finish(running)
    assert crew.failures == {}
    assert crew.ended[0].values[0] < crew.reports[0][0][1]["val_loss"]
    assert crew.ended[0].weights["hidden"].shape == (8, 32)


def _paused(client):
    view = client.get_study("own-objective")
    return view if view.state == "paused" else None
