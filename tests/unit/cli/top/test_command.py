"""One look, as text and as JSON."""

import json
import re
import sys

import pytest
from cli_views import host_failures, study_view, worker_view
from peer import Answer, problem

from hpsearch.wire.base import Page

BASE = "/api/v1/studies"
RUNG = {"rung": 3, "reached": 9, "stopped": 6, "least": 0.5, "greatest": 2.0, "bar": None}


def page(*items):
    return Answer(body=json.loads(Page(items=list(items)).model_dump_json()))


@pytest.fixture
def server(peer):
    """Two studies and a worker."""
    view = study_view(definition={"budget": {"max_trials": 40}}, completed=10, best=0.5, active_seconds=60.0)
    done = study_view(state="finished", reason="user").model_copy(update={"name": "t"})
    peer.on("GET", BASE, page(done, view))
    peer.on("GET", f"{BASE}/s", Answer(body=view))
    peer.on("GET", f"{BASE}/t", Answer(body=done))
    peer.on("GET", f"{BASE}/s/charts/rungs", Answer(body={"rungs": [RUNG]}))
    peer.on("GET", f"{BASE}/t/charts/rungs", Answer(body={"rungs": []}))
    peer.on("GET", "/api/v1/workers", page(worker_view("w", "h", host_failures("h", 3, 2, "h fails."), failed=3)))
    return peer


def test_without_a_terminal_it_is_one_look_in_tables(cli, server):
    found = cli("top")
    assert (found.code, found.err) == (0, "")
    tables = _tables(found.out)
    assert [table[0][0] for table in tables] == ["study", "worker", "host", "rung"]
    assert tables[0][1][:7] == ["s", "active", "10/40", "25 %", "3:00", "0.5", "10"]
    assert tables[0][2][:2] == ["t", "finished: user"]
    assert tables[1][1][0] == "w"
    assert tables[2][1] == ["h", "3", "2", "h fails."]
    assert tables[3][1] == ["3", "9", "6", "0.5", "2"]
    assert [table[0][0] for table in _tables(cli("top", "--study", "t").out)] == ["study", "worker", "host"]


def _tables(out):
    return [[line.split("\t") for line in table.splitlines()] for table in out.split("\n\n")]


def test_json_has_the_answers_of_the_server_and_what_follows_from_them(cli, server):
    told = json.loads(cli("top", "--json").out)
    assert [(one["name"], one["trials_per_minute"], one["seconds_left"]) for one in told["studies"]] == [
        ("s", 10.0, 180.0),
        ("t", None, None),
    ]
    assert told["workers"][0]["name"] == "w"
    assert told["rungs"] == {"study": "s", "rungs": [RUNG]}
    assert told["server"] == server.address


def test_once_on_a_terminal_is_the_picture(cli, server, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    for options, environment in ((["--once"], "xterm"), ([], "dumb")):
        monkeypatch.setenv("TERM", environment)
        found = cli("top", *options)
        assert "> s  " in found.out
        assert "rungs of s" in found.out
        assert max(map(len, re.sub(r"\x1b\[[0-9;]*m", "", found.out).splitlines())) <= 60


def test_an_empty_server(cli, peer):
    peer.on("GET", BASE, page())
    peer.on("GET", "/api/v1/workers", page())
    assert [table[0][0] for table in _tables(cli("top").out)] == ["study", "worker"]
    told = json.loads(cli("top", "--json").out)
    assert (told["studies"], told["rungs"]) == ([], {"study": None, "rungs": []})


def test_a_study_that_is_not_there(cli, server):
    server.on("GET", f"{BASE}/u", problem(404, "study_not_found", "there is no study 'u'"))
    assert cli("top", "--study", "u").code == 3
