import json
from pathlib import Path

from hpsearch.cli.study_file import load_study


def test_the_file_is_a_valid_study_and_says_what_is_next(cli):
    found = cli("init")
    assert found.code == 0
    assert "hpsearch run study.yaml" in found.err
    assert load_study(Path("study.yaml")).objective == "flax/mlp"
    assert json.loads(cli("init", "other.yaml", "--json").out) == {"file": "other.yaml", "module": None}


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


def test_a_network_of_ones_own_comes_with_its_module(cli):
    found = cli("init", "--own-network", "--json")
    assert json.loads(found.out) == {"file": "study.yaml", "module": "model.py"}
    assert "Wrote study.yaml and model.py." in found.err
    module, _, name = load_study(Path("study.yaml")).objective.partition(":")
    assert f"class {name}:" in Path(f"{module}.py").read_text()


def test_neither_file_is_written_where_one_is_there(cli):
    Path("model.py").write_text("mine")
    found = cli("init", "--own-network")
    assert found.code == 4
    assert "model.py exists; --force overwrites." in found.err
    assert (Path("model.py").read_text(), Path("study.yaml").exists()) == ("mine", False)
    assert cli("init", "--own-network", "--force").code == 0
    assert cli("init", "--own-network").err.startswith("error: study.yaml and model.py exist")


def test_a_study_file_is_no_module(cli):
    assert cli("init", "model.py", "--own-network").code == 2
    assert not Path("model.py").exists()
