import pytest

from hpsearch_api.hosts import Hosts

pytestmark = pytest.mark.anyio


async def status(*headers, allowed=""):
    sent = []

    async def app(scope, receive, send):
        await send({"status": 200})

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers]}
    await Hosts(app, allowed)(scope, None, send)
    return sent[0]["status"]


OURS = [
    *("127.0.0.1:8760", "[::1]:8760", "10.0.0.7", "localhost:8760", "LOCALHOST", "localhost."),
    *("proxy:8080", "gpu-7", "hpsearch.localhost:1", "search.internal", "hpsearch.test"),
]
OTHERS = [
    *(
        "evil.example:8760",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "evil.local",
        "",
        "a b",
        "evil.example#",
    ),
    *("user@localhost", "localhost/evil.example", "localhost:8760:1", "[::1]evil.example", ".", "..", "löcalhost"),
]


@pytest.mark.parametrize("host", OURS)
async def test_names_that_no_attacker_has_are_ours(host):
    assert await status(("host", host)) == 200


@pytest.mark.parametrize("host", OTHERS)
async def test_other_names_are_refused(host):
    assert await status(("host", host)) == 421


async def test_no_host_and_two_hosts_are_refused():
    assert await status() == 421
    assert await status(("host", "localhost"), ("host", "localhost")) == 421


async def test_further_names_can_be_allowed():
    for allowed in ("search.example.org", "a.example, Search.Example.ORG.", "*"):
        assert await status(("host", "search.example.org:8760"), allowed=allowed) == 200
    assert await status(("host", "other.example.org"), allowed="search.example.org,example.org") == 421


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:8760", "http://localhost:8760"),
        ("search.internal", "https://search.internal"),
        ("search.internal", "https://search.internal:443"),
        ("[::1]:8760", "http://[::1]:8760"),
    ],
)
async def test_our_own_pages_may_call(host, origin):
    assert await status(("host", host), ("origin", origin)) == 200


@pytest.mark.parametrize(
    "origin",
    [
        *(
            "http://evil.example",
            "http://localhost:3000",
            "http://127.0.0.1:8760",
            "null",
            "",
            "file://",
            "localhost:8760",
        ),
        *("http://localhost:8760/x", "http://localhost:8760@evil.example", "ftp://localhost:8760"),
    ],
)
async def test_pages_of_others_may_not(origin):
    assert await status(("host", "localhost:8760"), ("origin", origin)) == 403


async def test_two_origins_are_none_of_ours():
    ours = ("origin", "http://localhost:8760")
    assert await status(("host", "localhost:8760"), ours, ours) == 403
