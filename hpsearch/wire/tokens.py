"""The bodies about access tokens."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from hpsearch.identity import Scope
from hpsearch.space import Name
from hpsearch.validation import problem
from hpsearch.wire.base import MAX_ITEMS, Answer, Request, Time

MOST_SECONDS = 10 * 366 * 86_400


class TokenRequest(Request):
    """A token to be made. A project begins with its first token."""

    name: Name = Field(description="Whose token it is: what histories show.")
    scope: Scope = Field(
        description="admin: everything; user: everything but tokens; viewer: reading; worker: ask, report, tell, renew."
    )
    project: Name | None = Field(default=None, description="The project that it opens; the caller's without it.")
    studies: Annotated[tuple[Name, ...], Field(min_length=1, max_length=MAX_ITEMS)] | None = Field(
        default=None, description="The studies that a worker gets trials of; any of the project without it."
    )
    expires_seconds: Annotated[float, Field(gt=0, le=MOST_SECONDS)] | None = Field(
        default=None, description="It is good for so long; until it is revoked without it."
    )

    @model_validator(mode="after")
    def _studies_are_a_workers(self) -> Self:
        if self.studies is not None and self.scope is not Scope.WORKER:
            raise problem("studies", "only a worker's token is for some studies alone")
        return self


class TokenView(Answer):
    """What is kept of a token: everything but itself."""

    id: int = Field(description="Number of the token.")
    name: str = Field(description="Whose token it is.")
    scope: Scope = Field(description="What it may do.")
    project: str = Field(description="The project that it opens.")
    studies: list[str] | None = Field(description="The studies that a worker was given; null for all.")
    created_at: Time = Field(description="When it was made.")
    expires_at: Time | None = Field(description="When it ends; null for never.")
    last_used_at: Time | None = Field(description="When it was used last, to the minute; null for never.")
    revoked_at: Time | None = Field(description="When it was revoked; null while it is not.")


class TokenCreated(TokenView):
    """A new token. This is the only time that it is shown."""

    token: str = Field(description="The token itself: keep it, it cannot be shown again.")
