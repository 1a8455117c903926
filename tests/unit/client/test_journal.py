"""What a client notes of its requests."""

import json
import stat

import pytest
from peer import Answer, problem

from hpsearch.client import Client
from hpsearch.client.journal import Journal
from hpsearch.errors import HpsearchError, InvalidInput
from hpsearch.wire import journal
from hpsearch.wire.tokens import TokenRequest
from hpsearch.wire.verbs import Ask, ReportItem

LEASE = "5f1c0c7e4b0f4a0e9f1f0a2d8c6b7e31"
ITEM = ReportItem(lease=LEASE, step=1, value=float("nan"))
NOON = "2030-01-01T12:00:00Z"
DECIDED = {"lease": LEASE, "decision": "continue", "reason": None, "code": None}


@pytest.fixture
def log(tmp_path):
    return tmp_path / "client.log"


@pytest.fixture
def client(peer, log):
    with Client(peer.address, "secret-token", retry_seconds=0, log=log) as client:
        yield client


def lines(log):
    return [json.loads(line) for line in log.read_bytes().splitlines() if line]


def test_requests_and_answers_are_noted_without_their_secrets(peer, client, log):
    peer.on("POST", "/api/v1/report", Answer(body={"items": [DECIDED]}))
    client.report([ITEM])
    sent, answered = lines(log)
    mark = journal.fingerprint(LEASE)
    assert (sent["method"], sent["path"]) == ("POST", "/report")
    assert sent["body"] == {"items": [{"lease": mark, "step": 1, "value": "NaN"}]}
    assert (answered["answered"], answered["status"]) == (sent["sent"], 200)
    assert answered["body"] == {"items": [DECIDED | {"lease": mark}]}
    assert LEASE not in log.read_text()
    assert "secret-token" not in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_leases_of_an_answer_and_of_a_renewal_are_hidden(peer, client, log):
    lease = {"lease": LEASE, "study": "s", "trial": 0, "attempt": 1, "params": {}, "seed": 1}
    asked = {"leases": [lease], "studies": {}, "lease_seconds": 4.0, "renew_seconds": 1.0, "finished": False}
    peer.on("POST", "/api/v1/ask", Answer(body=asked))
    peer.on("POST", "/api/v1/renew", Answer(body={"items": [DECIDED], "lease_seconds": 4.0}))
    client.ask(Ask(worker="w", request_id="r"))
    client.renew("w", [LEASE])
    assert lines(log)[1]["body"]["leases"][0]["lease"] == journal.fingerprint(LEASE)
    assert lines(log)[2]["body"]["leases"] == [journal.fingerprint(LEASE)]
    assert LEASE not in log.read_text()


def test_a_new_token_is_hidden(peer, client, log):
    view = {"id": 2, "name": "ann", "scope": "user", "project": "default", "studies": None, "created_at": NOON}
    times = dict.fromkeys(("expires_at", "last_used_at", "revoked_at"))
    peer.on("POST", "/api/v1/tokens", Answer(status=201, body={**view, **times, "token": "a-new-token"}))
    assert client.create_token(TokenRequest(name="ann", scope="user")).token == "a-new-token"
    assert lines(log)[1]["body"]["token"] == journal.fingerprint("a-new-token")
    assert "a-new-token" not in log.read_text()


@pytest.mark.parametrize("answer", [problem(500, "internal_error"), problem(422, "invalid_input")])
def test_refusals_are_noted(peer, client, log, answer):
    peer.on("POST", "/api/v1/report", answer)
    with pytest.raises(HpsearchError):
        client.report([ITEM])
    assert lines(log)[1]["status"] == answer.status


def test_a_lost_answer_leaves_the_request_alone(peer, client, log):
    peer.on("POST", "/api/v1/report", Answer(hang_up=True))
    with pytest.raises(HpsearchError):
        client.report([ITEM])
    assert ["sent" in line for line in lines(log)] == [True]


def test_looking_is_not_noted(peer, client, log):
    peer.on("GET", "/api/v1/studies/s/best", Answer(body={"trials": []}))
    client.best("s")
    assert lines(log) == []


def test_looking_is_noted_where_the_server_fails(peer, client, log):
    peer.on("GET", "/api/v1/studies/s/best", problem(500, "internal_error"))
    peer.on("GET", "/api/v1/studies/s/export", problem(503, "unavailable"))
    with pytest.raises(HpsearchError):
        client.best("s")
    with pytest.raises(HpsearchError):
        list(client.export("s", "csv"))
    assert lines(log) == [
        {"method": "GET", "path": "/studies/s/best", "status": 500},
        {"method": "GET", "path": "/studies/s/export", "status": 503},
    ]


def test_a_line_cut_short_spoils_no_other(log):
    first = Journal(log)
    number = first.sent("POST", "/tell", b'{"items": []}')
    first.close()
    log.write_bytes(log.read_bytes()[:-5])
    second = Journal(log)
    other = second.sent("POST", "/tell", b"no json")
    second.close()
    assert number != other
    torn, whole = [line for line in log.read_bytes().splitlines() if line]
    with pytest.raises(json.JSONDecodeError):
        json.loads(torn)
    assert json.loads(whole) == {"sent": other, "method": "POST", "path": "/tell", "body": None}


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(InvalidInput, match="client_log"):
        Journal(tmp_path)
