import re

import pytest
import structlog
from starlette.requests import ClientDisconnect
from structlog.testing import capture_logs

from hpsearch.errors import DatabaseUnavailable
from hpsearch_api.request_context import CLIENT_WENT_AWAY, RequestContext

pytestmark = pytest.mark.anyio


class Exchange:
    """One request to `app` behind the middleware."""

    def __init__(self, app, *headers):
        self.app = RequestContext(app)
        self.scope = {"type": "http", "method": "GET", "path": "/secret-path", "headers": list(headers)}
        self.sent = []

    async def run(self):
        async def send(message):
            self.sent.append(message)

        with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as self.logs:
            await self.app(self.scope, None, send)
        return self

    @property
    def request_id(self):
        return dict(self.sent[0]["headers"])[b"x-request-id"].decode()


async def fine(scope, receive, send):
    scope["route"] = type("Route", (), {"path": "/studies/{study}"})
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def test_a_line_with_template_and_without_what_may_be_secret():
    exchange = await Exchange(fine, (b"authorization", b"Bearer abc")).run()
    [line] = exchange.logs
    assert line.pop("ms") >= 0
    assert line == {
        "event": "request",
        "log_level": "info",
        "method": "GET",
        "path": "/studies/{study}",
        "status": 204,
        "request_id": exchange.request_id,
    }


async def test_ids_are_drawn_and_differ():
    first, second = await Exchange(fine).run(), await Exchange(fine).run()
    assert re.fullmatch("[0-9a-f]{32}", first.request_id)
    assert first.request_id != second.request_id


@pytest.mark.parametrize(("given", "taken"), [("abc-1.2_3", True), ("x" * 100, True), ("x" * 101, False), ("", False)])
async def test_a_sane_id_is_taken(given, taken):
    exchange = await Exchange(fine, (b"x-request-id", given.encode())).run()
    assert (exchange.request_id == given) is taken


@pytest.mark.parametrize("given", [b"a b", b"a\nb", b"\xe9", b'a"b', b"${jndi}"])
async def test_an_id_that_could_forge_log_lines_is_replaced(given):
    exchange = await Exchange(fine, (b"x-request-id", given)).run()
    assert exchange.request_id.encode() != given


async def test_nothing_stays_bound():
    await Exchange(fine).run()
    assert structlog.contextvars.get_contextvars() == {}


async def test_an_unknown_fault_is_a_500_and_logged():
    async def broken(scope, receive, send):
        raise ZeroDivisionError("the reason")

    exchange = await Exchange(broken).run()
    assert exchange.sent[0]["status"] == 500
    assert b"the reason" not in exchange.sent[1]["body"]
    assert [line["event"] for line in exchange.logs] == ["request failed", "request"]
    assert exchange.logs[0]["exc_info"]
    assert exchange.logs[1]["status"] == 500


async def test_an_error_of_the_domain_outside_the_routes_keeps_its_code():
    async def down(scope, receive, send):
        raise DatabaseUnavailable

    exchange = await Exchange(down).run()
    assert exchange.sent[0]["status"] == 503
    assert b"database_unavailable" in exchange.sent[1]["body"]


@pytest.mark.parametrize("error", [ZeroDivisionError, DatabaseUnavailable])
async def test_half_an_answer_is_never_finished_as_if_whole(error):
    async def breaks(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise error

    exchange = Exchange(breaks)
    with pytest.raises(error):
        await exchange.run()
    assert len(exchange.sent) == 1


async def test_a_client_that_went_away_is_no_fault():
    async def gone(scope, receive, send):
        raise ClientDisconnect

    exchange = await Exchange(gone).run()
    assert exchange.sent == []
    assert [line["status"] for line in exchange.logs] == [CLIENT_WENT_AWAY]


async def test_other_protocols_pass():
    seen = []

    async def app(scope, receive, send):
        seen.append(scope)

    await RequestContext(app)({"type": "lifespan"}, None, None)
    assert seen == [{"type": "lifespan"}]
