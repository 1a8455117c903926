"""The threads that hear from the server, against a scripted peer."""

import json
from queue import SimpleQueue

import pytest
from cli_views import study_change, study_view, worker_view
from patience import SECONDS
from peer import Answer, problem
from processes import wait_until

from hpsearch.cli.top import follower
from hpsearch.cli.top.board import Changed, Found, Looked, Lost, Opened
from hpsearch.cli.top.follower import Follower, Looker
from hpsearch.client import Client
from hpsearch.errors import Unauthorized
from hpsearch.wire.base import Page

EVENTS, STUDIES, WORKERS = "/api/v1/events", "/api/v1/studies", "/api/v1/workers"


@pytest.fixture
def heard():
    """What was heard, one after the other."""
    return SimpleQueue()


@pytest.fixture
def client(peer, monkeypatch):
    monkeypatch.setattr(follower, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(follower, "REST_SECONDS", 0.01)
    with Client(peer.address, "secret", retry_seconds=0) as client:
        yield client


def study(name, seq=1):
    return study_view().model_copy(update={"name": name, "seq": seq})


def stream(*changes):
    text = "".join(f"event: change\ndata: {change.model_dump_json()}\nid: {change.seq}\n\n" for change in changes)
    return Answer(body=text.encode(), headers={"Content-Type": "text/event-stream"})


def page(*items):
    return Answer(body=json.loads(Page(items=list(items)).model_dump_json()))


@pytest.fixture
def follow(client, heard):
    """Starts a follower, and gives what it tells."""
    started = []

    def start():
        started.append(Follower(client, heard.put))
        return lambda: heard.get(timeout=SECONDS)

    yield start
    for one in started:
        one.close()


def test_studies_are_told_and_then_their_changes(peer, follow):
    known, new, gone = study("known"), study("new"), study_change(study("gone"))
    peer.on("GET", STUDIES, page(known))
    peer.on("GET", f"{STUDIES}/new", Answer(body=new))
    peer.on("GET", f"{STUDIES}/gone", problem(404, "study_not_found"))
    changes = [study_change(known, seq=2), study_change(new), study_change(new, seq=3), gone]
    peer.on("GET", EVENTS, stream(*changes, study_change(known, seq=4, deleted=True)), stream())
    tell = follow()
    assert tell() == Opened([known])
    assert tell() == Changed(changes[0])
    assert [tell(), tell(), tell()] == [Found(new), Changed(changes[1]), Changed(changes[2])]
    assert tell().change.deleted
    assert tell() == Opened([known])  # after the stream was over
    assert len(peer.requests("GET", f"{STUDIES}/new")) == 1


def test_a_study_of_the_name_of_one_that_was_deleted_is_read_anew(peer, follow):
    before, after = study("s", 9), study("s", 1)
    peer.on("GET", STUDIES, page(before))
    peer.on("GET", f"{STUDIES}/s", Answer(body=after))
    peer.on("GET", EVENTS, stream(study_change(before, deleted=True), study_change(after)), stream())
    tell = follow()
    assert [type(tell()) for _ in range(3)] == [Opened, Changed, Found]


def test_it_reconnects_until_the_server_is_back(peer, follow):
    peer.on("GET", STUDIES, page())
    peer.on(
        "GET",
        EVENTS,
        stream(),
        Answer(hang_up=True),
        problem(503, "database_unavailable", "away"),
        Answer(502),
        stream(),
    )
    tell = follow()
    assert tell() == Opened([])
    lost = [tell() for _ in range(3)]
    assert all(isinstance(one, Lost) for one in lost)
    assert ["cannot be reached" in lost[0].message, lost[1].message, "502" in lost[2].message] == [True, "away", True]
    assert tell() == Opened([])


def test_a_token_that_is_refused_is_told_and_ends_it(peer, follow):
    peer.on("GET", STUDIES, page())
    peer.on("GET", EVENTS, stream(), problem(401, "unauthorized", "revoked"), stream())
    tell = follow()
    assert tell() == Opened([])
    error = tell()
    assert (type(error), error.message) == (Unauthorized, "revoked")


def test_workers_and_rungs_are_looked_at_when_asked_to(peer, client, heard):
    rung = {"rung": 1, "reached": 9, "stopped": 6, "least": 0.5, "greatest": "Infinity"}
    peer.on("GET", WORKERS, page(worker_view("w", "h")), Answer(hang_up=True), page())
    peer.on("GET", f"{STUDIES}/s/charts/rungs", Answer(body={"rungs": [rung]}))
    peer.on("GET", f"{STUDIES}/gone/charts/rungs", problem(404, "study_not_found"))
    looker = Looker(client, heard.put, "s")
    try:
        first = heard.get(timeout=SECONDS)
        assert ([worker.name for worker in first.workers], first.study, first.rungs[0].stopped) == (["w"], "s", 6)
        looker.look("gone")  # the first try fails, and says nothing
        wait_until(lambda: len(peer.requests("GET", WORKERS)) == 2, "the try that fails")
        looker.look("gone")
        assert heard.get(timeout=SECONDS) == Looked([], "gone", [])
        looker.look(None)
        assert heard.get(timeout=SECONDS) == Looked([], None, [])
    finally:
        looker.close()


def test_workers_are_looked_at_without_being_asked(peer, client, heard, monkeypatch):
    monkeypatch.setattr(follower, "PERIOD_SECONDS", 0.01)
    peer.on("GET", WORKERS, page())
    looker = Looker(client, heard.put, None)
    assert [heard.get(timeout=SECONDS) for _ in range(3)] == [Looked([], None, [])] * 3
    looker.close()


def test_a_fault_ends_the_threads_and_is_told(peer, client, heard, monkeypatch):
    def fail():
        raise RuntimeError("the client has been closed")

    monkeypatch.setattr(client, "follow", fail)
    monkeypatch.setattr(client, "workers", fail)
    for start in (lambda: Follower(client, heard.put), lambda: Looker(client, heard.put, None)):
        start()
        assert isinstance(heard.get(timeout=SECONDS), RuntimeError)
