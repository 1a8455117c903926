import json
from pathlib import Path

from hpsearch.cli.study_file import load_study

GRID = """\
name: g
objective: mine:train
sampler: {name: grid}
space:
  x: {type: int, low: 1, high: 12}
  o: {type: categorical, choices: [sgd, adam]}
  m: {type: float, low: 0, high: 0.9, step: 0.3, when: {o: [sgd]}}
"""


def write(text: str) -> Path:
    path = Path("study.yaml")
    path.write_text(text)
    return path


def test_facts_of_a_grid_of_the_users_own_objective(cli):
    found = cli("study", "check", write(GRID), "--json")
    assert found.code == 0
    facts = json.loads(found.out)
    assert facts["points"] == 12 * (4 + 1)
    assert facts["programs"] is None
    assert not facts["checked"]


def test_the_sample_is_a_point_of_the_space(cli):
    path = write(GRID)
    space = load_study(path).space
    for _ in range(20):
        assert space.contains(json.loads(cli("study", "check", path, "--json").out)["sample"])


def test_programs_of_a_built_in_objective_are_counted(cli):
    space = "{optimizer: {type: categorical, choices: [sgd, adam]}, learning_rate: {type: float, low: 1e-3, high: 1}}"
    found = cli("study", "check", write(f"name: s\nobjective: flax/mlp\nspace: {space}\n"))
    assert found.code == 0
    assert "2 to compile at most" in found.out
    assert "beyond counting" in found.out


def test_a_bad_study_ends_with_2_and_a_line_for_each_field(cli):
    found = cli(
        "study", "check", write(GRID.replace("low: 1, high: 12", "low: 2, high: 1").replace("name: g\n", "nam: g\n"))
    )
    assert found.code == 2
    assert found.out == ""
    assert [line.split(": ")[:3] for line in found.err.splitlines()] == [
        ["error", "study.yaml:1", "name"],
        ["error", "study.yaml:5", "space.x.low"],
        ["error", "study.yaml:1", "nam"],
    ]


def test_a_grid_over_a_continuous_range_is_refused(cli):
    found = cli("study", "check", write(GRID.replace(", step: 0.3", "")))
    assert found.code == 2
    assert "study.yaml:7: space.m: a grid needs a finite number of values" in found.err


def test_10_to_the_12_points_are_counted_at_once(cli):
    space = "".join(f"  p{place}: {{type: int, low: 0, high: 9}}\n" for place in range(12))
    found = cli("study", "check", write(f"name: s\nobjective: mine:train\nspace:\n{space}"))
    assert "1,000,000,000,000" in found.out
