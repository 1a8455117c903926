import io
import json
import subprocess
import sys

import numpy as np
import pytest
from trainings import train, trial_run

from hpsearch import objectives
from hpsearch.errors import CheckpointNotFound, InvalidInput, InvalidSettings
from hpsearch.settings import Settings
from hpsearch_workers import data, evaluate, export
from hpsearch_workers.checkpoints import BestWeights
from hpsearch_workers.job import Job, main, read
from hpsearch_workers.training.predictor import Predictor

SETTINGS = {"data": {"name": "digits"}, "hidden_units": 20, "max_epochs": 10, "learning_rate": 0.01}
PARAMS = {"batch_norm": True}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The job of a trained network, and the options under which its weights are found."""
    root = tmp_path_factory.mktemp("checkpoints")
    outcome, _ = train(SETTINGS, PARAMS)
    kept = BestWeights(root, 1).offer(trial_run(), outcome)
    document = {"objective": "flax/mlp", "settings": SETTINGS, "params": PARAMS, "seed": 0}
    document["checkpoint"] = {"ref": kept.ref, "step": kept.step}
    return read(io.StringIO(json.dumps(document))), Settings(checkpoints=root), outcome


def test_the_weights_are_tested_on_the_sealed_samples(trained):
    job, options, outcome = trained
    metrics = evaluate.evaluate(job, options)
    assert set(metrics) == {"test_loss", "test_accuracy"}
    assert abs(metrics["test_accuracy"] - outcome.metrics["val_accuracy"]) < 0.06
    sealed = data.test_data(objectives.get("flax/mlp").configure(SETTINGS, PARAMS).data, options.data)
    scores = Predictor("flax/mlp", SETTINGS, PARAMS, outcome.weights)(sealed.inputs)
    np.testing.assert_allclose(scores.sum(axis=1), 1, rtol=1e-5)
    assert metrics["test_accuracy"] == pytest.approx(np.mean(scores.argmax(axis=1) == sealed.labels))
    picked = scores[np.arange(len(sealed)), sealed.labels]
    assert metrics["test_loss"] == pytest.approx(-np.log(picked).mean(), rel=1e-4)


def test_the_best_epoch_gives_the_validation_loss_again(trained):
    job, options, outcome = trained
    predictor = Predictor(job.objective, job.settings, job.params, outcome.weights)
    found = predictor.evaluate(data.training_data(predictor.settings.data, options.data).validation)
    assert found["loss"] == pytest.approx(outcome.values[0], rel=1e-5)


def test_the_exported_script_predicts(trained, tmp_path):
    job, options, outcome = trained
    export.export(job, options, tmp_path / "best")
    described = json.loads((tmp_path / "best" / "params.json").read_text())
    assert described == {"objective": "flax/mlp", "settings": SETTINGS, "params": PARAMS, "seed": 0}
    images = data.training_data(
        objectives.get("flax/mlp").configure(SETTINGS, {}).data, options.data
    ).validation.inputs[:5]
    np.save(tmp_path / "images.npy", images[..., 0])
    script = [sys.executable, str(tmp_path / "best" / "predict.py"), str(tmp_path / "images.npy")]
    done = subprocess.run(script, capture_output=True, text=True, check=True)
    expected = Predictor("flax/mlp", SETTINGS, PARAMS, outcome.weights)(images).argmax(axis=1)
    assert done.stdout.split() == [str(label) for label in expected]
    without = subprocess.run(script[:-1], capture_output=True, text=True, check=False)
    assert (without.returncode, "python predict.py INPUTS.npy" in without.stderr) == (1, True)


def test_no_input_has_no_scores(trained):
    job, _, outcome = trained
    assert Predictor(job.objective, job.settings, job.params, outcome.weights)(np.zeros((0, 8, 8))).shape == (0, 10)


def test_samples_of_another_shape_are_refused(trained):
    job, _, outcome = trained
    other = data.Samples(np.zeros((2, 9, 9, 1), np.uint8), np.zeros(2, np.int32))
    with pytest.raises(InvalidSettings, match=r"trained on \(8, 8, 1\)"):
        Predictor(job.objective, job.settings, job.params, outcome.weights).evaluate(other)


def test_weights_that_fell_out_are_said_to_be_gone(trained):
    job, options, _ = trained
    gone = Job(**job.model_dump() | {"checkpoint": {"ref": "s/99-1", "step": 1}})
    for use in (
        lambda: evaluate.evaluate(gone, options),
        lambda: export.export(gone, options, options.checkpoints / "out"),
    ):
        with pytest.raises(CheckpointNotFound):
            use()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"objective": "flax/mlp", "more": 1}'])
def test_a_malformed_job_is_refused(text):
    with pytest.raises(InvalidInput):
        read(io.StringIO(text))


@pytest.mark.parametrize(
    ("error", "code"),
    [(None, 0), (InvalidInput.at("params.depth", "x"), 2), (CheckpointNotFound("gone"), 3), (OSError("disk"), 1)],
)
def test_exit_codes(error, code, capsys):
    def run(arguments):
        if error is not None:
            raise error

    with pytest.raises(SystemExit) as caught:
        main(run)
    assert caught.value.code == code
    assert capsys.readouterr().err == (f"{error}\n" if error else "")


def test_the_program_reads_a_job_and_writes_metrics(trained, monkeypatch, capsys):
    job, options, _ = trained
    monkeypatch.setenv("HPSEARCH_CHECKPOINTS", str(options.checkpoints))
    monkeypatch.setattr(sys, "stdin", io.StringIO(job.model_dump_json()))
    evaluate._run(["--study-json", "-"])
    assert set(json.loads(capsys.readouterr().out)["metrics"]) == {"test_loss", "test_accuracy"}
