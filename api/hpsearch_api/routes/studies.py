"""Studies: create, look at, change, delete, and put trials into."""

from typing import Annotated

from fastapi import Body, Query, Request, Response
from fastapi.responses import HTMLResponse, StreamingResponse

from hpsearch.errors import (
    BudgetBelowUse,
    BudgetExhausted,
    InvalidInput,
    LimitReached,
    RequestIdReused,
    StudyExists,
    StudyNotFound,
    StudyOver,
    TrialNotFound,
)
from hpsearch.study import Study
from hpsearch.wire.base import BASE_PATH, Page
from hpsearch.wire.changes import StudyEvent
from hpsearch.wire.studies import Best, Enqueue, StudyPage, StudyPatch, StudyView
from hpsearch.wire.trials import TrialView
from hpsearch_api import examples, export, report
from hpsearch_api.outcomes import Outcomes, outcomes
from hpsearch_api.parameters import ExportQuery, PageQuery, StudyName, StudyQuery
from hpsearch_api.router import new_router
from hpsearch_api.state import service_of, who

router = new_router(f"{BASE_PATH}/studies", "studies")

_EXISTED: Outcomes = {
    200: {"model": StudyView, "description": "The study, which existed already with the same definition."}
}


@router.post(
    "",
    status_code=201,
    summary="Create a study",
    response_description="The study, created now.",
    responses=_EXISTED | outcomes(StudyExists, LimitReached, body=True),
)
async def create_study(
    request: Request, response: Response, body: Annotated[Study, Body(openapi_examples=examples.STUDY)]
) -> StudyView:
    """Creates a study, or answers the one that exists with the same definition; with another it is a conflict."""
    view, created = await service_of(request).create_study(body, who(request))
    if not created:
        response.status_code = 200
    response.headers["Location"] = f"{BASE_PATH}/studies/{view.name}"
    return view


@router.get("", summary="List studies", response_description="A page of studies.", responses=outcomes(InvalidInput))
async def list_studies(request: Request, query: Annotated[StudyQuery, Query()]) -> StudyPage:
    """Studies that have a text, tags, or a state, sorted, a page at a time; how many there are of each state."""
    return await service_of(request).list_studies(
        query.limit,
        query.cursor,
        who(request),
        search=query.search,
        tags=query.tag,
        states=query.state,
        sort=query.sort,
    )


@router.get(
    "/{study}",
    summary="Show a study",
    response_description="The study as it stands.",
    responses=outcomes(StudyNotFound),
)
async def get_study(request: Request, study: StudyName) -> StudyView:
    """The study's definition, state and accounts."""
    return await service_of(request).get_study(study, who(request))


@router.patch(
    "/{study}",
    summary="Pause, resume, stop, extend, describe or tag a study",
    response_description="The study as it stands after the change.",
    responses=outcomes(StudyNotFound, StudyOver, BudgetBelowUse, LimitReached, body=True),
)
async def patch_study(
    request: Request, study: StudyName, body: Annotated[StudyPatch, Body(openapi_examples=examples.PATCH)]
) -> StudyView:
    """Changes what is given and leaves the rest; a larger budget makes a finished study active again."""
    return await service_of(request).patch_study(study, body, who(request))


@router.delete(
    "/{study}",
    status_code=204,
    summary="Delete a study",
    response_description="It is gone.",
    responses=outcomes(StudyNotFound),
)
async def delete_study(request: Request, study: StudyName) -> None:
    """Hides the study at once: its leases are lost, its name is free."""
    await service_of(request).delete_study(study, who(request))


@router.post(
    "/{study}/enqueue",
    status_code=201,
    summary="Enqueue a trial",
    response_description="The queued trial; the same one when the request is repeated.",
    responses=outcomes(StudyNotFound, TrialNotFound, BudgetExhausted, StudyOver, RequestIdReused, body=True),
)
async def enqueue(
    request: Request, study: StudyName, body: Annotated[Enqueue, Body(openapi_examples=examples.ENQUEUE)]
) -> TrialView:
    """Puts parameters of the caller's choice, or those of an earlier trial, before new suggestions."""
    return await service_of(request).enqueue(study, body, who(request))


@router.get(
    "/{study}/best",
    summary="Show the best trial",
    response_description="The best trial, or the Pareto front.",
    responses=outcomes(StudyNotFound),
)
async def best(request: Request, study: StudyName) -> Best:
    """The best completed trial; for several objectives the Pareto front."""
    return await service_of(request).best(study, who(request))


@router.get(
    "/{study}/history",
    summary="Show a study's history",
    response_description="A page of changes, the newest first.",
    responses=outcomes(StudyNotFound, InvalidInput),
)
async def study_history(request: Request, study: StudyName, page: Annotated[PageQuery, Query()]) -> Page[StudyEvent]:
    """Every change of the study and of its trials: when, by which attempt, who made it."""
    return await service_of(request).study_history(study, page.limit, page.cursor, who(request))


@router.get(
    "/{study}/export",
    summary="Export all trials",
    response_description="All trials in the order of their numbers, streamed.",
    response_class=StreamingResponse,
    responses=export.ANSWERED | outcomes(StudyNotFound, InvalidInput),
)
async def export_study(request: Request, study: StudyName, query: Annotated[ExportQuery, Query()]) -> StreamingResponse:
    """A table with a column for each parameter, objective and metric, or the trials as JSON.

    In Parquet each column has its type, times are timestamps in UTC, numbers may be NaN or infinite, and null is nothing. A parameter whose
    values are of several kinds, such as 1 and "one", is a column of JSON texts. Parquet needs the extra `parquet` on the server.
    """
    return await export.respond(service_of(request), study, query.format, who(request))


@router.get(
    "/{study}/report",
    summary="Report on a study",
    response_description="An HTML document that needs no server, to keep or to send.",
    response_class=HTMLResponse,
    responses=outcomes(StudyNotFound),
)
async def study_report(request: Request, study: StudyName) -> HTMLResponse:
    """The study's page with its charts as they are now, in one file: scripts, styles and figures are within it."""
    headers = {"Content-Disposition": f'attachment; filename="{study}.html"'}
    return HTMLResponse(await report.document(request, study), headers=headers)
