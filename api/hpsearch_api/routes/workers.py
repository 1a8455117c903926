"""Workers that have been heard of."""

from typing import Annotated

from fastapi import Query, Request

from hpsearch.errors import InvalidInput
from hpsearch.wire.base import BASE_PATH, Page
from hpsearch.wire.studies import WorkerView
from hpsearch_api.outcomes import outcomes
from hpsearch_api.parameters import PageQuery
from hpsearch_api.router import new_router
from hpsearch_api.state import service_of, who

router = new_router(f"{BASE_PATH}/workers", "workers")


@router.get("", summary="List workers", response_description="A page of workers.", responses=outcomes(InvalidInput))
async def list_workers(request: Request, page: Annotated[PageQuery, Query()]) -> Page[WorkerView]:
    """Every worker that asked or renewed, what it told of itself, and how many leases it holds."""
    return await service_of(request).list_workers(page.limit, page.cursor, who(request))
