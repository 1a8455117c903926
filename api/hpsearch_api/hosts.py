"""Which names this server answers to, and which pages may call it: the defence against DNS rebinding, on loopback too.

A page of an attacker's domain whose name was pointed at this machine calls us from the visitor's own browser, as if it were ours. Its
requests carry that domain as `Host`, and what other pages send carries theirs as `Origin`.
"""

import re
from functools import lru_cache
from ipaddress import ip_address

from starlette.types import ASGIApp, Receive, Scope, Send

from hpsearch.errors import HostNotAllowed, HpsearchError, OriginNotAllowed
from hpsearch_api import problems

_PRIVATE = frozenset({"localhost", "internal", "test"})
"""Top-level domains in which nobody can register a name (RFC 6761, and ICANN's resolution of 2024 on `internal`)."""
_AUTHORITY = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::([0-9]{1,5}))?", re.IGNORECASE)
_ORIGIN = re.compile(r"https?://(.+)", re.IGNORECASE)
_DEFAULT_PORTS = frozenset({None, "80", "443"})
"""Not told apart: behind a proxy with TLS the page's port is another than ours."""

REMEMBERED = 1_000
"""Names whose parts are known without another look: nearly all requests have the same one."""


class Hosts:
    """ASGI middleware: refuses requests for other names (421 `host_not_allowed`) and from other pages (403 `origin_not_allowed`).

    Addresses, names of one word, and names that nobody can register are always ours: no attacker's page has such a name.
    `allowed`: further names, separated by commas; `*` for any.
    """

    def __init__(self, app: ASGIApp, allowed: str = "") -> None:
        self.app = app
        self._allowed = frozenset(name.strip().lower().rstrip(".") for name in allowed.split(",") if name.strip())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        error = None if scope["type"] == "lifespan" else self._error(scope)
        if error is None:
            await self.app(scope, receive, send)
        else:
            await problems.answer(scope, error)(scope, receive, send)

    def _error(self, scope: Scope) -> HpsearchError | None:
        host = _authority(_header(scope, b"host"))
        if host is None or not self._is_ours(host[0]):
            return HostNotAllowed()
        origin = _header(scope, b"origin")
        if origin == "" and not any(name == b"origin" for name, _ in scope["headers"]):
            return None
        page = _ORIGIN.fullmatch(origin)
        from_page = _authority(page[1]) if page else None
        return None if from_page == host else OriginNotAllowed()

    def _is_ours(self, host: str) -> bool:
        return bool(self._allowed & {host, "*"}) or _nobody_elses(host)


def _header(scope: Scope, wanted: bytes) -> str:
    """The header's value; empty where there is none, or more than one."""
    found = [value for name, value in scope["headers"] if name == wanted]
    return found[0].decode("latin-1") if len(found) == 1 else ""


@lru_cache(REMEMBERED)
def _authority(text: str) -> tuple[str, str | None] | None:
    """Host and port of `name:port`, the ports that go without saying as None; None where it is no authority."""
    found = _AUTHORITY.fullmatch(text)
    if found is None:
        return None
    return found[1].lower().rstrip("."), None if found[2] in _DEFAULT_PORTS else found[2]


@lru_cache(REMEMBERED)
def _nobody_elses(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        labels = host.split(".")
        return bool(host) and (len(labels) == 1 or labels[-1] in _PRIVATE)
    return True
