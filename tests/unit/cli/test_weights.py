"""What is done with the weights of a best trial: tests, refits, exports."""

import json
from pathlib import Path

import pytest
from cli_views import opened_test, study_view, trial_detail
from peer import Answer, problem

from hpsearch.cli import weights
from hpsearch.settings import load
from hpsearch.wire.base import Page

BASE = "/api/v1/studies"


def page(*items) -> Answer:
    return Answer(body=json.loads(Page(items=list(items)).model_dump_json()))


def test_what_was_tested_is_not_tested_again(cli, peer):
    peer.on("GET", f"{BASE}/s", Answer(body=study_view(state="finished")))
    peer.on("GET", f"{BASE}/s/best", Answer(body={"trials": [json.loads(trial_detail().model_dump_json())]}))
    peer.on("GET", f"{BASE}/s/trials/3", Answer(body=trial_detail()))
    peer.on("GET", f"{BASE}/s/tests", page(opened_test(), opened_test(id=2, metrics=None), opened_test(id=3, trial=4)))
    found = cli("study", "test", "s")
    assert found.code == 0
    assert "tested before" in found.err
    assert found.out == (
        "trial 3 on the test data, asked for by admin at 2026-01-01 00:00:00Z\n  test_accuracy  0.875\n"
    )
    assert all(request.method == "GET" for request in peer.seen)


def test_a_test_is_opened_evaluated_and_recorded(cli, peer, monkeypatch):
    jobs = []
    monkeypatch.setattr(weights, "_start", lambda *job: jobs.append(job) or '{"metrics": {"test_accuracy": 0.75}}')
    peer.on("GET", f"{BASE}/s", Answer(body=study_view(state="finished", definition=FOLDED)))
    peer.on("GET", f"{BASE}/s/trials/3", Answer(body=trial_detail()))
    peer.on("GET", f"{BASE}/s/tests", page())
    peer.on(
        "POST", f"{BASE}/s/tests", Answer(201, opened_test(metrics=None)), problem(409, "study_not_finished", "active")
    )
    peer.on("PUT", f"{BASE}/s/tests/1", Answer(body=opened_test()))
    assert json.loads(cli("study", "test", "s", "--trial", 3, "--json").out)["metrics"] == {"test_accuracy": 0.875}
    ((module, arguments, job),) = jobs
    assert (module, arguments) == ("hpsearch_workers.evaluate", ["--study-json", "-"])
    assert job == {
        **{"objective": "flax/mlp", "settings": {"folds": 3}, "params": {"x": 3}, "seed": 11},
        "checkpoint": {"ref": "/weights", "step": 2},
    }
    assert peer.requests("PUT", f"{BASE}/s/tests/1")[0].json == {"metrics": {"test_accuracy": 0.75}}
    refused = cli("study", "test", "s", "--trial", 3)
    assert (refused.code, refused.err) == (4, "error: active\n")
    assert len(jobs) == 1


def test_without_weights_the_test_data_stays_sealed(cli, peer):
    peer.on("GET", f"{BASE}/s", Answer(body=study_view(state="finished", definition=FOLDED)))
    peer.on("GET", f"{BASE}/s/trials/3", Answer(body=trial_detail(checkpoint=None)))
    peer.on("GET", f"{BASE}/s/tests", page())
    assert cli("study", "test", "s", "--trial", 3).code == 3
    assert peer.requests("POST", f"{BASE}/s/tests") == []


FOLDED = {
    "objective": "flax/mlp",
    "space": {"dropout": {"type": "float", "low": 0.0, "high": 0.5}},
    "settings": {"folds": 3},
}


@pytest.fixture
def jobs(monkeypatch):
    """What programs were started with; a refit leaves weights."""
    found = []

    def start(module, arguments, job):
        found.append((module, arguments, job))
        if module == "hpsearch_workers.refit":
            (load().checkpoints / job["checkpoint"]["ref"]).mkdir(parents=True)
        return '{"metrics": {"train_loss": 0.125}}'

    monkeypatch.setattr(weights, "_start", start)
    return found


def folded(peer, **changes):
    peer.on("GET", f"{BASE}/s", Answer(body=study_view(state="finished", definition=FOLDED)))
    found = trial_detail(checkpoint=None, metrics={"val_loss": 0.25, "best_epoch": 6.5}, **changes)
    peer.on("GET", f"{BASE}/s/best", Answer(body={"trials": [json.loads(found.model_dump_json())]}))
    peer.on("GET", f"{BASE}/s/trials/3", Answer(body=found))


def test_a_refit_trains_for_the_average_best_epoch(cli, peer, jobs):
    folded(peer)
    done = cli("study", "refit", "s")
    assert (done.code, done.out) == (0, "trial 3 on all data but the test data, after 7 epochs\n  train_loss  0.125\n")
    ((module, arguments, job),) = jobs
    assert (module, arguments) == ("hpsearch_workers.refit", [])
    assert {name: job[name] for name in ("objective", "settings", "params", "seed")} == {
        **{"objective": "flax/mlp", "settings": {"folds": 3}, "params": {"x": 3}, "seed": 11}
    }
    assert job["checkpoint"]["step"] == 7
    assert job["checkpoint"]["ref"].startswith("s/3-refit-")
    assert all(request.method == "GET" for request in peer.seen)


def test_a_refit_without_an_average_trains_for_the_best_epoch(cli, peer, jobs):
    peer.on("GET", f"{BASE}/s", Answer(body=study_view(definition=FOLDED | {"settings": {"repeats": 2}})))
    peer.on("GET", f"{BASE}/s/trials/3", Answer(body=trial_detail()))
    told = json.loads(cli("study", "refit", "s", "--trial", 3, "--save", "out", "--json").out)
    assert (told["trial"], told["metrics"], told["checkpoint"]["step"]) == (3, {"train_loss": 0.125}, 2)
    assert [module for module, _, _ in jobs] == ["hpsearch_workers.refit", "hpsearch_workers.export"]
    assert jobs[1][1:] == (["--out", "out"], jobs[0][2])


def test_a_study_with_folds_is_tested_and_saved_after_its_refit(cli, peer, jobs):
    folded(peer)
    peer.on("GET", f"{BASE}/s/tests", page())
    peer.on("POST", f"{BASE}/s/tests", Answer(201, opened_test(metrics=None)))
    peer.on("PUT", f"{BASE}/s/tests/1", Answer(body=opened_test()))
    for words in (("test", "s"), ("best", "s", "--save", "out")):
        refused = cli("study", *words)
        assert refused.code == 3
        assert refused.err.endswith("train it once more: hpsearch study refit s --trial 3\n")
    assert (jobs, peer.requests("POST", f"{BASE}/s/tests")) == ([], [])
    assert cli("study", "refit", "s").code == 0
    assert cli("study", "test", "s").code == 0
    assert cli("study", "best", "s", "--save", "out", "--json").code == 0
    assert [module for module, _, _ in jobs] == [f"hpsearch_workers.{name}" for name in ("refit", "evaluate", "export")]
    assert jobs[0][2] == jobs[1][2] == jobs[2][2]


@pytest.mark.parametrize("changes", [{"seed": 12}, {"params": {"x": 4}}, {"metrics": {"best_epoch": 8.0}}])
def test_a_refit_of_another_trial_of_that_name_is_another(cli, peer, jobs, changes):
    folded(peer)
    assert cli("study", "refit", "s").code == 0
    other = trial_detail(**{"checkpoint": None, "metrics": {"best_epoch": 6.5}} | changes)
    peer.on("GET", f"{BASE}/s/trials/3", Answer(body=other))
    peer.on("GET", f"{BASE}/s/tests", page())
    assert cli("study", "test", "s").code == 3


@pytest.mark.parametrize("changes", [{"state": "pruned"}, {"best_step": None, "metrics": {}}])
def test_a_refit_needs_a_trial_with_a_best_epoch(cli, peer, jobs, changes):
    peer.on("GET", f"{BASE}/s", Answer(body=study_view(definition=FOLDED)))
    peer.on("GET", f"{BASE}/s/trials/3", Answer(body=trial_detail(**changes)))
    assert cli("study", "refit", "s", "--trial", 3).code == 4
    assert jobs == []


def test_what_the_users_own_code_trained_is_refitted_and_saved_and_not_tested(cli, peer, jobs):
    peer.on("GET", f"{BASE}/s", Answer(body=study_view(state="finished", definition={"settings": {"folds": 3}})))
    peer.on("GET", f"{BASE}/s/trials/3", Answer(body=trial_detail()))
    peer.on("GET", f"{BASE}/s/tests", page())
    refused = cli("study", "test", "s", "--trial", 3)
    assert refused.code == 2
    assert refused.err.startswith("error: objective: m:f is your own code")
    assert (jobs, peer.requests("POST", f"{BASE}/s/tests")) == ([], [])
    assert cli("study", "refit", "s", "--trial", 3).code == 0
    peer.on("GET", f"{BASE}/s/best", Answer(body={"trials": [json.loads(trial_detail().model_dump_json())]}))
    assert cli("study", "best", "s", "--save", "out", "--json").code == 0
    assert [job["checkpoint"]["ref"] for _, _, job in jobs][1:] == ["/weights"]


def test_a_refit_is_not_saved_where_a_file_is(cli, peer, jobs):
    folded(peer)
    Path("out").write_text("mine")
    refused = cli("study", "refit", "s", "--save", "out")
    assert (refused.code, refused.err, jobs) == (2, "error: --save: out is a file; name a folder\n", [])


def test_saving_needs_one_trial(cli, peer):
    two = [json.loads(trial_detail(number).model_dump_json()) for number in (3, 4)]
    peer.on("GET", f"{BASE}/s", Answer(body=study_view()))
    peer.on("GET", f"{BASE}/s/best", Answer(body={"trials": two}))
    for number in (3, 4):
        peer.on("GET", f"{BASE}/s/trials/{number}", Answer(body=trial_detail(number)))
    refused = cli("study", "best", "s", "--save", "out")
    assert refused.code == 2
    assert "3, 4" in refused.err


def test_weights_are_not_saved_where_a_file_is(cli, peer):
    peer.on("GET", f"{BASE}/s", Answer(body=study_view(completed=1, best=0.25)))
    kept = trial_detail(checkpoint={"ref": "somewhere", "step": 1})
    peer.on("GET", f"{BASE}/s/best", Answer(body={"trials": [json.loads(kept.model_dump_json())]}))
    peer.on("GET", f"{BASE}/s/trials/3", Answer(body=kept))
    Path("out").write_text("mine")
    refused = cli("study", "best", "s", "--save", "out")
    assert (refused.code, refused.err) == (2, "error: --save: out is a file; name a folder\n")
    assert Path("out").read_text() == "mine"
