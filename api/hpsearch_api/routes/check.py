"""The check of a study that does not exist yet. Not below the studies, one of which may have any name."""

from typing import Annotated

from fastapi import Body, Request

from hpsearch.study import Study
from hpsearch.wire.base import BASE_PATH
from hpsearch_api import examples
from hpsearch_api.outcomes import outcomes
from hpsearch_api.router import new_router
from hpsearch_api.state import service_of

router = new_router(f"{BASE_PATH}/check", "studies")


@router.post(
    "",
    summary="Check a study without creating it",
    response_description="The definition as it would be kept, defaults filled in.",
    responses=outcomes(body=True),
)
async def check_study(request: Request, body: Annotated[Study, Body(openapi_examples=examples.STUDY)]) -> Study:
    """Says of a study file what creating it would say, but for what depends on the other studies. Changes nothing."""
    return service_of(request).check_study(body)
