"""`hpsearch run` on a server that others run, where no worker needs to be started."""

import json
import re
import sys
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest
from cli_views import reports, study_view, trial_detail
from patience import SECONDS
from peer import Answer, Peer, problem

from hpsearch.cli import embedded
from hpsearch.cli import run as command
from hpsearch.cli.children import Child
from hpsearch.cli.embedded import Server
from hpsearch.errors import HpsearchError
from hpsearch.settings import load
from hpsearch.wire.base import Page

BASE = "/api/v1/studies"


@pytest.fixture
def peer(monkeypatch):
    peer = Peer()
    monkeypatch.setenv("HPSEARCH_TOKEN", "secret")
    Path("s.yaml").write_text("name: s\nobjective: m:f\nspace: {x: {type: int, low: 1, high: 9}}\n")
    yield peer
    peer.close()


def finished(peer, best):
    peer.on("POST", BASE, Answer(200, study_view(state="finished", reason="max_trials", completed=4, best=0.25)))
    peer.on("GET", f"{BASE}/s/best", Answer(body={"trials": [json.loads(one.model_dump_json()) for one in best]}))
    for one in best:
        peer.on("GET", f"{BASE}/s/trials/{one.number}", Answer(body=one))
        listed = Page(items=reports(1.0, 0.5, 0.25)).model_dump_json()
        peer.on("GET", f"{BASE}/s/trials/{one.number}/reports", Answer(body=json.loads(listed)))


def test_a_finished_study_is_shown_at_once(cli, peer):
    finished(peer, [trial_detail()])
    found = cli("run", "s.yaml", "--server", peer.address)
    assert found.code == 0
    assert found.err == "Continues s: 4 trials are done.\ns is finished already.\n"
    assert re.match(
        r"s is finished \(max_trials\) after [\d.]+ s: 4 trials\n\nBest trial\ntrial 3, completed", found.out
    )
    assert f"Dashboard  {peer.address}/studies/s" in found.out
    told = json.loads(cli("run", "s.yaml", "--server", peer.address, "--json").out)
    assert told["best"][0]["number"] == 3
    assert told["server"] == peer.address


def test_a_pareto_front_is_shown_in_full(cli, peer):
    finished(peer, [trial_detail(3), trial_detail(4)])
    out = cli("run", "s.yaml", "--server", peer.address).out
    assert out.count("On the Pareto front") == 2
    assert "trial 4, completed" in out


def test_the_worker_gets_the_options_that_are_its_own(monkeypatch):
    commands = []

    def child(name, command, log):
        commands.append(command)
        return SimpleNamespace(stop=lambda seconds: None)

    monkeypatch.setattr(embedded, "Child", child)
    with ExitStack() as stack:
        embedded.start_worker(
            stack, "http://h", "s", "flax/mlp", {"--concurrency": None, "--lanes": 4}, Path("worker.log")
        )
    assert commands[0][1:] == [
        *("-P", "-m", "hpsearch_workers", "--server", "http://h", "--study", "s", "--lanes", "4", "--until-finished")
    ]


def test_no_completed_trial_is_a_failure(cli, peer):
    finished(peer, [])
    found = cli("run", "s.yaml", "--server", peer.address)
    assert found.code == 1
    assert "No trial was completed." in found.out


def test_another_definition_under_the_same_name(cli, peer):
    peer.on("POST", BASE, problem(409, "study_exists", "s exists with another definition."))
    found = cli("run", "s.yaml", "--server", peer.address)
    assert found.code == 4
    assert found.err.startswith("error: s exists with another definition. Give the study in the file another name")


def test_a_study_that_somebody_paused_stays_paused_on_a_server_of_others(cli, peer):
    peer.on("POST", BASE, Answer(200, study_view(state="paused", reason="user")))
    found = cli("run", "s.yaml", "--server", peer.address)
    assert found.code == 4
    assert "hpsearch study resume s" in found.err
    assert peer.requests("PATCH", f"{BASE}/s") == []


class Shown:
    """Keeps what it was shown."""

    def __init__(self):
        self.views = []

    def show(self, view, best, now):
        self.views.append((view.counts.final, best and best.number))


class StillRunning:
    exit_code = None


def test_watching_asks_for_the_best_trial_only_when_it_changed(peer, monkeypatch):
    monkeypatch.setattr(command, "POLL_SECONDS", 0.0)
    active = [Answer(body=study_view(completed=count, running=1, best=0.5)) for count in (1, 2)]
    peer.on("GET", f"{BASE}/s", *active, Answer(body=study_view(state="finished", completed=3, best=0.5)))
    peer.on("GET", f"{BASE}/s/trials/3", Answer(body=trial_detail()))
    shown = Shown()
    with command.connect(peer.address) as client:
        view = command.watch(client, "s", [StillRunning()], shown)
    assert view.counts.completed == 3
    assert shown.views == [(1, 3), (2, 3), (3, 3)]
    assert len(peer.requests("GET", f"{BASE}/s/trials/3")) == 1


def test_watching_waits_while_the_user_has_paused_it_and_ends_when_it_paused_itself(peer, monkeypatch):
    monkeypatch.setattr(command, "POLL_SECONDS", 0.0)
    paused = [study_view(state="paused", reason=reason, detail="boom") for reason in ("user", "failures")]
    peer.on("GET", f"{BASE}/s", *(Answer(body=view) for view in paused))
    with command.connect(peer.address) as client, pytest.raises(HpsearchError, match=r"paused \(failures\): boom"):
        command.watch(client, "s", [StillRunning()], Shown())
    assert len(peer.requests("GET", f"{BASE}/s")) == 2


def test_a_child_that_ended_before_the_study_is_told_with_its_last_words(peer):
    peer.on("GET", f"{BASE}/s", Answer(body=study_view(running=1)))
    child = Child("worker", [sys.executable, "-c", "import sys; sys.exit('no such module')"], Path("worker.log"))
    child.wait(SECONDS)
    with command.connect(peer.address) as client, pytest.raises(HpsearchError) as raised:
        command.watch(client, "s", [StillRunning(), child], Shown())
    said = "The worker ended with exit code 1.\nThe end of its log, worker.log:\nno such module"
    assert str(raised.value) == said


def test_a_study_that_is_stopped_is_watched_until_its_trials_have_ended(peer, monkeypatch):
    monkeypatch.setattr(command, "POLL_SECONDS", 0.0)
    views = [study_view(state="finished", running=2), study_view(state="finished", pruned=2)]
    peer.on("GET", f"{BASE}/s", *(Answer(body=view) for view in views))
    with command.connect(peer.address) as client:
        assert command.watch(client, "s", [StillRunning()], Shown()).counts.pruned == 2


@pytest.mark.parametrize("option", [["--keep"], ["--database-url", "sqlite:///x.db"]])
def test_what_is_for_a_server_of_its_own_is_refused_beside_a_server(cli, peer, option):
    refused = cli("run", "s.yaml", "--server", peer.address, *option)
    assert refused.code == 2
    assert refused.err.startswith(f"error: {option[0]}: is for a server that `run` starts itself")
    assert peer.seen == []


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, ["serve", "best s", "http://127.0.0.1:8760/"]),
        ({"PORT": "9000"}, ["serve", "best s --server http://127.0.0.1:9000", "http://127.0.0.1:9000/"]),
        ({"PORT": "9000", "SERVER": "http://127.0.0.1:9000/"}, ["serve", "best s", "http://127.0.0.1:9000/"]),
        ({"PORT": "0"}, ["serve --port 8760", "best s", "http://127.0.0.1:8760/"]),
    ],
)
def test_the_result_is_found_again_where_the_settings_say(environment, told, monkeypatch):
    for name, value in environment.items():
        monkeypatch.setenv(f"HPSEARCH_{name}", value)
    own = Server(None, "http://127.0.0.1:40000", load().database_url, "http://127.0.0.1:40000/login?code=c")
    again = dict(command._again("s", own.address, own))
    assert again["Serve it"].endswith(told[0])
    assert again["Command"].endswith(told[1])
    assert again["Dashboard"] == f"{told[2]}studies/s"
