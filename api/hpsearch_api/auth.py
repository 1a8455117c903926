"""Who may: one check before every route, denied by default."""

import re

from starlette.types import ASGIApp, Receive, Scope, Send

from hpsearch.errors import TooManyRequests, Unauthorized
from hpsearch_api import problems
from hpsearch_api.rates import Rates

OPEN_PATHS = frozenset({"/healthz", "/readyz", "/openapi.json"})
"""The paths that need no token; all others, also those that do not exist, do."""

_CREDENTIALS = re.compile(rb"bearer +([!-~]+)", re.IGNORECASE)


class Authentication:
    """ASGI middleware.

    Lets requests with a known token through, `state.who` being its holder; answers 401 to all others, 429 to too many.
    """

    def __init__(self, app: ASGIApp, rates: Rates) -> None:
        self.app = app
        self._rates = rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "lifespan" or scope["path"] in OPEN_PATHS:
            await self.app(scope, receive, send)
            return
        token = _token(scope)
        who = await scope["app"].state.service.authenticate(token) if token else None
        if who is None:
            await problems.answer(scope, Unauthorized())(scope, receive, send)
        elif who.token is not None and not self._rates.take(who.token):
            await problems.answer(scope, TooManyRequests())(scope, receive, send)
        else:
            scope.setdefault("state", {})["who"] = who
            await self.app(scope, receive, send)


def _token(scope: Scope) -> str | None:
    """The token of the request; None where there is none, or more than one header that might hold it."""
    given = [value for name, value in scope["headers"] if name == b"authorization"]
    found = _CREDENTIALS.fullmatch(given[0]) if len(given) == 1 else None
    return found[1].decode() if found else None
