import threading
import time

import pytest
from patience import SECONDS
from peer import Answer, problem

from hpsearch.errors import InvalidInput
from hpsearch.wire.verbs import Ask, Asked
from hpsearch_workers.agent import asker as asker_module
from hpsearch_workers.agent.asker import Asker, CannotWork, Wish

ASK = "/api/v1/ask"
WISH = Wish("w", "h", ("s",), ("flax/mlp",), until_finished=True)
NOTHING = Asked(leases=[], studies={}, lease_seconds=4.0, renew_seconds=1.0, finished=True)


class Lanes:
    """Room for `room` trials, once each; then the worker ends."""

    def __init__(self, *room):
        self.room = list(room)
        self.taken = []
        self.asked_to_finish = 0

    def wait_for_room(self):
        return self.room.pop(0) if self.room else 0

    def take(self, asked):
        self.taken += asked.leases

    def finished(self):
        self.asked_to_finish += 1
        return True


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(asker_module, "FIRST_WAIT", 0.001)
    monkeypatch.setattr(asker_module, "PAUSE_SECONDS", 0.0)


@pytest.fixture
def stop():
    return threading.Event()


@pytest.fixture
def lanes():
    return Lanes(2, 1)


@pytest.fixture
def asker(client, spool, lanes, stop):
    return Asker(client, spool, WISH, lanes, stop)


def asks(peer):
    return [Ask.model_validate_json(request.body) for request in peer.http.requests("POST", ASK)]


def test_it_asks_for_as_many_as_there_is_room(peer, asker, lanes, spool):
    peer.add(*({"x": float(number)} for number in range(3)))
    asker.run()
    assert [lease.trial for lease in lanes.taken] == [0, 1, 2]
    first, second = asks(peer)
    assert (first.count, second.count) == (2, 1)
    assert (first.worker, first.studies, first.objectives) == ("w", ("s",), ("flax/mlp",))
    assert first.request_id != second.request_id
    assert spool.held() == ["token-0", "token-1", "token-2"]


def test_a_request_is_kept_before_it_is_sent(peer, asker, spool):
    kept = []

    def ask(request):
        kept.append(spool.unanswered_ask())
        return peer._ask(request)

    peer.http.on("POST", ASK, ask)
    asker.run()
    assert kept == asks(peer)
    assert spool.unanswered_ask() is None


def test_it_ends_with_the_studies(peer, asker, lanes):
    asker.run()
    assert len(asks(peer)) == 1
    assert lanes.asked_to_finish == 1


@pytest.mark.parametrize(
    "away", [Answer(503), Answer(hang_up=True), problem(500, "internal_error"), problem(401, "unauthorized")]
)
def test_a_request_is_repeated_as_it_was_until_it_is_answered(peer, asker, lanes, away):
    peer.add({"x": 0.0}, {"x": 1.0}, {"x": 2.0})
    peer.http.on("POST", ASK, peer._ask, away, away, peer._ask)
    asker.run()
    assert len(lanes.taken) == 3
    assert asks(peer)[1] == asks(peer)[2] == asks(peer)[3] != asks(peer)[0]


def test_an_ask_that_a_killed_worker_left_is_repeated_first(peer, asker, lanes, spool):
    left = Ask(worker="w", request_id="left", count=1, wait_seconds=10.0)
    spool.asking(left)
    peer.add({"x": 0.0})
    asker.run()
    assert asks(peer)[0] == left.model_copy(update={"wait_seconds": 0.0})
    assert asks(peer)[1].request_id != "left"
    assert [lease.lease for lease in lanes.taken] == ["token-0"]
    assert spool.unanswered_ask() is None


def test_each_ask_says_the_host_and_one_that_an_older_worker_left_says_none(peer, asker, spool):
    with spool._transaction() as db:
        db.execute("INSERT INTO ask VALUES (?)", ('{"worker": "w", "request_id": "left"}',))
    peer.add({"x": 0.0}, {"x": 1.0})
    asker.run()
    first, *others = asks(peer)
    assert (first.request_id, first.host) == ("left", None)
    assert {ask.host for ask in others} == {"h"}


def test_at_the_end_an_ask_under_way_is_looked_up(peer, asker, lanes, spool):
    asker.settle()
    assert asks(peer) == []
    spool.asking(Ask(worker="w", request_id="r", wait_seconds=10.0))
    peer.add({"x": 0.0})
    asker.settle()
    assert [lease.lease for lease in lanes.taken] == ["token-0"]
    assert asks(peer)[0].wait_seconds == 0.0


def test_two_asks_that_found_nothing_are_apart(peer, asker, lanes, monkeypatch):
    monkeypatch.setattr(asker_module, "PAUSE_SECONDS", 0.3)
    monkeypatch.setattr(lanes, "finished", lambda: False)
    peer.http.on("POST", ASK, Answer(body=NOTHING))
    begin = time.monotonic()
    asker.run()
    assert len(asks(peer)) == 2
    assert time.monotonic() - begin >= 0.6


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        (problem(401, "unauthorized", "the token is not known"), 1, "the token is not known"),
        (Answer(404, b"<html>"), 1, "is this the address of an hpsearch server?"),
        (problem(422, "invalid_input", "objectives.0: no"), 2, "objectives.0: no"),
        (problem(404, "study_not_found", "there is no study 's'"), 3, "there is no study 's'"),
    ],
)
def test_what_another_try_would_not_help_ends_the_worker(peer, asker, answer, code, said):
    peer.http.on("POST", ASK, answer)
    with pytest.raises(CannotWork, match=said.replace("?", r"\?")) as caught:
        asker.run()
    assert caught.value.exit_code == code


def test_a_study_that_is_not_there_yet_is_waited_for(peer, client, spool, lanes, stop):
    asker = Asker(client, spool, Wish("w", "h", ("s",), ("flax/mlp",), until_finished=False), lanes, stop)
    peer.http.on("POST", ASK, problem(404, "study_not_found"), peer._ask)
    peer.add({"x": 0.0})
    asker.run()
    assert len(lanes.taken) == 1
    assert asks(peer)[0].request_id != asks(peer)[1].request_id


def test_a_request_id_that_is_taken_is_drawn_anew(peer, asker, lanes):
    peer.http.on("POST", ASK, problem(409, "request_id_reused"), peer._ask)
    peer.add({"x": 0.0})
    asker.run()
    assert len(lanes.taken) == 1


def test_stopping_ends_the_tries(peer, asker, stop):
    peer.http.on("POST", ASK, Answer(503))
    thread = threading.Thread(target=asker.run)
    thread.start()
    peer.wait_for(lambda: True)
    stop.set()
    thread.join(SECONDS)
    assert not thread.is_alive()


def test_no_more_is_asked_for_than_one_request_may():
    assert WISH.ask(5000).count == 1000


def test_what_no_server_would_take_is_named():
    with pytest.raises(InvalidInput, match=r"studies\.0: must match"):
        Wish("w", "h", ("a b",), ("flax/mlp",), until_finished=False).check()
    WISH.check()
