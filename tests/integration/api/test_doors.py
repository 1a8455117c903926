"""Denied by default: every route and mount that the application has, and what it has not, asks for a token whatever the method."""

import itertools
import re

import pytest
from starlette.routing import BaseRoute, Mount, Route

from hpsearch_api.auth import OPEN_PATHS, OPEN_ROUTES

pytestmark = pytest.mark.anyio

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW")
VALUES = {"study": "s", "number": "0", "name": "a", "id": "1"}
WITHOUT = [
    "/",
    "/nothing",
    "/api",
    "/api/v1",
    "/api/v1/",
    "/docs",
    "/redoc",
    "/static/x.js",
    "//healthz",
    "/healthz/",
    "/%2e/healthz",
]
CREDENTIALS = [
    {},
    {"Authorization": "Bearer not-the-token-at-all"},
    {"Cookie": "hpsearch_session=x"},
    {"X-Hpsearch": "1"},
]


def paths(routes: list[BaseRoute], prefix: str = "") -> list[str]:
    """A path for each route; for a mount the paths of its own routes, or one below it."""
    found = []
    for route in routes:
        if isinstance(route, Mount):
            below = paths(list(route.routes or ()), prefix + route.path)
            found += below or [f"{prefix}{route.path}/x"]
        else:
            assert isinstance(route, Route), f"{route!r}: a kind of route that this test does not know"
            found.append(prefix + re.sub(r"\{(\w+)[^}]*\}", lambda match: VALUES.get(match[1], "x"), route.path))
    return found


async def test_every_path_and_method_needs_a_token(app, stranger):
    every = [*paths(list(app.routes)), *WITHOUT]
    assert len(every) > 30
    let_in = set()
    for path, method in itertools.product(every, METHODS):
        for credentials in CREDENTIALS:
            response = await stranger.request(method, path, headers=credentials)
            if response.status_code != 401:
                let_in.add(path)
            elif method != "HEAD":
                assert response.json()["code"] == "unauthorized"
    assert let_in == set(OPEN_PATHS)


def test_what_is_open_is_a_short_list_on_purpose():
    assert {"/healthz", "/readyz", "/login"} == OPEN_PATHS
    assert {"/static/{path:path}"} == OPEN_ROUTES - OPEN_PATHS  # of which those are that exist: test_sign_in.py


async def test_other_names_and_pages_are_turned_away_before_tokens_are_looked_at(app, stranger, client, monkeypatch):
    async def never(token):
        raise AssertionError("the token was looked at")

    monkeypatch.setattr(app.state.service, "authenticate", never)
    for headers, status, code in [
        ({"Host": "evil.example"}, 421, "host_not_allowed"),
        ({"Origin": "http://evil.example"}, 403, "origin_not_allowed"),
    ]:
        for one, path in ((client, "/studies"), (stranger, "/healthz"), (stranger, "/")):
            response = await one.get(path, headers=headers)
            assert (response.status_code, response.json()["code"]) == (status, code)


async def test_metrics_are_for_those_with_a_token(client, stranger):
    response = await client.get("http://hpsearch.test/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'hpsearch_studies{state="active"} 0.0' in response.text
    assert (await stranger.get("/metrics")).status_code == 401
