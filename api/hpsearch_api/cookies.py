"""The cookie that holds a session: for no script, no other site, and, where the page came over HTTPS, for no plain connection."""

from starlette.types import Scope

from hpsearch.service.commands.sessions import SESSION_SECONDS

NAME = "hpsearch_session"
SECURE_NAME = f"__Host-{NAME}"
"""Browsers take a cookie of this name from the host itself alone, over HTTPS."""


def session_of(scope: Scope) -> str | None:
    """The session that the request holds; None where there is none, or several of one name."""
    given = b"; ".join(value for name, value in scope["headers"] if name == b"cookie").decode("latin-1")
    pairs = [part.strip().partition("=") for part in given.split(";")]
    for wanted in (SECURE_NAME, NAME):
        found = [value for name, _, value in pairs if name == wanted]
        if found:
            return found[0] if len(found) == 1 and found[0] else None
    return None


def holding(scope: Scope, session: str) -> str:
    """The `Set-Cookie` that hands a session to the browser."""
    return _cookie(scope, session, int(SESSION_SECONDS))


def emptied(scope: Scope) -> str:
    """The `Set-Cookie` that takes the session away."""
    return _cookie(scope, "", 0)


def _cookie(scope: Scope, value: str, seconds: int) -> str:
    secure = _is_secure(scope)
    name = SECURE_NAME if secure else NAME
    return f"{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict" + "; Secure" * secure


def _is_secure(scope: Scope) -> bool:
    """Whether the browser sees HTTPS. Behind a proxy it is the page's own address, its `Origin`, that tells."""
    return scope["scheme"] == "https" or any(
        name == b"origin" and value.lower().startswith(b"https://") for name, value in scope["headers"]
    )
