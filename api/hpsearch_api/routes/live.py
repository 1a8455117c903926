"""What a dashboard reads: columns of trials, and what changes from then on."""

from typing import Annotated

from fastapi import Header, Query, Request
from fastapi.responses import StreamingResponse

from hpsearch.errors import InvalidInput, StudyNotFound
from hpsearch.wire.base import BASE_PATH, LARGEST_SEQ
from hpsearch_api.outcomes import Outcomes, outcomes
from hpsearch_api.parameters import ColumnsQuery, EventsQuery, StudyName
from hpsearch_api.router import new_router
from hpsearch_api.state import service_of, who
from hpsearch_api.streams import JSON_LINES, event_stream, json_lines

router = new_router(BASE_PATH, "live")

_LINES = '{"columns":{"number":[0,1],"state":["completed","running"],"params.x":[0.25,0.5]}}\n{"seq":7}\n'
_COLUMNS: Outcomes = {200: {"content": {JSON_LINES: {"schema": {"type": "string"}, "example": _LINES}}}}
_EVENT = {
    "type": "object",
    "description": "One event.",
    "properties": {
        "event": {"const": "change"},
        "id": {"type": "string", "description": "The study's `seq`: where a broken stream goes on."},
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": {"$ref": "#/components/schemas/StudyChange"},
        },
    },
}
_EVENTS: Outcomes = {
    200: {
        "content": {
            "text/event-stream": {
                "schema": _EVENT,
                "example": {"event": "change", "id": "7", "data": '{"study":"digits","seq":7,"state":"active"}'},
            }
        }
    }
}


@router.get(
    "/studies/{study}/columns",
    summary="Read trials as columns",
    response_description="Blocks of trials, a JSON document a line; the last line says up to which `seq`.",
    response_class=StreamingResponse,
    responses=_COLUMNS | outcomes(StudyNotFound, InvalidInput),
)
async def get_columns(request: Request, study: StudyName, query: Annotated[ColumnsQuery, Query()]) -> StreamingResponse:
    """Chosen columns of all trials, or of those that changed after `since`, streamed: a chart costs what it shows."""
    return json_lines(await service_of(request).columns(study, query.column, query.since, who(request)))


@router.get(
    "/studies/{study}/events",
    summary="Follow a study",
    response_description="Server-sent events: how the study stands after each change, and what happened.",
    response_class=StreamingResponse,
    responses=_EVENTS | outcomes(StudyNotFound, InvalidInput),
)
async def study_events(
    request: Request,
    study: StudyName,
    query: Annotated[EventsQuery, Query()],
    last_event_id: Annotated[
        int | None, Header(ge=-1, le=LARGEST_SEQ, description="Where a broken stream goes on.")
    ] = None,
) -> StreamingResponse:
    """Every change after `since`, through any replica, a few times a second at most; without it first how the study stands now."""
    since = query.since if last_event_id is None else last_event_id
    return event_stream(request, await service_of(request).follow_study(study, since, who(request)))


@router.get(
    "/events",
    summary="Follow all studies",
    response_description="Server-sent events: how a study stands after each change.",
    response_class=StreamingResponse,
    responses=_EVENTS | outcomes(),
)
async def events(request: Request) -> StreamingResponse:
    """First how each study of the project stands, then every change of one, without what happened in it."""
    return event_stream(request, service_of(request).follow_project(who(request)))
