"""What each command sends to a server, and what it writes of the answer."""

import json
import sys
from pathlib import Path

import pytest
import typer
from cli_views import reports, study_view, trial_detail
from peer import Answer, problem

from hpsearch.wire.base import Page

BASE = "/api/v1/studies"
STUDY = "name: s\nobjective: m:f\nspace: {x: {type: int, low: 1, high: 9}}\n"


@pytest.fixture
def terminal(monkeypatch):
    """Standard input as a person's."""
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)


def page(*items) -> Answer:
    return Answer(body=json.loads(Page(items=list(items)).model_dump_json()))


def test_create(cli, peer):
    Path("s.yaml").write_text(STUDY)
    peer.on("POST", BASE, Answer(201, study_view()), Answer(200, study_view()), problem(409, "study_exists", "differs"))
    first = cli("study", "create", "s.yaml", "--json")
    assert (first.code, first.err) == (0, "Created s.\n")
    assert json.loads(first.out)["name"] == "s"
    assert peer.seen[0].json["space"]["x"]["high"] == 9
    assert cli("study", "create", "s.yaml").err == "s exists with the same definition.\n"
    refused = cli("study", "create", "s.yaml")
    assert (refused.code, refused.out, refused.err) == (4, "", "error: differs\n")


def test_list_is_tab_separated_where_there_is_no_terminal(cli, peer):
    peer.on("GET", BASE, page(study_view(completed=2, running=1, best=0.5)))
    assert [line.split("\t") for line in cli("study", "list").out.splitlines()] == [
        ["study", "state", "done", "trials", "best", "objective", "created"],
        ["s", "active", "2", "3", "0.5", "m:f", "2026-01-01 00:00:00Z"],
    ]
    assert [view["name"] for view in json.loads(cli("study", "list", "--json").out)] == ["s"]


def test_list_says_when_there_are_more(cli, peer):
    peer.on("GET", BASE, page(study_view(), study_view(), study_view()))
    found = cli("study", "list", "--limit", 2)
    assert len(found.out.splitlines()) == 3
    assert "more than 2" in found.err
    assert cli("study", "list", "--limit", 3).err == ""


def test_what_is_listed_is_chosen_by_the_server(cli, peer):
    peer.on("GET", BASE, page(study_view()))
    options = ["--search", "Net", "--tag", "a", "--tag", "b c", "--state", "paused", "--sort", "-best_value"]
    assert cli("study", "list", *options).code == 0
    wanted = {"search": ["Net"], "tag": ["a", "b c"], "state": ["paused"], "sort": ["-best_value"]}
    assert {name: peer.seen[0].query[name] for name in wanted} == wanted
    refused = cli("study", "list", "--state", "gone")
    assert (refused.code, len(peer.seen)) == (2, 1)
    assert "active, paused, finished" in refused.err


def test_show(cli, peer):
    view = study_view(
        definition={"budget": {"max_trials": 9}}, state="paused", reason="failures", detail="boom", best=0.5
    )
    peer.on("GET", f"{BASE}/s", Answer(body=view))
    out = cli("study", "show", "s").out
    assert "paused (failures: boom)" in out
    assert "0 of 9 trials" in out
    assert "o\tone of 'sgd', 'adam'\tx in [1, 2]" in out
    assert cli("study", "show", "absent").code == 3


def test_a_name_that_is_none_is_not_found(cli, peer):
    assert cli("study", "show", "a/b").code == 3
    assert peer.seen == []


@pytest.mark.parametrize(("command", "state"), [("pause", "paused"), ("resume", "active"), ("stop", "finished")])
def test_steering(cli, peer, command, state):
    peer.on("PATCH", f"{BASE}/s", Answer(body=study_view(state=state)))
    assert json.loads(cli("study", command, "s", "--json").out)["state"] == state
    assert peer.seen[0].json == {"state": state}


def test_extend_sends_only_the_limits_that_were_given(cli, peer):
    peer.on("PATCH", f"{BASE}/s", Answer(body=study_view()), problem(409, "budget_below_use", "spent 9"))
    assert cli("study", "extend", "s", "--max-trials", 50, "--target-value", "-0.5").code == 0
    assert peer.seen[0].json == {"budget": {"max_trials": 50, "target_value": -0.5}}
    assert cli("study", "extend", "s", "--max-trials", 1).code == 4
    assert cli("study", "extend", "s").code == 2
    refused = cli("study", "extend", "s", "--max-seconds", "nan")
    assert refused.code == 2
    assert refused.err.startswith("error: budget.max_seconds: ")


def test_delete_asks(cli, peer, terminal, monkeypatch):
    peer.on("GET", f"{BASE}/s", Answer(body=study_view(completed=7)))
    peer.on("DELETE", f"{BASE}/s", Answer(204, b""))
    asked = []
    monkeypatch.setattr(typer, "confirm", lambda text, err: asked.append(text) or len(asked) == 2)
    assert cli("study", "delete", "s").code == 1
    assert peer.requests("DELETE", f"{BASE}/s") == []
    assert cli("study", "delete", "s").err == "Deleted s.\n"
    assert asked == ["Delete s with its 7 trials?"] * 2
    assert len(peer.requests("DELETE", f"{BASE}/s")) == 1


def test_delete_wants_yes_where_nobody_can_be_asked(cli, peer):
    peer.on("GET", f"{BASE}/s", Answer(body=study_view()))
    peer.on("DELETE", f"{BASE}/s", Answer(204, b""))
    refused = cli("study", "delete", "s")
    assert refused.code == 2
    assert "--yes" in refused.err
    deleted = cli("study", "delete", "s", "--yes", "--json")
    assert (deleted.code, json.loads(deleted.out)["name"]) == (0, "s")


def test_enqueue_reads_values_as_a_study_file_does(cli, peer):
    peer.on("POST", f"{BASE}/s/enqueue", Answer(201, trial_detail(state="queued", values=None)))
    found = cli("study", "enqueue", "s", "x=3", "lr=1e-4", "o=adam", "b=true", "n=null", "t='3'")
    assert found.out == "trial 3, queued: x=3\n"
    sent = peer.seen[0].json
    assert sent["params"] == {"x": 3, "lr": 1e-4, "o": "adam", "b": True, "n": None, "t": "3"}
    assert sent["request_id"]
    assert cli("study", "enqueue", "s", "--from-trial", 0).code == 0
    assert peer.seen[1].json["from_trial"] == 0


@pytest.mark.parametrize("words", [[], ["x=1", "--from-trial", "0"], ["x"], ["=1"], ["x=1", "x=2"]])
def test_enqueue_refuses_what_is_no_point(cli, peer, words):
    assert cli("study", "enqueue", "s", *words).code == 2
    assert peer.seen == []


def test_export_leaves_an_earlier_file_alone_when_it_fails(cli, peer):
    peer.on("GET", f"{BASE}/s/export", Answer(body=b"number\n0\n", headers={"Content-Type": "text/csv"}))
    assert cli("study", "export", "s").out == "number\n0\n"
    assert cli("study", "export", "s", "-o", "all.csv", "--format", "csv").out == ""
    assert Path("all.csv").read_text() == "number\n0\n"
    assert cli("study", "export", "absent", "-o", "all.csv").code == 3
    assert Path("all.csv").read_text() == "number\n0\n"
    assert peer.seen[0].query == {"format": ["csv"]}


def test_parquet_is_written_as_it_comes_but_not_on_a_terminal(cli, peer, monkeypatch):
    peer.on("GET", f"{BASE}/s/export", Answer(body=b"PAR1\xff\r\nPAR1", headers={"Content-Type": "x/y"}))
    assert cli("study", "export", "s", "--format", "parquet", "-o", "all.parquet").code == 0
    assert Path("all.parquet").read_bytes() == b"PAR1\xff\r\nPAR1"
    assert peer.seen[0].query == {"format": ["parquet"]}
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    outcome = cli("study", "export", "s", "--format", "parquet")
    assert (outcome.code, outcome.out) == (2, "")
    assert "--output" in outcome.err


def test_tags_are_added_and_removed(cli, peer):
    view = study_view()
    tagged = view.model_copy(update={"definition": view.definition.model_copy(update={"tags": ("a", "b c")})})
    peer.on("PATCH", f"{BASE}/s", Answer(body=tagged))
    assert "tags       a, b c" in cli("study", "tag", "s", "--add", "b c", "--add", "a", "--remove=-x").out
    assert peer.seen[0].json["tags"] == {"add": ["a", "b c"], "remove": ["-x"]}
    assert cli("study", "tag", "s").code == 2
    assert cli("study", "tag", "s", "--add", "").code == 2
    assert len(peer.seen) == 1


def test_best_draws_its_curve(cli, peer):
    peer.on("GET", f"{BASE}/s", Answer(body=study_view()))
    peer.on("GET", f"{BASE}/s/best", Answer(body={"trials": [json.loads(trial_detail().model_dump_json())]}))
    peer.on("GET", f"{BASE}/s/trials/3", Answer(body=trial_detail()))
    peer.on("GET", f"{BASE}/s/trials/3/reports", page(*reports(2.0, 0.25, 0.5)))
    out = cli("study", "best", "s").out
    assert out.startswith("trial 3, completed: val_loss 0.25 at step 2\n  x  3\n")
    assert "val_accuracy  0.9" in out
    assert "   2 ┤" in out
    assert json.loads(cli("study", "best", "s", "--json").out)[0]["number"] == 3


def test_best_of_a_study_without_a_completed_trial_is_not_found(cli, peer):
    peer.on("GET", f"{BASE}/s", Answer(body=study_view()))
    peer.on("GET", f"{BASE}/s/best", Answer(body={"trials": []}))
    assert cli("study", "best", "s").code == 3


def test_trial_list_passes_the_filters_on(cli, peer):
    failed = trial_detail(4, state="failed", values=None, error={"reason": "io", "message": "m", "traceback": None})
    peer.on("GET", f"{BASE}/s/trials", page(trial_detail(), failed))
    options = (
        "--state",
        "failed",
        "--state",
        "completed",
        "--where",
        "value<1",
        "--where",
        "params.x=3",
        "--sort",
        "-value",
    )
    rows = [line.split("\t") for line in cli("trial", "list", "s", *options).out.splitlines()]
    assert rows[1] == ["3", "completed", "0.25", "3", "1", "x=3", "-"]
    assert rows[2] == ["4", "failed", "-", "3", "1", "x=3", "io"]
    query = peer.seen[0].query
    assert query["state"] == ["failed", "completed"]
    assert query["where"] == ["value<1", "params.x=3"]
    assert query["sort"] == ["-value"]
    assert cli("trial", "list", "s", "--state", "done").code == 2


def test_a_failed_trial_says_where_each_attempt_failed_and_of_what(cli, peer):
    error = {"reason": "killed", "message": "by signal 9", "traceback": None}
    first = trial_detail().history[0].model_dump() | {"end": "failed", "error": error}
    history = [
        first | {"host": "node-1"},
        first | {"number": 2, "host": "node-2", "end": "expired", "error": None},
        first | {"number": 3, "host": None},
    ]
    failed = trial_detail(state="failed", error=error, values=None, history=history)
    peer.on("GET", f"{BASE}/s", Answer(body=study_view()))
    peer.on("GET", f"{BASE}/s/trials/3", Answer(body=failed))
    peer.on("GET", f"{BASE}/s/trials/3/reports", page())
    out = cli("trial", "show", "s", 3).out
    rows = [line.split("\t") for line in out.splitlines() if "\t" in line]
    assert [(row[2], row[5], row[7]) for row in rows] == [
        ("host", "end", "error"),
        ("node-1", "failed", "killed"),
        ("node-2", "expired", "-"),
        ("-", "failed", "killed"),
    ]
    assert out.endswith("\n\n  attempt 1, w on node-1: killed: by signal 9\n  attempt 3, w: killed: by signal 9\n")


def test_trial_show_and_cancel(cli, peer):
    peer.on("GET", f"{BASE}/s", Answer(body=study_view()))
    peer.on("GET", f"{BASE}/s/trials/3", Answer(body=trial_detail()))
    peer.on("GET", f"{BASE}/s/trials/3/reports", page())
    peer.on(
        "POST", f"{BASE}/s/trials/3/cancel", Answer(body=trial_detail(state="cancelled")), problem(409, "trial_final")
    )
    row = "1\tw\th\t2026-01-01 00:00:00Z\t2026-01-01 00:00:00Z\tcompleted\tcontinue\t-\n"
    assert cli("trial", "show", "s", 3).out.endswith(row)
    assert cli("trial", "cancel", "s", 3).out == "trial 3, cancelled\n"
    assert cli("trial", "cancel", "s", 3).code == 4
    assert cli("trial", "show", "s", 4).code == 3


def test_a_table_on_a_terminal(cli, peer, monkeypatch):
    peer.on("GET", BASE, page(study_view(best=0.5)))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    out = cli("study", "list").out
    assert "\t" not in out
    assert "─" in out
