"""Health, for supervisors and load balancers, without a token; and metrics, with one."""

from typing import Literal

from fastapi import Request, Response
from pydantic import BaseModel, Field

from hpsearch.errors import DatabaseUnavailable, InternalError
from hpsearch_api.metrics import MEDIA_TYPE
from hpsearch_api.outcomes import Outcomes, declared, outcomes
from hpsearch_api.router import new_router
from hpsearch_api.state import metrics_of, service_of

router = new_router("", "health")

_TEXT: Outcomes = {200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}}


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


@router.get(
    "/metrics",
    summary="Metrics for Prometheus",
    response_description="Metrics in Prometheus' text format.",
    response_class=Response,
    responses=_TEXT | outcomes(),
)
async def metrics(request: Request) -> Response:
    """Requests that this process answered, by path template and status, their times, and what the whole database holds."""
    return Response(metrics_of(request).render(await service_of(request).totals()), media_type=MEDIA_TYPE)
