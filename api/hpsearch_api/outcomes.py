"""The outcomes that a route declares in its OpenAPI document besides success."""

from http import HTTPStatus
from typing import Any

from hpsearch.errors import (
    BodyTooLarge,
    Forbidden,
    HpsearchError,
    InternalError,
    InvalidInput,
    TooManyRequests,
    Unauthorized,
    Unavailable,
)
from hpsearch.wire.base import Problem
from hpsearch_api.problems import MEDIA_TYPE, PLAIN, status_of, title_of

Outcomes = dict[int | str, dict[str, Any]]

_REQUEST_ID = "9d5c2c1b8f0e4a77b2c1d3e4f5a6b7c8"


def outcomes(*errors: type[HpsearchError], body: bool = False) -> Outcomes:
    """`responses=` for a route behind the token that can end with these errors; with `body`, also those of a JSON body."""
    if not body:
        return declared(*errors, Unauthorized, Forbidden, TooManyRequests, Unavailable, InternalError)
    found = declared(
        *errors, InvalidInput, BodyTooLarge, Unauthorized, Forbidden, TooManyRequests, Unavailable, InternalError
    )
    return found | {415: _problem(415, dict([PLAIN[HTTPStatus.UNSUPPORTED_MEDIA_TYPE]]))}


def declared(*errors: type[HpsearchError]) -> Outcomes:
    """`responses=` for a route that can end with these errors and no others."""
    by_status: dict[int, dict[str, str]] = {}
    for error in errors:
        by_status.setdefault(int(status_of(error)), {})[error.code] = title_of(error)
    return {status: _problem(status, kinds) for status, kinds in by_status.items()}


def _problem(status: int, kinds: dict[str, str]) -> dict[str, Any]:
    """The problems of one status: titles by code."""
    examples = {
        code: {
            "value": Problem(title=title, status=status, code=code, detail=title, request_id=_REQUEST_ID).model_dump()
        }
        for code, title in kinds.items()
    }
    return {
        "description": " ".join(f"`{code}`: {title}" for code, title in kinds.items()),
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}},
    }
