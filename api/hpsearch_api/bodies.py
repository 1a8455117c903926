"""Request bodies: read within the limit, and decoded more strictly than JSON libraries do by default.

Refused besides what is no JSON at all: names given twice, numbers beyond the range of a double, the literals NaN and Infinity
(they travel as strings), and text that no database can keep (U+0000, halves of surrogate pairs).
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Iterator
from itertools import islice
from math import isinf
from typing import Any, NamedTuple, cast

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope

from hpsearch.errors import BodyTooLarge, FieldError, InvalidInput
from hpsearch.validation import LONGEST_NAME, LONGEST_PATH, MOST_FINDINGS, shown
from hpsearch.wire.base import MAX_BODY_BYTES

MOST_VALUES = 250_000
"""Of a whole body: 8 MB of the shortest values would take the event loop seconds."""

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class JsonRoute(APIRoute):
    """A route whose body, if it has one, is JSON read by this module before anything else happens."""

    def get_route_handler(self) -> Handler:
        """What the framework does, given a request whose body is decoded already."""
        handle = super().get_route_handler()
        if self.body_field is None:
            return handle

        async def read_then_handle(request: Request) -> Response:
            _check_media_type(request)
            raw = await read(request)
            return await handle(_DecodedRequest(request.scope, request.receive, raw, decode(raw)))

        return read_then_handle


class _DecodedRequest(Request):
    def __init__(self, scope: Scope, receive: Receive, raw: bytes, document: Any) -> None:
        super().__init__(scope, receive)
        self._raw = raw
        self._document = document

    async def body(self) -> bytes:
        return self._raw

    async def json(self) -> Any:
        return self._document


def _check_media_type(request: Request) -> None:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise HTTPException(415, f"needs Content-Type: application/json, got {media_type[:100] or 'none'}")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise HTTPException(415, "needs a body without Content-Encoding")


async def read(request: Request) -> bytes:
    """The body; raises BodyTooLarge as soon as more than the limit is announced or has come."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > MAX_BODY_BYTES:
        raise BodyTooLarge
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            raise BodyTooLarge
        chunks.append(chunk)
    return b"".join(chunks)


def decode(raw: bytes) -> Any:
    """The JSON document; raises InvalidInput that names the place of every flaw."""
    if not raw:
        raise InvalidInput.at("body", "is required")
    if sum(map(raw.count, (b",", b"[", b"{"))) > MOST_VALUES:  # at least as many as values, and counted in no time
        raise InvalidInput.at("body", f"has more than {MOST_VALUES} values; split the list")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput.at("body", f"is not UTF-8: {error.reason} at byte {error.start}") from None
    try:
        document = _parse(_decoder, text)
    except _FlawedError:
        raise InvalidInput(fields=_flaws(_parse(_lenient, text))) from None
    if _SUSPICIOUS.search(text):
        found = _flaws(document)
        if found:
            raise InvalidInput(fields=found)
    return document


def _parse(decoder: json.JSONDecoder, text: str) -> Any:
    """The document; what is no JSON at all may come after the first flaw."""
    try:
        return decoder.decode(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise InvalidInput.at("body", f"is not JSON: {error.msg} at {where}") from None
    except RecursionError:
        raise InvalidInput.at("body", "is nested too deeply") from None
    except ValueError:
        raise InvalidInput.at("body", "has a whole number of too many digits") from None


_SUSPICIOUS = re.compile(r"\\u(0000|[dD][89a-fA-F])|[0-9]{309}")
"""JSON text holds U+0000 and surrogates only as escapes, if it is UTF-8; pairs of surrogates are fine, and rare enough to look closer.

Whole numbers beyond a double have 309 digits or more.
"""
_UNFIT = re.compile("[\x00\ud800-\udfff]")
_UNFIT_MESSAGE = "has a character that cannot be kept (U+0000, or half of a surrogate pair)"


class _FlawedError(Exception):
    """There is a flaw; where it is, the second, slower look finds."""


class _Flaw:
    """Stands in the document for a number that is refused."""

    def __init__(self, message: str) -> None:
        self.message = message


class _Repeated(dict[str, Any]):
    """An object with names that were given twice."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.names = sorted(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _FlawedError
    return found


def _number(text: str) -> float:
    value = float(text)
    if isinf(value):
        raise _FlawedError
    return value


def _literal(text: str) -> float:
    raise _FlawedError


def _number_or_flaw(text: str) -> float | _Flaw:
    value = float(text)
    return _Flaw(f"is beyond the range of a double: {text[:40]}") if isinf(value) else value


def _object_or_repeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _Repeated(pairs)


_decoder = json.JSONDecoder(object_pairs_hook=_object, parse_float=_number, parse_constant=_literal)
_lenient = json.JSONDecoder(
    object_pairs_hook=_object_or_repeated,
    parse_float=_number_or_flaw,
    parse_constant=lambda text: _Flaw(f'must be sent as the string "{text}" where a number need not be finite'),
)


def _flaws(document: Any) -> list[FieldError]:
    return list(islice(_walk(document), MOST_FINDINGS))


class _Place(NamedTuple):
    """Where a value stands; its path is written out for flaws alone, of millions of values."""

    above: "_Place | None"
    name: str | int

    def path(self) -> str:
        parts, place = [], cast("_Place | None", self)
        while place is not None:
            parts.append(shown(_UNFIT.sub("\ufffd", str(place.name)[: LONGEST_NAME + 1])) or '""')
            place = place.above
        return shown(".".join(reversed(parts)), LONGEST_PATH)


def _walk(document: Any) -> Iterator[FieldError]:
    if message := _flaw_of(document):
        yield FieldError("body", message)
    waiting: list[tuple[_Place | None, Any]] = [(None, document)] if isinstance(document, dict | list) else []
    while waiting:
        above, value = waiting.pop()
        if isinstance(value, dict):
            if isinstance(value, _Repeated):
                yield from (FieldError(_Place(above, name).path(), "is given twice") for name in value.names)
            yield from (FieldError(_Place(above, name).path(), _UNFIT_MESSAGE) for name in value if _UNFIT.search(name))
        below: Iterable[tuple[str | int, Any]] = value.items() if isinstance(value, dict) else enumerate(value)
        for name, item in below:
            if isinstance(item, dict | list):
                if item:
                    waiting.append((_Place(above, name), item))
            elif message := _flaw_of(item):
                yield FieldError(_Place(above, name).path(), message)


def _flaw_of(value: Any) -> str | None:
    """What is wrong with a value that holds no others."""
    if isinstance(value, _Flaw):
        return value.message
    if isinstance(value, int) and abs(value) > sys.float_info.max:
        return f"is beyond the range of a double: {str(value)[:40]}"
    if isinstance(value, str) and _UNFIT.search(value):
        return _UNFIT_MESSAGE
    return None
