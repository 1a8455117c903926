"""Who may: one check before every route, denied by default."""

import re

from starlette.types import ASGIApp, Receive, Scope, Send

from hpsearch.errors import SessionHeaderMissing, TooManyRequests, Unauthorized
from hpsearch.identity import Identity
from hpsearch.service import Service
from hpsearch_api import cookies, files, pages, problems
from hpsearch_api.rates import Rates

OPEN_PATHS = frozenset({"/healthz", "/readyz", pages.LOGIN})
"""The paths that need no token besides those of static files: health and sign-in; all others, also those that do not exist, do."""
OPEN_ROUTES = OPEN_PATHS | {files.ROUTE}
SESSION_HEADER = b"x-hpsearch"
"""What a session changes something with: no page of another site can make a browser send it."""

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_CREDENTIALS = re.compile(rb"bearer +([!-~]+)", re.IGNORECASE)


class Authentication:
    """ASGI middleware.

    Lets requests with a known token or session through, `state.who` being its holder; answers 401 to all others, 429 to too many, and
    403 to a session that would change something without the header for that. Who sends an `Authorization` is known by that alone.
    """

    def __init__(self, app: ASGIApp, rates: Rates) -> None:
        self.app = app
        self._rates = rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "lifespan" or scope["path"] in OPEN_PATHS or files.find(scope["path"]):
            await self.app(scope, receive, send)
            return
        session = None if _has(scope, b"authorization") else cookies.session_of(scope)
        who = await _holder(scope, session)
        if who is None:
            refusal = pages.sign_in(401) if _looks(scope) else problems.answer(scope, Unauthorized())
            await refusal(scope, receive, send)
        elif session and scope["method"] not in _READING and not _has(scope, SESSION_HEADER):
            await problems.answer(scope, SessionHeaderMissing())(scope, receive, send)
        elif who.token is not None and not self._rates.take(who.token):
            await problems.answer(scope, TooManyRequests())(scope, receive, send)
        else:
            scope.setdefault("state", {})["who"] = who
            await self.app(scope, receive, send)


async def _holder(scope: Scope, session: str | None) -> Identity | None:
    """Who sends the request; None where nobody knows."""
    service: Service = scope["app"].state.service
    if session is not None:
        return await service.authenticate_session(session)
    token = _token(scope)
    return await service.authenticate(token) if token else None


def _has(scope: Scope, wanted: bytes) -> bool:
    return any(name == wanted for name, _ in scope["headers"])


def _looks(scope: Scope) -> bool:
    """Whether a person opens a page, who is shown where to sign in."""
    wanted = b",".join(value for name, value in scope["headers"] if name == b"accept")
    return scope["method"] == "GET" and b"text/html" in wanted


def _token(scope: Scope) -> str | None:
    """The token of the request; None where there is none, or more than one header that might hold it."""
    given = [value for name, value in scope["headers"] if name == b"authorization"]
    found = _CREDENTIALS.fullmatch(given[0]) if len(given) == 1 else None
    return found[1].decode() if found else None
