"""docs/protocol.md, "What a worker does about each answer": every row of the table, status by status."""

import re
import threading
from pathlib import Path

import pytest
from patience import SECONDS
from peer import Answer, problem
from stamina import set_testing

from hpsearch.errors import HpsearchError
from hpsearch.wire.status import WorkerStatus
from hpsearch.wire.verbs import ReportItem, TellItem
from hpsearch_workers.agent import asker as asker_module
from hpsearch_workers.agent.asker import Asker, CannotWork, Wish
from hpsearch_workers.agent.delivery import Delivery
from hpsearch_workers.agent.renewer import Renewer

PAGE = (Path(__file__).parents[4] / "docs" / "protocol.md").read_text(encoding="utf-8")
ASK, REPORT, TELL, RENEW = (f"/api/v1/{verb}" for verb in ("ask", "report", "tell", "renew"))
CODES = {
    400: "invalid_input",
    401: "unauthorized",
    403: "forbidden",
    404: "study_not_found",
    409: "request_id_reused",
    413: "body_too_large",
    421: "host_not_allowed",
    422: "invalid_input",
    500: "internal_error",
    503: "database_unavailable",
}
OTHERS = (201, 206, 301, 307, 402, 405, 410, 415, 418, 431, 451, 501, 505, 511)
"""Some that the table does not name: what is done about them does not look at the number."""
PASSING = {408, 429, 502, 503, 504}
FOREIGN = "any but 200, without one of our codes: something in between answered"


def rows():
    table = PAGE.partition("## What a worker does about each answer")[2]
    for line in re.findall(r"^\| (.*) \|$", table, re.MULTILINE)[2:]:
        status, *actions = line.split(" | ")
        yield status, actions


def actions_of(status, *, ours=True):
    """The actions about reports and ends, asks, and renewals."""
    told = dict(rows())
    if not ours:
        return told[FOREIGN]
    return next((actions for named, actions in told.items() if str(status) in named.split(", ")), told["any other"])


def answers():
    statuses = sorted({*CODES, *PASSING, *OTHERS})
    yield from ((status, True) for status in statuses if status >= 400)
    yield from ((status, False) for status in statuses)


def answer(status, ours):
    return problem(status, CODES.get(status, "a_code_of_tomorrow")) if ours else Answer(status, b"<html>")


each = pytest.mark.parametrize(("status", "ours"), [*answers()])


class Lanes:
    """Room for one trial, as often as told."""

    def __init__(self, times):
        self.times = times

    def wait_for_room(self):
        self.times -= 1
        return 1 if self.times >= 0 else 0

    def take(self, asked):
        pass

    def finished(self):
        return False


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(asker_module, "FIRST_WAIT", 0.001)
    monkeypatch.setattr(asker_module, "PAUSE_SECONDS", 0.0)
    with set_testing(True, attempts=1):
        yield


def delivered(client, spool):
    """How a round of delivery of what is in the spool ends: by whether it is all gone, and by how."""
    before = spool.pending()
    try:
        went = Delivery(client, spool, lambda *_: None).round()
    except HpsearchError:
        assert spool.pending() == before
        return "kept"
    if not went:
        assert spool.pending() == before
        return "halved; the item at fault is kept"
    assert spool.pending() == []
    return "halved; the item at fault is made smaller"


@each
@pytest.mark.parametrize("path", [REPORT, TELL])
def test_reports_and_ends(peer, client, spool, path, status, ours):
    leases = ("token-0", "token-1")
    if path == REPORT:
        spool.add([ReportItem(lease=lease, step=1, value=0.5) for lease in leases])
    else:
        spool.add([TellItem(lease=lease, state="completed", values=(0.5,), metrics={"a": 1.0}) for lease in leases])
    peer.http.on("POST", path, answer(status, ours))
    found = delivered(client, spool)
    assert actions_of(status, ours=ours)[0].startswith(found)
    sent = len(peer.http.requests("POST", path))
    assert sent == 1 if found == "kept" else sent > 2


def asked(peer, client, spool, times, *script, until_finished=False):
    """What comes of asks that are answered so, and by the peer at last: `repeated`, `asked anew`, or `the worker ends with N`."""
    peer.add({"x": 0.0}, {"x": 1.0})
    peer.http.on("POST", ASK, *script, peer._ask)
    wish = Wish("w", "h", ("s",), ("flax/mlp",), until_finished=until_finished)
    try:
        Asker(client, spool, wish, Lanes(times), threading.Event()).run()
    except CannotWork as error:
        return f"the worker ends with {error.exit_code}"
    place = script.index(next(one for one in script if isinstance(one, Answer)))
    ids = [request.json["request_id"] for request in peer.http.requests("POST", ASK)]
    return "repeated" if ids[place] == ids[place + 1] else "asked anew"


@each
def test_asks_of_a_worker_that_was_answered_before(peer, client, spool, status, ours):
    found = asked(peer, client, spool, 3, peer._ask, answer(status, ours))
    assert actions_of(status, ours=ours)[1].startswith(found)


@each
def test_first_asks(peer, client, spool, status, ours):
    found = asked(peer, client, spool, 2, answer(status, ours))
    first = actions_of(status, ours=ours)[1]
    if "never answered" in first and (ours or status not in PASSING):
        assert found == "the worker ends with 1"
    else:
        assert first.startswith(found)


@pytest.mark.parametrize("code", ["limit_reached", "a_code_of_tomorrow"])
def test_an_ask_that_another_conflict_answers_waits_under_its_id(peer, client, spool, code):
    assert asked(peer, client, spool, 3, peer._ask, problem(409, code)) == "repeated"
    assert actions_of(409)[1].endswith("such as `limit_reached`, repeated")


def test_a_study_that_is_not_there_ends_a_worker_that_works_until_it_is_finished(peer, client, spool):
    found = asked(peer, client, spool, 2, answer(404, True), until_finished=True)
    assert found in actions_of(404)[1]


@each
def test_renewals(peer, client, spool, status, ours):
    assert actions_of(status, ours=ours)[2] == "tried again"
    stop = threading.Event()
    peer.http.on("POST", RENEW, answer(status, ours), peer._renew)
    decided = []
    renewer = Renewer(client, "w", spool, WorkerStatus, lambda *one: decided.append(one), stop)
    renewer.renew_every(0.01)
    thread = threading.Thread(target=renewer.run)
    thread.start()
    try:
        peer.wait_for(lambda: peer.renewals)
    finally:
        stop.set()
        renewer.renew_every(0.001)
        thread.join(SECONDS)
    assert spool.held() == ["token-0", "token-1"]
    assert decided == []


def test_the_table_names_every_status_once():
    named = [part for status, _ in rows() for part in status.split(", ") if part.isdecimal()]
    assert len(named) == len(set(named)) > 10
    assert set(map(int, CODES)) | PASSING <= set(map(int, named)) | {503}


@pytest.mark.parametrize("status", sorted(PASSING))
def test_a_wait_that_the_server_names_comes_to_whoever_waits(peer, client, spool, status):
    """Courier and asker take it from the error; a renewal is tried again no later than it would be anyway."""
    peer.http.on("POST", REPORT, problem(status, "unavailable", headers={"Retry-After": "7"}))
    spool.add([ReportItem(lease="token-0", step=1, value=0.5)])
    with pytest.raises(HpsearchError) as caught:
        Delivery(client, spool, lambda *_: None).round()
    assert caught.value.retry_after == 7.0
