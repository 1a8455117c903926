import pytest
from fastapi import APIRouter, FastAPI
from starlette.routing import Mount

from hpsearch.identity import Scope
from hpsearch.settings import Settings
from hpsearch_api import access
from hpsearch_api.access import ALLOWED, check
from hpsearch_api.app import create_app
from hpsearch_api.router import new_router


@pytest.fixture
def routes():
    return list(create_app(Settings()).routes)


async def endpoint() -> None:
    """Nothing."""


def test_the_table_has_every_route(routes):
    check(routes)


def test_a_route_that_is_not_in_the_table_keeps_the_server_from_starting(routes):
    router = new_router("/api/v1", "new")
    router.get("/new")(endpoint)
    with pytest.raises(RuntimeError, match="/api/v1/new"):
        check([*routes, *router.routes])


def test_a_method_that_is_not_in_the_table_does_too(routes):
    router = new_router("/api/v1", "new")
    router.put("/studies")(endpoint)
    with pytest.raises(RuntimeError, match=r"\('PUT', '/api/v1/studies'\)"):
        check([*routes, *router.routes])


def test_what_the_table_has_and_nobody_serves_does_too(routes):
    with pytest.raises(RuntimeError, match="/api/v1/ask"):
        check([route for route in routes if route.path != "/api/v1/ask"])


def test_what_goes_past_the_table_does_too(routes):
    plain = APIRouter()
    plain.get("/api/v1/ask")(endpoint)
    for route in (*plain.routes, Mount("/static", app=FastAPI())):
        with pytest.raises(RuntimeError, match="goes past the table"):
            check([*routes, route])


def test_what_each_scope_may_do():
    allowed = {scope: {key for key, scopes in ALLOWED.items() if scope in scopes} for scope in Scope}
    assert allowed[Scope.ADMIN] == set(ALLOWED)
    assert allowed[Scope.WORKER] == {("POST", f"/api/v1/{verb}") for verb in ("ask", "report", "tell", "renew")}
    assert {method for method, _ in allowed[Scope.VIEWER]} == {"GET"}
    assert not [path for scope in Scope if scope is not Scope.ADMIN for _, path in allowed[scope] if "/tokens" in path]
    assert access.ALLOWED["DELETE", "/api/v1/studies/{study}"] == {Scope.ADMIN, Scope.USER}
