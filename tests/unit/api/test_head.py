import pytest

from hpsearch_api.head import Head

pytestmark = pytest.mark.anyio


async def exchange(method):
    seen, sent = [], []

    async def app(scope, receive, send):
        seen.append(scope["method"])
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
        await send({"type": "http.response.body", "body": b"body"})

    async def send(message):
        sent.append(message)

    await Head(app)({"type": "http", "method": method}, None, send)
    return seen, sent


async def test_the_server_below_sees_that_no_body_follows():
    scope = {"type": "http", "method": "HEAD"}
    methods = []

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200})

    async def send(message):
        methods.append(scope["method"])

    await Head(app)(scope, None, send)
    assert [*methods, scope["method"]] == ["HEAD", "HEAD"]


async def test_head_is_get_without_its_body():
    seen, [start, end] = await exchange("HEAD")
    assert seen == ["GET"]
    assert start["headers"] == [(b"content-length", b"4")]
    assert end["body"] == b""


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
async def test_other_methods_pass(method):
    seen, [_, end] = await exchange(method)
    assert seen == [method]
    assert end["body"] == b"body"
