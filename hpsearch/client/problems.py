"""Answers that are no success as the errors they stand for."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from pydantic import ValidationError

from hpsearch.errors import (
    BY_CODE,
    FieldError,
    HpsearchError,
    InternalError,
    ProtocolError,
    ServerUnreachable,
    Unauthorized,
)
from hpsearch.settings import token_file
from hpsearch.wire.base import Problem

if TYPE_CHECKING:
    import httpx2

PASSING = frozenset({408, 429, 502, 503, 504})
"""Statuses that another try may get past."""


class TryAgain(Exception):
    """Carries an error that may pass. `unsent`: the server cannot have seen the request. `retry_after`: seconds the server named."""

    def __init__(self, error: HpsearchError, *, unsent: bool = False, retry_after: float | None = None) -> None:
        self.error = error
        error.retry_after = retry_after
        self.unsent = unsent
        self.retry_after = retry_after
        super().__init__(str(error))


def error_of(response: "httpx2.Response", server: str, *, has_token: bool) -> HpsearchError | TryAgain:
    """The error of an answer whose body has been read."""
    error = _error(response, server, has_token=has_token)
    if response.status_code in PASSING:
        return TryAgain(error, retry_after=retry_after(response.headers.get("Retry-After"), datetime.now(UTC)))
    return error


def _error(response: "httpx2.Response", server: str, *, has_token: bool) -> HpsearchError:
    try:
        problem = Problem.model_validate_json(response.content)
    except ValidationError:
        return _foreign(response, server)
    kind = BY_CODE.get(problem.code, HpsearchError)
    message = problem.detail or problem.title
    if kind is InternalError and problem.request_id:
        message = f"{message} (request {problem.request_id})"
    if kind is Unauthorized and not has_token:
        message = f"{message} No token was found: set HPSEARCH_TOKEN, or put it into {token_file()}"
    return kind(message, [FieldError(found.field, found.message) for found in problem.fields])


def _foreign(response: "httpx2.Response", server: str) -> HpsearchError:
    said = f"{server} answered {response.status_code} {response.reason_phrase}".rstrip()
    if response.status_code in PASSING:  # a proxy whose server is away
        return ServerUnreachable(said)
    if response.has_redirect_location:
        said = f"{said} to {response.headers['Location']}"
    return ProtocolError(f"{said} without one of hpsearch's errors; is this the address of an hpsearch server?")


def retry_after(header: str | None, now: datetime) -> float | None:
    """Seconds to wait by a Retry-After header: a number, or a date; None where there is none that can be read."""
    if header is None:
        return None
    if header.strip().isdigit():
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    # A date without a zone (-0000) is UTC by RFC 5322.
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
