"""Health, for supervisors and load balancers. No token is needed."""

from typing import Literal

from fastapi import Request
from pydantic import BaseModel, Field

from hpsearch.errors import DatabaseUnavailable, InternalError
from hpsearch_api.outcomes import declared
from hpsearch_api.router import new_router
from hpsearch_api.state import service_of

router = new_router("", "health")


class Health(BaseModel):
    """The process is fine."""

    status: Literal["ok"] = Field(default="ok", description="Always `ok`; anything else is an error.")


@router.get(
    "/healthz", summary="Is the process alive?", response_description="It is.", responses=declared(InternalError)
)
async def healthz() -> Health:
    """Answers as long as the process serves requests; the database is not looked at. Restart it when this fails."""
    return Health()


@router.get(
    "/readyz",
    summary="Can it serve?",
    response_description="It can.",
    responses=declared(DatabaseUnavailable, InternalError),
)
async def readyz(request: Request) -> Health:
    """Answers when the database does. Send no requests here while this fails."""
    await service_of(request).ready()
    return Health()
