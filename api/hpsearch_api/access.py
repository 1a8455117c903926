"""Which scope may call which route: one table. What is not in it is refused, and a route that is not in it keeps the server from starting."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

from hpsearch import identity
from hpsearch.errors import Forbidden
from hpsearch.wire.base import BASE_PATH
from hpsearch_api import dashboard
from hpsearch_api.auth import OPEN_ROUTES
from hpsearch_api.bodies import JsonRoute

Scopes = frozenset[identity.Scope]

_ADMINS: Scopes = frozenset({identity.Scope.ADMIN})
_WRITERS: Scopes = _ADMINS | {identity.Scope.USER}
_READERS: Scopes = _WRITERS | {identity.Scope.VIEWER}
_WORKERS: Scopes = _WRITERS | {identity.Scope.WORKER}

_STUDY = f"{BASE_PATH}/studies/{{study}}"
_TRIAL = f"{_STUDY}/trials/{{number}}"

ALLOWED: Mapping[tuple[str, str], Scopes] = MappingProxyType(
    {
        ("POST", f"{BASE_PATH}/ask"): _WORKERS,
        ("POST", f"{BASE_PATH}/report"): _WORKERS,
        ("POST", f"{BASE_PATH}/tell"): _WORKERS,
        ("POST", f"{BASE_PATH}/renew"): _WORKERS,
        ("POST", f"{BASE_PATH}/studies"): _WRITERS,
        ("POST", f"{BASE_PATH}/check"): _WRITERS,
        ("GET", f"{BASE_PATH}/studies"): _READERS,
        ("GET", _STUDY): _READERS,
        ("PATCH", _STUDY): _WRITERS,
        ("DELETE", _STUDY): _WRITERS,
        ("POST", f"{_STUDY}/enqueue"): _WRITERS,
        ("GET", f"{_STUDY}/best"): _READERS,
        ("GET", f"{_STUDY}/history"): _READERS,
        ("GET", f"{_STUDY}/export"): _READERS,
        ("GET", f"{_STUDY}/report"): _READERS,
        ("GET", f"{_STUDY}/columns"): _READERS,
        ("GET", f"{_STUDY}/importance"): _READERS,
        ("GET", f"{_STUDY}/advice"): _READERS,
        ("GET", f"{_STUDY}/costs"): _READERS,
        **{
            ("GET", f"{_STUDY}/charts/{kind}"): _READERS
            for kind in ("history", "curves", "slice", "contour", "rank", "edf", "pareto", "timeline", "rungs")
        },
        ("GET", f"{BASE_PATH}/compare"): _READERS,
        ("GET", f"{_STUDY}/events"): _READERS,
        ("GET", f"{BASE_PATH}/events"): _READERS,
        ("GET", f"{_STUDY}/trials"): _READERS,
        ("GET", _TRIAL): _READERS,
        ("POST", f"{_TRIAL}/cancel"): _WRITERS,
        ("GET", f"{_TRIAL}/reports"): _READERS,
        ("GET", f"{_TRIAL}/history"): _READERS,
        ("GET", f"{_TRIAL}/curves"): _READERS,
        ("GET", f"{_TRIAL}/advice"): _READERS,
        ("GET", f"{_TRIAL}/artifacts/{{name}}"): _READERS,
        ("POST", f"{_STUDY}/tests"): _WRITERS,
        ("PUT", f"{_STUDY}/tests/{{id}}"): _WRITERS,
        ("GET", f"{_STUDY}/tests"): _READERS,
        ("GET", f"{BASE_PATH}/workers"): _READERS,
        ("POST", f"{BASE_PATH}/tokens"): _ADMINS,
        ("GET", f"{BASE_PATH}/tokens"): _ADMINS,
        ("DELETE", f"{BASE_PATH}/tokens/{{id}}"): _ADMINS,
        **{("GET", path): _READERS for path in dashboard.PATHS},
        ("GET", "/openapi.json"): _READERS,
        ("GET", "/metrics"): _ADMINS | {identity.Scope.VIEWER},  # totals over all projects, without a name
    }
)
"""The scopes that may call a method of a path template."""


class GuardedRoute(JsonRoute):
    """A route that only the scopes in the table get through to."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request that matched the path; raises Forbidden."""
        method = scope["method"]
        if self.path not in OPEN_ROUTES and method in (self.methods or ()):
            who = scope["state"]["who"].scope
            if who not in ALLOWED.get((method, self.path), frozenset()):
                raise Forbidden(f"a token of scope {who.value} may not {method} {self.path}")
        await super().handle(scope, receive, send)


def check(routes: Iterable[BaseRoute]) -> None:
    """Raises RuntimeError when a route is not in the table, or the table has one that does not exist."""
    found: set[tuple[str, str]] = set()
    for route in routes:
        path = getattr(route, "path", None)
        if path in OPEN_ROUTES:
            continue
        if not isinstance(route, GuardedRoute):
            raise RuntimeError(f"{route!r} goes past the table of who may call what")
        found |= {(method, route.path) for method in route.methods or ()}
    if found != ALLOWED.keys():
        raise RuntimeError(f"not in the table of routes, or only there: {sorted(found ^ ALLOWED.keys())}")
