"""Answers that are written while they are made: JSON lines, and server-sent events."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, format_sse_event
from pydantic_core import to_json

from hpsearch.errors import Unauthorized
from hpsearch.wire.changes import StudyChange
from hpsearch_api.head import IS_HEAD

JSON_LINES = "application/jsonl"
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}  # the latter for nginx, which would collect what is sent


def json_lines(lines: AsyncIterator[Mapping[str, Any]]) -> StreamingResponse:
    """A JSON document a line. A client knows by the last one that nothing is missing."""

    async def written() -> AsyncIterator[bytes]:
        async for line in lines:
            yield to_json(line, inf_nan_mode="strings") + b"\n"

    return StreamingResponse(written(), media_type=JSON_LINES, headers=_HEADERS)


def event_stream(request: Request, changes: AsyncIterator[StudyChange | None]) -> StreamingResponse:
    """Each change as an event `change` whose id is its `seq`; signs of life are comments. It ends when the caller may read no longer."""

    async def written() -> AsyncIterator[bytes]:
        if IS_HEAD in request.scope:
            return
        try:
            async for change in changes:
                if change is None:
                    yield KEEPALIVE_COMMENT
                else:
                    yield format_sse_event(data_str=change.model_dump_json(), event="change", id=str(change.seq))
        except Unauthorized:
            return

    return EventSourceResponse(written(), headers=_HEADERS)
