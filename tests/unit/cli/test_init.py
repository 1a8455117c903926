import json
from pathlib import Path

from hpsearch.cli.study_file import load_study


def test_the_file_is_a_valid_study_and_says_what_is_next(cli):
    found = cli("init")
    assert found.code == 0
    assert "hpsearch run study.yaml" in found.err
    assert load_study(Path("study.yaml")).objective == "flax/mlp"
    assert json.loads(cli("init", "other.yaml", "--json").out) == {"file": "other.yaml"}


def test_a_file_that_is_there_is_kept_unless_forced(cli):
    Path("a.yaml").write_text("mine")
    found = cli("init", "a.yaml")
    assert found.code == 4
    assert Path("a.yaml").read_text() == "mine"
    assert cli("init", "a.yaml", "--force").code == 0
    assert load_study(Path("a.yaml"))


def test_a_folder_that_is_not_there_is_one_line(cli):
    found = cli("init", "nowhere/a.yaml")
    assert found.code == 1
    assert found.err.count("\n") == 1
