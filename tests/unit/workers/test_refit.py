import io
import json
import sys
import types
from dataclasses import replace

import numpy as np
import pytest
from populations import SAMPLES, VALIDATION, Crew, engine, finish
from populations import trial as line
from trainings import OBJECTIVE, trial_run

from hpsearch import objectives
from hpsearch.errors import HpsearchError, InvalidInput, InvalidSettings
from hpsearch.settings import Settings
from hpsearch_workers import checkpoints, data, refit
from hpsearch_workers.job import Job
from hpsearch_workers.population.trial import Trial
from hpsearch_workers.training.predictor import Predictor

EPOCHS = 6
"""After these the training loss is greater than it was an epoch before."""
SETTINGS = {"data": {"name": "digits"}, "depth": 0, "folds": 3, "max_epochs": 20, "schedule": "linear", "alpha": 0.9}
PARAMS = {"optimizer": "rmsprop", "learning_rate": 0.1}


def job(**changes):
    given = {"objective": "flax/mlp", "settings": SETTINGS, "params": PARAMS, "seed": 5}
    return Job.model_validate(given | {"checkpoint": {"ref": "s/3-refit-a", "step": EPOCHS}} | changes)


@pytest.fixture(scope="module")
def refitted(tmp_path_factory):
    options = Settings(checkpoints=tmp_path_factory.mktemp("checkpoints"))
    return options, refit.refit(job(), options)


def test_the_weights_are_those_after_the_last_epoch_in_a_lane(refitted):
    options, metrics = refitted
    # The learning rate falls, so that the least one is that of the last epoch.
    run = trial_run(settings=SETTINGS, params=PARAMS, seed=5, metric="learning_rate")
    trial, crew = Trial("lease", run, OBJECTIVE.prepare_refit(run, EPOCHS)), Crew()
    crew.objective = OBJECTIVE
    running = engine(crew, 1)
    running.add(trial, None, None)
    finish(running)
    weights = checkpoints.load(options.checkpoints / "s" / "3-refit-a")
    outcome = crew.ended[0]
    assert outcome.best_step == EPOCHS
    for path, expected in outcome.weights["params"].items():
        np.testing.assert_array_equal(weights["params"][path], expected)
    assert metrics == {name: value for name, value in outcome.metrics.items() if name.startswith("train_")}


def test_it_has_learned_from_all_samples(refitted):
    options, metrics = refitted
    assert metrics["train_accuracy"] > 0.9
    predictor = Predictor("flax/mlp", SETTINGS, PARAMS, checkpoints.load(options.checkpoints / "s" / "3-refit-a"))
    chosen = objectives.get("flax/mlp").configure(SETTINGS, PARAMS).data
    for samples in (data.pooled_data(chosen, options.data), data.test_data(chosen, options.data)):
        assert predictor.evaluate(samples)["accuracy"] > 0.85


def test_the_test_data_stays_sealed(monkeypatch, tmp_path):
    def sealed(*_):
        raise AssertionError("a refit opened the test data")

    monkeypatch.setattr(data.source, "test_data", sealed)
    monkeypatch.setattr(data, "test_data", sealed)
    refit.refit(job(checkpoint={"ref": "s/1", "step": 1}), Settings(checkpoints=tmp_path))


def test_a_model_of_the_users_is_trained_on_all_its_samples(monkeypatch, tmp_path):
    class Mine:
        def prepare(self, given):
            return replace(line(given.number).training, max_epochs=50, patience=1, repeats=3)

        def weights(self, training, weights):
            rows = training.data.train[training.data.train >= 0]
            return {"rows": rows, "w": weights["w"], "epochs": np.int32(training.max_epochs)}

    module = types.ModuleType("mine")
    module.Mine = Mine
    monkeypatch.setitem(sys.modules, "mine", module)
    metrics = refit.refit(job(objective="mine:Mine"), Settings(checkpoints=tmp_path))
    kept = checkpoints.load(tmp_path / "s" / "3-refit-a")
    assert kept["rows"].tolist() == list(range(SAMPLES + VALIDATION))
    assert (kept["w"].shape, int(kept["epochs"])) == ((3,), EPOCHS)
    assert set(metrics) == {"train_loss"}


def test_divergence_stores_nothing(tmp_path):
    wild = job(params={"learning_rate": 1e38, "optimizer": "sgd"})
    with pytest.raises(HpsearchError, match="diverged in epoch"):
        refit.refit(wild, Settings(checkpoints=tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("changes", "error", "field"),
    [
        ({"objective": "flax/other"}, InvalidInput, "objective"),
        ({"objective": "json:loads"}, InvalidInput, "objective"),
        ({"settings": {"fold": 3}}, InvalidSettings, "settings.fold"),
        ({"checkpoint": {"ref": "s/1", "step": 0}}, InvalidInput, "checkpoint.step"),
    ],
)
def test_what_cannot_be_trained_is_refused(changes, error, field, tmp_path):
    with pytest.raises(error) as caught:
        refit.refit(job(**changes), Settings(checkpoints=tmp_path))
    assert [problem.field for problem in caught.value.fields] == [field]


def test_the_program_reads_a_job_and_writes_metrics(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("HPSEARCH_CHECKPOINTS", str(tmp_path))
    monkeypatch.setattr(sys, "stdin", io.StringIO(job().model_dump_json()))
    refit._run([])
    assert set(json.loads(capsys.readouterr().out)["metrics"]) == {"train_loss", "train_accuracy"}
    assert (tmp_path / "s" / "3-refit-a").is_dir()
