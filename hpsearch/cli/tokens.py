"""`hpsearch token`: make, list and revoke access tokens."""

from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from hpsearch.cli import formats, output
from hpsearch.cli.options import Json, Limit, Server, connect

if TYPE_CHECKING:
    from hpsearch.wire.tokens import TokenView

DAY = 86_400


def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose it is: what histories show.")],
    scope: Annotated[str, typer.Option(metavar="admin|user|viewer|worker", help="What it may do.")],
    project: Annotated[
        str | None, typer.Option(help="The project that it opens, which may be new; your own without it.")
    ] = None,
    study: Annotated[
        list[str] | None, typer.Option(help="A worker gets trials of this study only; may be repeated.")
    ] = None,
    expires_days: Annotated[float | None, typer.Option(metavar="DAYS", help="It is good for so long.")] = None,
    server: Server = None,
    as_json: Json = False,
) -> None:
    """Make a token.

    It is written to standard output, this once: the server keeps a digest of it only.
    """
    from hpsearch.validation import parse
    from hpsearch.wire.tokens import TokenRequest

    lasts = None if expires_days is None else expires_days * DAY
    request = {"name": name, "scope": scope, "project": project, "studies": study or None, "expires_seconds": lasts}
    with connect(server) as client:
        made = client.create_token(parse(TokenRequest, request))
    if as_json:
        output.model(made)
        return
    output.note(f"Token {made.id} of project {made.project}; it is not shown again:")
    output.line(made.token)


def list_(
    limit: Limit = 100,
    server: Server = None,
    as_json: Json = False,
) -> None:
    """List the tokens of all projects."""
    with connect(server) as client:
        found = list(islice(client.list_tokens(), limit + 1))
    if as_json:
        output.models(found[:limit])
    else:
        output.table(
            ("id", "name", "scope", "project", "studies", "state", "used", "created"),
            [
                (
                    str(token.id),
                    token.name,
                    token.scope.value,
                    token.project,
                    formats.NOTHING if token.studies is None else ", ".join(token.studies),
                    _state(token, datetime.now(UTC)),
                    formats.time(token.last_used_at),
                    formats.time(token.created_at),
                )
                for token in found[:limit]
            ],
            right=("id",),
        )
    output.note_limit(found, limit)


def _state(token: "TokenView", now: datetime) -> str:
    if token.revoked_at is not None:
        return "revoked"
    if token.expires_at is None:
        return "valid"
    return f"{'expired' if token.expires_at <= now else 'until'} {formats.time(token.expires_at)}"


def revoke(
    number: Annotated[int, typer.Argument(metavar="ID", help="Number of the token.", min=1)],
    server: Server = None,
    as_json: Json = False,
) -> None:
    """Revoke a token.

    The one that you use is refused: another admin revokes it.
    """
    with connect(server) as client:
        client.revoke_token(number)
    output.note(f"Revoked token {number}.")
    if as_json:
        output.document({"id": number})
