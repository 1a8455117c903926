"""What holds for every route: tokens, request ids, health, faults."""

import json
from pathlib import Path

import httpx2
import pytest

from hpsearch.errors import DatabaseUnavailable
from hpsearch_api.auth import OPEN_PATHS

pytestmark = pytest.mark.anyio

DOCUMENT = json.loads((Path(__file__).parents[3] / "docs" / "openapi.json").read_text(encoding="utf-8"))
ROUTES = [(method.upper(), path) for path, operations in DOCUMENT["paths"].items() for method in operations]


@pytest.mark.parametrize(("method", "path"), [*ROUTES, ("GET", "/"), ("GET", "/nothing"), ("PUT", "/api/v1/ask")])
async def test_no_route_forgets_the_token(stranger, method, path):
    for headers in ({}, {"Authorization": "Bearer not-the-token-at-all"}):
        response = await stranger.request(method, path.format(study="s", number=0, name="a", id=1), headers=headers)
        if path in OPEN_PATHS:
            assert response.status_code == 200
        else:
            assert (response.status_code, response.json()["code"]) == (401, "unauthorized")
            assert response.headers["www-authenticate"] == 'Bearer realm="hpsearch"'


async def test_the_document_is_served(app, client, stranger):
    response = await client.get("http://hpsearch.test/openapi.json")
    assert response.json() == app.openapi()
    assert (await stranger.get("/openapi.json")).status_code == 401


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
async def test_no_page_loads_scripts_from_elsewhere(client, path):
    assert (await client.get(f"http://hpsearch.test{path}")).status_code == 404


async def test_a_request_id_comes_back_and_is_logged(stranger, logs):
    response = await stranger.get("/healthz", headers={"X-Request-Id": "my-id"})
    assert response.headers["x-request-id"] == "my-id"
    assert [(line["event"], line["path"], line["status"]) for line in logs] == [("request", "/healthz", 200)]


async def test_the_log_has_templates_and_no_tokens(client, logs):
    token = client.headers["authorization"].removeprefix("Bearer ")
    await client.get(f"/studies/secret?cursor={token}")
    assert logs[-1]["path"] == "/api/v1/studies/{study}"
    assert token not in repr(logs)
    assert "secret" not in repr(logs)


async def test_head(stranger, client):
    response = await stranger.head("/healthz")
    assert (response.status_code, response.content, response.headers["content-length"]) == (200, b"", "15")
    assert (await client.head("/studies")).status_code == 200
    assert (await client.head("/studies/none")).status_code == 404


async def test_ready_only_while_the_database_is(app, stranger, monkeypatch):
    assert (await stranger.get("/readyz")).json() == {"status": "ok"}

    async def down():
        raise DatabaseUnavailable("no route to host")

    monkeypatch.setattr(app.state.service, "ready", down)
    response = await stranger.get("/readyz")
    assert (response.status_code, response.json()["code"]) == (503, "database_unavailable")
    assert response.headers["retry-after"] == "1"
    assert (await stranger.get("/healthz")).status_code == 200


async def test_an_unavailable_database_while_tokens_are_checked(app, client, monkeypatch):
    async def down(token):
        raise DatabaseUnavailable

    monkeypatch.setattr(app.state.service, "authenticate", down)
    response = await client.get("/studies")
    assert (response.status_code, response.json()["code"]) == (503, "database_unavailable")


async def test_a_fault_is_a_problem_and_is_logged(app, client, logs, monkeypatch):
    async def broken(name, who):
        raise ZeroDivisionError("what went wrong")

    monkeypatch.setattr(app.state.service, "get_study", broken)
    response = await client.get("/studies/s")
    assert (response.status_code, response.json()["code"]) == (500, "internal_error")
    assert "what went wrong" not in response.text
    assert [line["event"] for line in logs][-2:] == ["request failed", "request"]


async def test_an_export_that_breaks_off_is_not_finished_as_if_whole(app, client, monkeypatch):
    async def broken(name, who):
        yield []
        raise DatabaseUnavailable

    study = {"name": "s", "objective": "m:f", "space": {"x": {"type": "constant", "value": 1}}}
    assert (await client.post("/studies", json=study)).status_code == 201
    monkeypatch.setattr(app.state.service, "export_trials", broken)
    with pytest.raises(RuntimeError):
        await client.get("/studies/s/export?format=json")


async def test_two_apps_do_not_share_their_state(app, settings):
    from hpsearch_api.app import create_app

    other = create_app(settings)
    async with other.router.lifespan_context(other):
        assert other.state.service is not app.state.service
        transport = httpx2.ASGITransport(other)
        async with httpx2.AsyncClient(transport=transport, base_url="http://hpsearch.test") as client:
            assert (await client.get("/readyz")).status_code == 200
