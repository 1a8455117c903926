"""What a client notes of each request that changes something: a JSON line before it is sent, another when it is answered.

    {"sent": "5f1c-0", "method": "POST", "path": "/tell", "body": {...}}
    {"answered": "5f1c-0", "status": 200, "body": {...}}

Of reads it notes one line alone, where the server failed:

    {"method": "GET", "path": "/studies", "status": 500}

Leases and tokens are secret: their fingerprints stand for them. Every line begins with a newline, so that one that a crash cut
short spoils no other; a request without an answer may have been carried out or not.
"""

import json
from hashlib import sha256
from typing import Any


def fingerprint(secret: str) -> str:
    """What stands for a lease or a token where it must not be seen."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def sent(number: str, method: str, path: str, body: bytes | None) -> bytes:
    """The line of a request; `path` is below the base path."""
    return _line({"sent": number, "method": method, "path": path, "body": _document(body)})


def answered(number: str, status: int, body: bytes) -> bytes:
    """The line of an answer."""
    return _line({"answered": number, "status": status, "body": _document(body)})


def failed(method: str, path: str, status: int) -> bytes:
    """The line of a read that the server failed at."""
    return _line({"method": method, "path": path, "status": status})


def _line(document: dict[str, Any]) -> bytes:
    return b"\n" + json.dumps(document, separators=(",", ":")).encode()


def _document(body: bytes | None) -> Any:
    """The body as JSON; None for what is none."""
    try:
        document = json.loads(body or b"null")
    except ValueError:
        return None
    if isinstance(document, dict):
        if isinstance(document.get("token"), str):
            document["token"] = fingerprint(document["token"])
        for name in ("items", "leases"):
            if isinstance(document.get(name), list):
                document[name] = [_without_lease(one) for one in document[name]]
    return document


def _without_lease(one: Any) -> Any:
    if isinstance(one, str):
        return fingerprint(one)
    if isinstance(one, dict) and isinstance(one.get("lease"), str):
        return {**one, "lease": fingerprint(one["lease"])}
    return one
