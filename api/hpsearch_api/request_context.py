"""The outermost layer around every request: its id, its line in the log, and the answer when everything else failed."""

import re
from secrets import token_hex
from time import perf_counter

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hpsearch.errors import HpsearchError
from hpsearch_api import problems

HEADER = b"x-request-id"
_SANE = re.compile(rb"[A-Za-z0-9._-]{1,100}")
CLIENT_WENT_AWAY = 499
"""Logged, never sent: nobody is there to read it."""

_log = structlog.get_logger("hpsearch_api.access")


class RequestContext:
    """ASGI middleware: draws a request id (or takes the caller's), logs method, path template, status and milliseconds.

    Neither headers nor query strings are logged: they may hold tokens.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        method = scope["method"]
        scope.setdefault("state", {})["request_id"] = request_id
        bound = structlog.contextvars.bind_contextvars(request_id=request_id)
        began = perf_counter()
        try:
            status = await self._run(scope, receive, send, request_id)
            route = scope.get("route")
            _log.info(
                "request",
                method=method,
                path=getattr(route, "path", None),
                status=status,
                ms=round((perf_counter() - began) * 1000, 2),
            )
        finally:
            structlog.contextvars.reset_contextvars(**bound)

    async def _run(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> int:
        """Carries the request out and returns the status that was sent."""
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message.setdefault("headers", []).append((HEADER, request_id.encode()))
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except ClientDisconnect:
            return status or CLIENT_WENT_AWAY
        except HpsearchError as error:
            if status:
                raise
            await problems.answer(scope, error)(scope, receive, send_with_id)
        except Exception:
            _log.exception("request failed", method=scope["method"], path=getattr(scope.get("route"), "path", None))
            if status:  # the answer is half out: only cutting the connection says that it is not whole
                raise
            await problems.internal(scope)(scope, receive, send_with_id)
        return status


def _request_id(scope: Scope) -> str:
    given = next((value for name, value in scope["headers"] if name == HEADER), b"")
    return given.decode() if _SANE.fullmatch(given) else token_hex(16)
