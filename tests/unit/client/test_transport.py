import socket
from datetime import UTC, datetime

import pytest
import stamina
from peer import Answer, problem

from hpsearch.client import Client
from hpsearch.client.problems import retry_after
from hpsearch.errors import (
    BudgetBelowUse,
    DatabaseUnavailable,
    HpsearchError,
    InternalError,
    InvalidInput,
    ProtocolError,
    ServerUnreachable,
    StudyNotFound,
    Unauthorized,
)
from hpsearch.wire.studies import Best

BEST = "/api/v1/studies/s/best"
STUDY = "/api/v1/studies/s"


def test_the_token_and_the_version_travel(peer, client):
    peer.on("GET", BEST, Answer(body={"trials": []}))
    assert client.best("s") == Best(trials=[])
    [request] = peer.seen
    assert request.headers["Authorization"] == "Bearer secret-token"
    assert request.headers["User-Agent"].startswith("hpsearch/")


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (404, "study_not_found", StudyNotFound),
        (409, "budget_below_use", BudgetBelowUse),
        (500, "internal_error", InternalError),
        (418, "a_code_of_tomorrow", HpsearchError),
    ],
)
def test_a_code_comes_back_as_its_class_and_is_not_tried_again(peer, client, status, code, kind):
    peer.on("GET", BEST, problem(status, code, "what was wrong"))
    with pytest.raises(HpsearchError, match="what was wrong") as caught:
        client.best("s")
    assert type(caught.value) is kind
    assert len(peer.seen) == 1


def test_fields_come_back(peer, client):
    peer.on(
        "PATCH", STUDY, problem(422, "invalid_input", fields=[{"field": "budget.max_trials", "message": "too small"}])
    )
    with pytest.raises(InvalidInput) as caught:
        client.extend("s", max_trials=1)
    assert [(field.field, field.message) for field in caught.value.fields] == [("budget.max_trials", "too small")]


def test_an_internal_error_names_the_request(peer, client):
    peer.on("GET", BEST, problem(500, "internal_error", "A fault.", request_id="abc"))
    with pytest.raises(InternalError, match=r"A fault. \(request abc\)"):
        client.best("s")


def test_without_a_token_the_error_says_where_one_is_looked_for(peer, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("HPSEARCH_TOKEN", raising=False)
    peer.on("GET", BEST, problem(401, "unauthorized", "A token is needed."))
    with Client(peer.address) as client, pytest.raises(Unauthorized, match=r"HPSEARCH_TOKEN.*token"):
        client.best("s")
    assert "Authorization" not in peer.seen[0].headers


@pytest.mark.parametrize("status", [408, 429, 502, 503, 504])
def test_what_passes_is_tried_again(peer, client, status):
    peer.on("GET", BEST, Answer(status, b"<html>"), Answer(body={"trials": []}))
    assert client.best("s") == Best(trials=[])
    assert len(peer.seen) == 2


def test_a_lost_connection_is_tried_again_where_a_repeat_does_no_harm(peer, client):
    peer.on("GET", BEST, Answer(hang_up=True), Answer(body={"trials": []}))
    assert client.best("s") == Best(trials=[])
    peer.on("DELETE", STUDY, Answer(hang_up=True), Answer(204, b""))
    with pytest.raises(ServerUnreachable):
        client.delete_study("s")
    assert len(peer.requests("DELETE", STUDY)) == 1


def test_what_stays_is_raised_at_last(peer, client):
    peer.on("GET", BEST, problem(503, "database_unavailable", "PostgreSQL is away"))
    with pytest.raises(DatabaseUnavailable, match="PostgreSQL is away"):
        client.best("s")
    assert len(peer.seen) == 4


def test_once_means_once(peer):
    peer.on("GET", BEST, Answer(503))
    with Client(peer.address, "t", retry_seconds=0) as client, pytest.raises(ServerUnreachable):
        client.best("s")
    assert len(peer.seen) == 1


def test_retry_after_is_obeyed(peer):
    peer.on("GET", BEST, Answer(503, b"", {"Retry-After": "1"}), Answer(body={"trials": []}))
    waits = []
    stamina.set_testing(False)
    hooks = stamina.instrumentation.get_on_retry_hooks()
    stamina.instrumentation.set_on_retry_hooks([lambda details: waits.append(details.wait_for)])
    try:
        with Client(peer.address, "t") as client:
            client.best("s")
    finally:
        stamina.instrumentation.set_on_retry_hooks(hooks)
    assert waits == [1.0]


def test_a_retry_after_beyond_our_patience_is_not_waited_for(peer):
    peer.on("GET", BEST, Answer(503, b"", {"Retry-After": "60"}))
    with Client(peer.address, "t", retry_seconds=45) as client, pytest.raises(ServerUnreachable):
        client.best("s")
    assert len(peer.seen) == 1


def test_an_address_where_nothing_listens_is_named(no_waits):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with Client(address, "t") as client, pytest.raises(ServerUnreachable, match=address):
        client.best("s")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(404, b"<html>Not Found</html>"), "answered 404"),
        (Answer(200, b"<html>Welcome</html>"), "something else than Best"),
        (Answer(200, {"trials": "none"}), "something else than Best: trials"),
        (Answer(301, b"", {"Location": "https://elsewhere/"}), "301 Moved Permanently to https://elsewhere/"),
    ],
)
def test_another_server_is_no_hpsearch_server(peer, client, answer, said):
    peer.on("GET", BEST, answer)
    with pytest.raises(ProtocolError, match=said):
        client.best("s")
    assert len(peer.seen) == 1


@pytest.mark.parametrize(
    "server",
    [
        *("", "127.0.0.1:8760", "ftp://host", "http://", "http://:8760", "http://[::1", "http://host:http"),
        *("http://host:99999", "http://ho st", "http://ho\nst", "http://host/?a=b", "http://host/#a"),
        *("http://a..b", "http://xn--ü.de"),
    ],
)
def test_an_address_that_is_none_is_refused(server):
    with pytest.raises(InvalidInput, match="server: must be an address"):
        Client(server, "t")


@pytest.mark.parametrize("token", ["tökén", "two\nlines"])
def test_a_token_that_cannot_travel_is_refused_without_showing_it(token):
    with pytest.raises(InvalidInput, match="token: must be printable ASCII") as caught:
        Client("http://127.0.0.1:1", token)
    assert token not in str(caught.value)


def test_answers_may_gain_fields(peer, client):
    peer.on("GET", BEST, Answer(body={"trials": [], "new": 1}))
    assert client.best("s") == Best(trials=[])


NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        ("Thu, 01 Jan 2026 00:00:30 GMT", 30.0),
        ("Thu, 01 Jan 2026 00:00:30 -0000", 30.0),
        ("Wed, 31 Dec 2025 00:00:00 GMT", 0.0),
        ("soon", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(header, seconds):
    assert retry_after(header, NOW) == seconds
