import pytest

from hpsearch.identity import OWNER
from hpsearch_api.auth import OPEN_PATHS, Authentication
from hpsearch_api.rates import Rates

pytestmark = pytest.mark.anyio


class Service:
    """Knows one token, and counts how often it was asked."""

    def __init__(self):
        self.asked = 0
        self.state = self
        self.service = self

    async def authenticate(self, token):
        self.asked += 1
        return OWNER if token == "abc.DEF-1_~+/==" else None


async def status(path, *given):
    service, sent = Service(), []

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "who": scope.get("state", {}).get("who")})

    async def send(message):
        sent.append(message)

    headers = [(b"authorization", value) for value in given]
    await Authentication(app, Rates(1))(
        {"type": "http", "method": "GET", "path": path, "headers": headers, "app": service}, None, send
    )
    return sent[0], service.asked


@pytest.mark.parametrize("given", [b"Bearer abc.DEF-1_~+/==", b"bearer   abc.DEF-1_~+/=="])
async def test_a_known_token_passes_and_names_its_holder(given):
    sent, _ = await status("/api/v1/ask", given)
    assert (sent["status"], sent["who"]) == (200, OWNER)


@pytest.mark.parametrize(
    "given",
    [
        (),
        (b"",),
        (b"Bearer",),
        (b"Bearer ",),
        (b"abc.DEF-1_~+/==",),
        (b"Basic abc.DEF-1_~+/==",),
        (b"Bearer abc.DEF-1_~+/== x",),
        (b"Bearer abc\x00",),
        (b"Bearer \xff",),
        (b"Bearer abc.DEF-1_~+/==", b"Bearer abc.DEF-1_~+/=="),
    ],
)
async def test_what_is_no_credential_is_refused_without_a_look(given):
    sent, asked = await status("/api/v1/ask", *given)
    assert (sent["status"], asked) == (401, 0)
    assert (b"www-authenticate", b'Bearer realm="hpsearch"') in sent["headers"]


async def test_an_unknown_token_is_refused():
    sent, asked = await status("/api/v1/ask", b"Bearer other")
    assert (sent["status"], asked) == (401, 1)


@pytest.mark.parametrize("path", ["/healthz/", "//healthz", "/healthz/x", "/HEALTHZ", "/", "", "/docs", "/redoc"])
async def test_only_the_listed_paths_are_open(path):
    assert (await status(path))[0]["status"] == 401
    assert path not in OPEN_PATHS


@pytest.mark.parametrize("path", sorted(OPEN_PATHS))
async def test_open_paths_need_no_token(path):
    assert (await status(path))[0]["status"] == 200
