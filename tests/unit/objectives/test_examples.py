from pathlib import Path

import pytest

from hpsearch import objectives
from hpsearch.cli import study_file

EXAMPLES = Path(__file__).parents[3] / "examples"
PROGRAMS = {"digits.yaml": 2, "mnist.yaml": 10, "mnist-reference.yaml": 1, "mnist-mlp.yaml": 1, "mnist-cnn.yaml": 1}


@pytest.mark.parametrize(("name", "programs"), PROGRAMS.items())
def test_an_example_is_a_valid_study_of_few_programs(name, programs):
    study = study_file.load_study(EXAMPLES / name)
    objective = objectives.get(study.objective)
    objective.check(study)
    assert objective.signatures(study) == programs
