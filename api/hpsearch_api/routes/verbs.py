"""The four verbs of the protocol: ask, report, tell, renew."""

from typing import Annotated

from fastapi import Body, Request

from hpsearch.errors import LimitReached, RequestIdReused, StudyNotFound
from hpsearch.wire.base import BASE_PATH
from hpsearch.wire.verbs import Ask, Asked, Renew, Renewed, Report, Reported, Tell, Told
from hpsearch_api import examples
from hpsearch_api.outcomes import outcomes
from hpsearch_api.polls import while_connected
from hpsearch_api.router import new_router
from hpsearch_api.state import service_of, who

router = new_router(BASE_PATH, "protocol")


@router.post(
    "/ask",
    summary="Lease trials",
    response_description="The leases granted; none when there was nothing to grant.",
    responses=outcomes(StudyNotFound, RequestIdReused, LimitReached, body=True),
)
async def ask(request: Request, body: Annotated[Ask, Body(openapi_examples=examples.ASK)]) -> Asked:
    """Grants up to `count` trials of one study, waiting up to `wait_seconds` while there is nothing to grant.

    The same `request_id` again answers those of its leases that are still open and grants nothing more.
    """
    if not body.wait_seconds:
        return await service_of(request).ask(body, who(request))
    return await while_connected(request, service_of(request).ask(body, who(request)))


@router.post(
    "/report",
    summary="Report values of running trials",
    response_description="One decision an item, in the order of the items.",
    responses=outcomes(body=True),
)
async def report(request: Request, body: Annotated[Report, Body(openapi_examples=examples.REPORT)]) -> Reported:
    """Stores values by lease and step and says whether to go on. The same again is harmless; reporting renews the lease."""
    return await service_of(request).report(body, who(request))


@router.post(
    "/tell",
    summary="Tell how attempts ended",
    response_description="One answer an item, in the order of the items.",
    responses=outcomes(body=True),
)
async def tell(request: Request, body: Annotated[Tell, Body(openapi_examples=examples.TELL)]) -> Told:
    """Ends attempts as completed, failed or released. The same again is accepted for ever, a different tell is refused."""
    return await service_of(request).tell(body, who(request))


@router.post(
    "/renew",
    summary="Renew leases",
    response_description="One decision a lease, in the order of the leases.",
    responses=outcomes(body=True),
)
async def renew(request: Request, body: Annotated[Renew, Body(openapi_examples=examples.RENEW)]) -> Renewed:
    """The heartbeat: prolongs leases by their term and carries decisions back."""
    return await service_of(request).renew(body, who(request))
