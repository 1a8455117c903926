"""Access tokens, for admins."""

from typing import Annotated

from fastapi import Body, Query, Request

from hpsearch.errors import Conflict, InvalidInput, NotFound
from hpsearch.wire.base import BASE_PATH, Page
from hpsearch.wire.tokens import TokenCreated, TokenRequest, TokenView
from hpsearch_api import examples
from hpsearch_api.outcomes import outcomes
from hpsearch_api.parameters import PageQuery, RecordId
from hpsearch_api.router import new_router
from hpsearch_api.state import service_of, who

router = new_router(f"{BASE_PATH}/tokens", "tokens")


@router.post(
    "",
    status_code=201,
    summary="Make a token",
    response_description="The token, shown this once.",
    responses=outcomes(body=True),
)
async def create_token(
    request: Request, body: Annotated[TokenRequest, Body(openapi_examples=examples.TOKEN_REQUEST)]
) -> TokenCreated:
    """Makes a token of any project; a project begins with its first token."""
    return await service_of(request).create_token(body, who(request))


@router.get("", summary="List tokens", response_description="A page of tokens.", responses=outcomes(InvalidInput))
async def list_tokens(request: Request, page: Annotated[PageQuery, Query()]) -> Page[TokenView]:
    """The tokens of all projects, revoked ones too, in the order of their creation; never the tokens themselves."""
    return await service_of(request).list_tokens(page.limit, page.cursor)


@router.delete(
    "/{id}",
    status_code=204,
    summary="Revoke a token",
    response_description="It lets nobody in any more.",
    responses=outcomes(NotFound, Conflict, InvalidInput),
)
async def revoke_token(
    request: Request,
    id: RecordId,  # noqa: A002  # the field's name on the wire
) -> None:
    """Revokes a token: at once in this process, within 10 s in other replicas. The token of the request itself is refused."""
    await service_of(request).revoke_token(id, who(request))
