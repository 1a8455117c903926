"""Openings of a study's sealed test data: each is on record."""

from typing import Annotated

from fastapi import Body, Request

from hpsearch.errors import Conflict, NotFound, StudyNotFinished, StudyNotFound, TrialNotFound
from hpsearch.wire.base import BASE_PATH, Page
from hpsearch.wire.studies import TestRecord, TestRequest, TestResult
from hpsearch_api import examples
from hpsearch_api.outcomes import outcomes
from hpsearch_api.parameters import RecordId, StudyName
from hpsearch_api.router import new_router
from hpsearch_api.state import service_of, who

router = new_router(f"{BASE_PATH}/studies/{{study}}/tests", "tests")


@router.post(
    "",
    status_code=201,
    summary="Open the test data",
    response_description="The new record, without a result.",
    responses=outcomes(StudyNotFound, TrialNotFound, StudyNotFinished, body=True),
)
async def open_test(
    request: Request, study: StudyName, body: Annotated[TestRequest, Body(openapi_examples=examples.TEST_REQUEST)]
) -> TestRecord:
    """Records that the caller evaluates a trial of a finished study on the test data."""
    return await service_of(request).open_test(study, body, who(request))


@router.put(
    "/{id}",
    summary="Record a test result",
    response_description="The record with its result.",
    responses=outcomes(NotFound, StudyNotFound, Conflict, body=True),
)
async def record_test(
    request: Request,
    study: StudyName,
    id: RecordId,  # noqa: A002  # the field's name on the wire
    body: Annotated[TestResult, Body(openapi_examples=examples.TEST_RESULT)],
) -> TestRecord:
    """Stores what the evaluation gave."""
    return await service_of(request).record_test(study, id, body, who(request))


@router.get(
    "",
    summary="List openings of the test data",
    response_description="All records; there is one page.",
    responses=outcomes(StudyNotFound),
)
async def list_tests(request: Request, study: StudyName) -> Page[TestRecord]:
    """Who opened the test data, when, for which trial, and what came out."""
    return Page[TestRecord](items=await service_of(request).list_tests(study, who(request)))
