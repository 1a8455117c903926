"""From a search of a built-in network to its test and its saved weights, as a user goes."""

import json

import pytest

STUDY = """\
name: tiny
objective: flax/mlp
space: {learning_rate: {type: float, low: 1e-3, high: 1e-1, log: true}}
sampler: {name: random, seed: 3}
budget: {max_trials: 2}
settings: {max_epochs: 3, hidden_units: 16}
"""


@pytest.mark.slow
def test_search_serve_test_and_save(desk, until):
    desk.write("tiny.yaml", STUDY)
    done = desk.run("run", "tiny.yaml", "--json")
    assert done.returncode == 0, done.stderr
    best = json.loads(done.stdout)["best"][0]
    server = desk.start("serve", "--port", 0)
    assert server.stderr is not None
    line = server.stderr.readline()
    address = next(word for word in line.split() if word.startswith("http://"))

    tested = desk.run("study", "test", "tiny", "--server", address, "--json")
    assert tested.returncode == 0, tested.stderr
    record = json.loads(tested.stdout)
    assert record["trial"] == best["number"]
    assert record["who"] == "admin"
    assert 0 < record["metrics"]["test_accuracy"] <= 1
    again = desk.run("study", "test", "tiny", "--server", address, "--json")
    assert "tested before" in again.stderr
    assert json.loads(again.stdout) == record

    saved = desk.run("study", "best", "tiny", "--save", "out", "--server", address)
    assert saved.returncode == 0, saved.stderr
    assert f"Wrote trial {best['number']} to out" in saved.stderr
    assert json.loads((desk.work / "out" / "params.json").read_text())["params"] == best["params"]
    script = (desk.work / "out" / "predict.py").read_text()
    compile(script, "predict.py", "exec")

    for folder in (desk.folder / "data" / "hpsearch" / "checkpoints").iterdir():
        folder.rename(folder.with_name("elsewhere"))
    gone = desk.run("study", "best", "tiny", "--save", "out2", "--server", address)
    assert gone.returncode == 3, gone.stderr
    assert gone.stderr.count("\n") == 1


FOLDED = """\
name: folded
objective: flax/mlp
space: {learning_rate: {type: float, low: 1e-3, high: 1e-1, log: true}}
sampler: {name: random, seed: 3}
budget: {max_trials: 2}
settings: {max_epochs: 2, depth: 0, folds: 3, repeats: 2}
"""


@pytest.mark.slow
def test_cross_validate_refit_and_test(desk):
    desk.write("folded.yaml", FOLDED)
    done = desk.run("run", "folded.yaml", "--json")
    assert done.returncode == 0, done.stderr
    best = json.loads(done.stdout)["best"][0]
    assert best["metrics"]["val_loss_std"] > 0
    server = desk.start("serve", "--port", 0)
    assert server.stderr is not None
    address = next(word for word in server.stderr.readline().split() if word.startswith("http://"))

    early = desk.run("study", "test", "folded", "--server", address)
    assert early.returncode == 3
    assert f"hpsearch study refit folded --trial {best['number']}" in early.stderr
    again = desk.run("study", "refit", "folded", "--save", "out", "--server", address, "--json")
    assert again.returncode == 0, again.stderr
    told = json.loads(again.stdout)
    assert (told["trial"], told["checkpoint"]["step"]) == (best["number"], int(best["metrics"]["best_epoch"] + 0.5))
    assert json.loads((desk.work / "out" / "params.json").read_text())["params"] == best["params"]
    tested = desk.run("study", "test", "folded", "--server", address, "--json")
    assert tested.returncode == 0, tested.stderr
    assert json.loads(tested.stdout)["metrics"]["test_accuracy"] > 0.5


@pytest.mark.slow
def test_a_model_of_the_users_is_searched_refitted_and_saved(desk):
    assert desk.run("init", "--own-network").returncode == 0
    study = (desk.work / "study.yaml").read_text()
    desk.write("study.yaml", study.replace("max_trials: 40", "max_trials: 4"))
    done = desk.run("run", "study.yaml", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    name, best = told["study"]["name"], told["best"][0]
    server = desk.start("serve", "--port", 0)
    assert server.stderr is not None
    address = next(word for word in server.stderr.readline().split() if word.startswith("http://"))

    again = desk.run("study", "refit", name, "--save", "out", "--server", address, "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["checkpoint"]["step"] == best["best_step"]
    assert sorted(path.name for path in (desk.work / "out").iterdir()) == ["params.json", "weights"]
    tested = desk.run("study", "test", name, "--server", address)
    assert tested.returncode == 2
    assert "objective" in tested.stderr
