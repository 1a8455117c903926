"""Who may: one check before every route, denied by default."""

import re

from starlette.types import ASGIApp, Receive, Scope, Send

from hpsearch.errors import Unauthorized
from hpsearch_api import problems

OPEN_PATHS = frozenset({"/healthz", "/readyz", "/openapi.json"})
"""The paths that need no token; all others, also those that do not exist, do."""

_CREDENTIALS = re.compile(rb"bearer +([!-~]+)", re.IGNORECASE)


class Authentication:
    """ASGI middleware: lets requests with a known token through, `state.who` being its holder; answers 401 to all others."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "lifespan" or scope["path"] in OPEN_PATHS:
            await self.app(scope, receive, send)
            return
        token = _token(scope)
        who = await scope["app"].state.service.authenticate(token) if token else None
        if who is not None:
            scope.setdefault("state", {})["who"] = who
            await self.app(scope, receive, send)
        else:
            await problems.answer(scope, Unauthorized())(scope, receive, send)


def _token(scope: Scope) -> str | None:
    """The token of the request; None where there is none, or more than one header that might hold it."""
    given = [value for name, value in scope["headers"] if name == b"authorization"]
    found = _CREDENTIALS.fullmatch(given[0]) if len(given) == 1 else None
    return found[1].decode() if found else None
