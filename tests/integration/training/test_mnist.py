import os
from pathlib import Path

import pytest
from trainings import train

from hpsearch.cli import study_file
from hpsearch.settings import Settings
from hpsearch_workers import data
from hpsearch_workers.training.predictor import Predictor

ROOT = Path(__file__).parents[3]
MNIST = Path(os.environ.get("HPSEARCH_TEST_MNIST") or ROOT.parent / "shared" / "datasets" / "mnist")

pytestmark = pytest.mark.skipif(
    not MNIST.is_dir(), reason="needs MNIST's IDX files; name their folder in HPSEARCH_TEST_MNIST"
)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_reference_result(seed, monkeypatch):
    monkeypatch.setenv("HPSEARCH_DATA", str(MNIST.parent))
    study = study_file.load_study(ROOT / "examples" / "mnist-reference.yaml")
    settings = {**study.settings, "data": {**study.settings["data"], "path": MNIST.name}}
    outcome, curve = train(settings, {"learning_rate": 1.0}, objective=study.objective, seed=seed)
    assert 10 <= len(curve) <= 40
    predictor = Predictor(study.objective, settings, {"learning_rate": 1.0}, outcome.weights)
    tested = predictor.evaluate(data.test_data(predictor.settings.data, Settings().data))
    assert 0.93 <= tested["accuracy"] <= 0.945
