"""Trials of a study: list, look at, cancel."""

from typing import Annotated

from fastapi import Query, Request
from pydantic import JsonValue

from hpsearch.errors import ArtifactNotFound, InvalidInput, StudyNotFound, TrialFinal, TrialNotFound
from hpsearch.wire.base import BASE_PATH, Page
from hpsearch.wire.trials import EventView, ReportView, TrialDetail, TrialView
from hpsearch_api.outcomes import outcomes
from hpsearch_api.parameters import ArtifactName, PageQuery, StudyName, TrialNumber, TrialQuery
from hpsearch_api.router import new_router
from hpsearch_api.state import service_of, who

router = new_router(f"{BASE_PATH}/studies/{{study}}/trials", "trials")


@router.get(
    "",
    summary="List trials",
    response_description="A page of trials.",
    responses=outcomes(StudyNotFound, InvalidInput),
)
async def list_trials(request: Request, study: StudyName, query: Annotated[TrialQuery, Query()]) -> Page[TrialView]:
    """The study's trials, filtered by state and parameters, sorted, a page at a time."""
    return await service_of(request).list_trials(
        study,
        states=query.state,
        where=query.where,
        sort=query.sort,
        limit=query.limit,
        cursor=query.cursor,
        who=who(request),
    )


@router.get(
    "/{number}",
    summary="Show a trial",
    response_description="The trial with its attempts.",
    responses=outcomes(TrialNotFound, StudyNotFound, InvalidInput),
)
async def get_trial(request: Request, study: StudyName, number: TrialNumber) -> TrialDetail:
    """The trial as it stands, the history of its attempts, and the names of its artifacts."""
    return await service_of(request).get_trial(study, number, who(request))


@router.post(
    "/{number}/cancel",
    summary="Cancel a trial",
    response_description="The trial: cancelled, or still running until its worker hears of it.",
    responses=outcomes(TrialNotFound, StudyNotFound, TrialFinal, InvalidInput),
)
async def cancel_trial(request: Request, study: StudyName, number: TrialNumber) -> TrialView:
    """Ends a queued or paused trial at once, and a running one at its worker's next call."""
    return await service_of(request).cancel_trial(study, number, who(request))


@router.get(
    "/{number}/reports",
    summary="List a trial's reports",
    response_description="A page of reports in the order of their steps.",
    responses=outcomes(TrialNotFound, StudyNotFound, InvalidInput),
)
async def list_reports(
    request: Request, study: StudyName, number: TrialNumber, page: Annotated[PageQuery, Query()]
) -> Page[ReportView]:
    """The learning curve: of each step the report of the latest attempt."""
    return await service_of(request).list_reports(study, number, page.limit, page.cursor, who(request))


@router.get(
    "/{number}/history",
    summary="Show a trial's history",
    response_description="A page of changes in their order.",
    responses=outcomes(TrialNotFound, StudyNotFound, InvalidInput),
)
async def trial_history(
    request: Request, study: StudyName, number: TrialNumber, page: Annotated[PageQuery, Query()]
) -> Page[EventView]:
    """Every change of the trial: who made it, when, and by which attempt."""
    return await service_of(request).trial_history(study, number, page.limit, page.cursor, who(request))


@router.get(
    "/{number}/artifacts/{name}",
    summary="Show an artifact",
    response_description="The artifact: any JSON value.",
    responses=outcomes(ArtifactNotFound, TrialNotFound, StudyNotFound, InvalidInput),
)
async def get_artifact(request: Request, study: StudyName, number: TrialNumber, name: ArtifactName) -> JsonValue:
    """What the trial's worker left under this name."""
    found: JsonValue = await service_of(request).get_artifact(study, number, name, who(request))
    return found
