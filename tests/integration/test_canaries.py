"""Secrets go in at every place that takes one and must come out nowhere: logs, errors, metrics, exports, views, the checker, doctor."""

import io
import json
import logging
import os
import re
import subprocess
import sys

import httpx2
import pytest
import structlog
from patience import SECONDS
from pydantic import SecretStr
from sqlalchemy import make_url
from structlog._config import BoundLoggerLazyProxy

from hpsearch.client import Client
from hpsearch.errors import HpsearchError
from hpsearch.service.verify import verify
from hpsearch.settings import Settings, load
from hpsearch_api import logs
from hpsearch_api.app import create_app
from hpsearch_migrations import open_database

pytestmark = pytest.mark.anyio

TOKEN = "canary-of-the-admin-token"
PASSWORD = "canary-of-the-database-password"
STUDY = {
    "name": "s",
    "objective": "m:f",
    "space": {"x": {"type": "float", "low": 0, "high": 1}},
    "sampler": {"name": "random"},
}
READS = [
    *(
        "/healthz",
        "/readyz",
        "/metrics",
        "/openapi.json",
        "/api/v1/studies",
        "/api/v1/studies/s",
        "/api/v1/studies/s/best",
    ),
    *("/api/v1/studies/s/export?format=csv", "/api/v1/studies/s/export?format=json", "/api/v1/studies/s/trials"),
    *("/api/v1/studies/s/trials/0", "/api/v1/studies/s/trials/0/history", "/api/v1/studies/s/trials/0/reports"),
    *("/api/v1/workers", "/api/v1/studies/s/tests", "/api/v1/tokens", "/nothing", f"/api/v1/studies/{TOKEN}x"[:20]),
]


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def written(monkeypatch, tmp_path):
    """Everything that the process logs, at its most talkative."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    before = logging.getLogger().handlers[:], logging.getLogger().level
    logs.configure(Settings(log_level="debug"))
    _forget_cached_loggers()
    yield stream
    _forget_cached_loggers()
    logging.captureWarnings(capture=False)
    logging.getLogger().handlers[:], level = before
    logging.getLogger().setLevel(level)
    structlog.reset_defaults()


def _forget_cached_loggers():
    """A logger keeps the stream of its first use."""
    for module in list(sys.modules.values()):
        for name in ("log", "_log"):
            if isinstance(found := vars(module).get(name), BoundLoggerLazyProxy):
                vars(found).pop("bind", None)


def secret(url):
    """The address with a password, which the tests' servers do not look at."""
    if url.startswith("sqlite"):
        return url
    return make_url(url).set(password=PASSWORD).render_as_string(hide_password=False)


async def test_nothing_shows_a_secret(database_url, written, monkeypatch):
    settings = Settings(database_url=secret(database_url), admin_token=SecretStr(TOKEN))
    app, said, canaries = create_app(settings), [repr(settings), str(settings)], [TOKEN, PASSWORD]
    async with app.router.lifespan_context(app):
        said.append(app.state.database)
        headers = {"Authorization": f"Bearer {TOKEN}"}
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as client:

            async def call(method, path, body=None, **more):
                response = await client.request(method, path, json=body, **more)
                said.append(f"{response.text} {response.headers}")
                return response

            await call("POST", "/api/v1/studies", STUDY)
            asked = await call("POST", "/api/v1/ask", {"worker": "w", "request_id": "r", "count": 3})
            said.pop()  # the one answer that a lease belongs into
            leases = [lease["lease"] for lease in asked.json()["leases"]]
            assert len(leases) == 3
            canaries += leases
            for path, item in (
                ("report", {"step": 1, "value": 0.5}),
                ("report", {"step": -1, "value": 0.5}),
                ("tell", {"state": "completed"}),
                ("tell", {"state": "completed", "values": [0.5]}),
                ("tell", {"state": "failed", "error": {"reason": "io", "message": "m"}}),
            ):
                response = await call("POST", f"/api/v1/{path}", {"items": [{"lease": leases[0], **item}]})
                if response.status_code == 200:
                    said.pop()  # answers of items name the lease that was sent
            for path in READS:
                await call("GET", path)
                await call("GET", path, headers={"Authorization": f"Bearer {TOKEN}-wrong"})
            await call("GET", f"/api/v1/studies/s/trials?cursor={TOKEN}")
            said.pop()  # what was sent as something else comes back in the error
            canaries += await fail_in_the_database(app, call, leases[1:])
            await fail(app, client, monkeypatch, said)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as browser:
            canaries += await browse(app, browser, monkeypatch, said)
    database = open_database(settings.database_url)
    said += [repr(database), str(database), *map(str, verify(database))]
    database.close()
    said.append(written.getvalue())
    assert (
        re.findall(r"\b[0-9a-f]{64}\b", said[-1]) == []
    )  # digests of tokens, of which the new ones are not known here
    everything = "\n".join(said)
    assert "ZeroDivisionError" in everything  # the logs were looked at
    assert len(re.findall(r"command_failed.*refused", everything)) == 2
    assert [canary for canary in canaries if canary in everything] == []


REFUSALS = {
    "sqlite": (
        (
            "CREATE TRIGGER refused_end BEFORE UPDATE ON attempts WHEN NEW.error IS NOT NULL BEGIN SELECT RAISE(ABORT, 'refused'); END",
            "DROP TRIGGER refused_end",
        ),
        (
            "CREATE TRIGGER refused_token BEFORE INSERT ON tokens BEGIN SELECT RAISE(ABORT, 'refused'); END",
            "DROP TRIGGER refused_token",
        ),
    ),
    "postgresql": (
        (
            "ALTER TABLE attempts ADD CONSTRAINT refused_end CHECK (error IS NULL) NOT VALID",
            "ALTER TABLE attempts DROP CONSTRAINT refused_end",
        ),
        (
            "ALTER TABLE tokens ADD CONSTRAINT refused_token CHECK (name <> 'refused') NOT VALID",
            "ALTER TABLE tokens DROP CONSTRAINT refused_token",
        ),
    ),
}
"""What makes statements fail whose values are secret, and what ends that: the database is used again."""


async def fail_in_the_database(app, call, leases):
    """Ends of trials, and a token, that the database refuses; what must not be logged of them."""
    database = app.state.service._database
    with database.write() as connection:
        for refusal, _ in REFUSALS[connection.dialect.name]:
            connection.exec_driver_sql(refusal)
    message, traceback = "canary-of-a-message", "canary-of-a-traceback"
    ends = [{"lease": lease, "state": "failed"} for lease in leases]
    error = {"reason": "exception", "message": message, "traceback": traceback}
    response = await call("POST", "/api/v1/tell", {"items": [end | {"error": error} for end in ends]})
    assert response.status_code == 500
    response = await call("POST", "/api/v1/tokens", {"name": "refused", "scope": "user"})
    assert response.status_code == 500
    with database.write() as connection:
        for _, end in REFUSALS[connection.dialect.name]:
            connection.exec_driver_sql(end)
    return [message, traceback]


async def fail(app, client, monkeypatch, said):
    """Faults of the server, one of them of the database, with a token and a lease among the variables of their frames."""

    async def broken(*arguments, **options):
        held = TOKEN, PASSWORD
        raise ZeroDivisionError(f"with {len(held)} secrets at hand")

    for name in ("get_study", "ask", "tell", "authenticate"):
        with monkeypatch.context() as patched:
            patched.setattr(app.state.service, name, broken)
            bodies = {
                "ask": {"worker": "w", "request_id": "q"},
                "tell": {"items": [{"lease": "x", "state": "released"}]},
            }
            if name in bodies:
                response = await client.post(f"/api/v1/{name}", json=bodies[name])
            else:
                response = await client.get("/api/v1/studies/s")
            assert response.status_code == 500
            said.append(response.text)


async def browse(app, browser, monkeypatch, said):
    """Signs in by a link, looks at everything, fails, and signs out; the link's code and the session, which belong into two answers."""
    code = app.state.link.draw().partition("=")[2]
    await browser.get(f"/login?code={code}")
    await browser.post("/login", data={"code": code})
    session = browser.cookies["hpsearch_session"]

    async def call(method, path, **more):
        response = await browser.request(method, path, **more)
        said.append(f"{response.text} {response.headers}")
        return response.status_code

    assert [await call("GET", path) for path in READS[:5]] == [200] * 5
    for path in (*READS[5:], "/", "/login", "/static/style.css"):
        await call("GET", path)
    assert await call("POST", "/api/v1/studies", json=STUDY) == 403
    for form in ({"code": code}, {"token": code}, {"token": f"{TOKEN}x"}, {"token": TOKEN, "code": code}):
        await call("POST", "/login", data=form)

    async def broken(*arguments):
        held = code, session
        raise ZeroDivisionError(f"with {len(held)} secrets at hand")

    for name, path in (("authenticate_session", "/"), ("sign_in", "/login"), ("sign_out", "/login")):
        with monkeypatch.context() as patched:
            patched.setattr(app.state.service, name, broken)
            form = {"token": TOKEN} if name == "sign_in" else {"sign_out": "1"}
            assert await call("GET" if path == "/" else "POST", path, data=form) == 500
    assert await call("POST", "/login", data={"sign_out": "1"}) == 303
    return [code, session]


@pytest.mark.parametrize("place", ["somebody:{}@127.0.0.1:1/nowhere", "127.0.0.1:1/nowhere?password={}"])
def test_a_database_that_refuses_does_not_show_its_password(tmp_path, place):
    url = f"postgresql://{place.format(PASSWORD)}"
    environment = {
        **os.environ,
        "XDG_CONFIG_HOME": str(tmp_path),
        "HPSEARCH_DATABASE_URL": url,
        "HPSEARCH_ADMIN_TOKEN": TOKEN,
    }
    for module, *arguments in (
        ("hpsearch_api", "--port", "0"),
        ("hpsearch_migrations", "current"),
        ("hpsearch.service.verify", "--json"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode != 0
        assert done.stderr
        assert PASSWORD not in done.stdout + done.stderr
        assert TOKEN not in done.stdout + done.stderr


def test_a_client_does_not_show_its_token(monkeypatch):
    monkeypatch.setenv("HPSEARCH_TOKEN", TOKEN)
    with Client("http://127.0.0.1:1", retry_seconds=0) as client:
        with pytest.raises(HpsearchError) as caught:
            client.get_study("s")
        said = [
            repr(client),
            str(caught.value),
            repr(caught.value.__cause__),
            repr(load()),
            json.dumps(vars(client), default=repr),
        ]
    assert TOKEN not in "".join(said)
