"""Every error as RFC 9457 `application/problem+json`: the one table from error class to HTTP status, and the handlers."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers, QueryParams
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import Scope

from hpsearch.errors import (
    BodyTooLarge,
    Conflict,
    FieldError,
    Forbidden,
    HostNotAllowed,
    HpsearchError,
    InternalError,
    InvalidInput,
    NotFound,
    OriginNotAllowed,
    SessionHeaderMissing,
    TooManyRequests,
    Unauthorized,
    Unavailable,
)
from hpsearch.validation import LONGEST_MESSAGE, LONGEST_PATH, field_errors, shown
from hpsearch.wire.base import Problem, ProblemField

MEDIA_TYPE = "application/problem+json"
LONGEST_DETAIL = 20_000
"""Characters of what was wrong, all fields together."""

STATUS: Mapping[type[HpsearchError], HTTPStatus] = MappingProxyType(
    {
        InvalidInput: HTTPStatus.UNPROCESSABLE_ENTITY,
        NotFound: HTTPStatus.NOT_FOUND,
        Conflict: HTTPStatus.CONFLICT,
        Unauthorized: HTTPStatus.UNAUTHORIZED,
        Forbidden: HTTPStatus.FORBIDDEN,
        HostNotAllowed: HTTPStatus.MISDIRECTED_REQUEST,
        OriginNotAllowed: HTTPStatus.FORBIDDEN,
        SessionHeaderMissing: HTTPStatus.FORBIDDEN,
        BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        TooManyRequests: HTTPStatus.TOO_MANY_REQUESTS,
        Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
        HpsearchError: HTTPStatus.INTERNAL_SERVER_ERROR,
    }
)
"""The status of each class and of those below it."""

_HEADERS: Mapping[HTTPStatus, Mapping[str, str]] = MappingProxyType(
    {
        HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": 'Bearer realm="hpsearch"'},
        HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": "1"},
        HTTPStatus.TOO_MANY_REQUESTS: {"Retry-After": "1"},
    }
)

PLAIN = MappingProxyType(
    {
        HTTPStatus.BAD_REQUEST: (InvalidInput.code, "The request is malformed."),
        HTTPStatus.NOT_FOUND: (NotFound.code, "There is nothing at this path."),
        HTTPStatus.METHOD_NOT_ALLOWED: ("method_not_allowed", "This path does not have this method."),
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE: ("unsupported_media_type", "The body must be plain JSON."),
    }
)
"""Code and title of what the framework refuses by itself, before a route is chosen."""


def status_of(error: type[HpsearchError]) -> HTTPStatus:
    """The HTTP status of an error class."""
    return next(STATUS[base] for base in error.__mro__ if base in STATUS)


def title_of(error: type[HpsearchError]) -> str:
    """The kind of error, for people."""
    return (error.__doc__ or error.code).strip().splitlines()[0]


def answer(scope: Scope, error: HpsearchError) -> Response:
    """The answer to a request that ended with this error."""
    kind = type(error)
    status = status_of(kind)
    return _render(scope, status, kind.code, title_of(kind), error.message, error.fields, _HEADERS.get(status))


def internal(scope: Scope) -> Response:
    """The answer to a fault of ours; what it was stays in the log."""
    return answer(scope, InternalError())


def install(app: FastAPI) -> None:
    """Makes `app` render every exception that a route or the router raises."""
    app.add_exception_handler(HpsearchError, _on_domain_error)
    app.add_exception_handler(RequestValidationError, _on_malformed)
    app.add_exception_handler(HTTPException, _on_http_error)


def _render(
    scope: Scope,
    status: HTTPStatus,
    code: str,
    title: str,
    detail: str,
    fields: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    problem = Problem(
        title=title,
        status=status,
        code=code,
        detail=shown(detail, LONGEST_DETAIL),
        fields=[
            ProblemField(field=shown(found.field, LONGEST_PATH), message=shown(found.message, LONGEST_MESSAGE))
            for found in fields
        ],
        request_id=scope.get("state", {}).get("request_id"),
    )
    return Response(problem.model_dump_json(), status.value, headers, MEDIA_TYPE)


async def _on_domain_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HpsearchError)
    return answer(request.scope, error)


async def _on_malformed(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    documents = {"path": request.path_params, "query": _lists(request.query_params), "body": error.body}
    found = [
        FieldError(said.field or place, said.message)
        for place, document in documents.items()
        for said in field_errors(
            [{**line, "loc": line["loc"][1:]} for line in error.errors() if line["loc"][0] == place], document
        )
    ]
    return answer(request.scope, InvalidInput(fields=found))


def _lists(query: QueryParams) -> dict[str, list[str]]:
    return {name: query.getlist(name) for name in query}


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    code, title = PLAIN.get(status, ("error", status.phrase))
    headers = dict(error.headers or {})
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(sorted(_methods(request)))
    detail = error.detail if error.detail != status.phrase else f"{request.method} {request.url.path}"
    return _render(request.scope, status, code, title, detail, headers=Headers(headers))


def _methods(request: Request) -> set[str]:
    """All methods of the path; the framework's own `Allow` has those of one of its routes."""
    path = request.url.path
    routes = (route for route in request.app.routes if isinstance(route, Route) and route.path_regex.match(path))
    found = {method for route in routes for method in route.methods or ()}
    return found | {"HEAD"} if "GET" in found else found
