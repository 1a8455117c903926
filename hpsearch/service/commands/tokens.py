"""What admins do to tokens: make, revoke. And the note that one was used."""

from datetime import timedelta
from typing import ClassVar

from hpsearch.errors import Conflict, NotFound
from hpsearch.identity import Identity
from hpsearch.service.commands.command import Batch, Command
from hpsearch.storage import tokens
from hpsearch.wire.tokens import TokenRequest


class CreateToken(Command[tokens.Token]):
    """Registers a token, of any project; again, after a commit of unknown outcome, is harmless."""

    def __init__(self, body: TokenRequest, token: str, who: Identity) -> None:
        self.body = body
        self.token = token
        self.who = who

    def run(self, batch: Batch) -> tokens.Token:
        """What is kept of it."""
        if (known := tokens.find_token(batch.ledger.connection, self.token)) is not None:
            return known
        now, lasts = batch.ledger.now, self.body.expires_seconds
        return tokens.add_token(
            batch.ledger.connection,
            self.token,
            self.body.name,
            now,
            scope=self.body.scope,
            project=self.body.project or self.who.project,
            studies=self.body.studies,
            expires_at=None if lasts is None else now + timedelta(seconds=lasts),
        )


class RevokeToken(Command[None]):
    """Lets the holder of a token in no more. Nobody revokes the token in hand, so there is always one left."""

    def __init__(self, token_id: int, who: Identity) -> None:
        self.token_id = token_id
        self.who = who

    def run(self, batch: Batch) -> None:
        """Marks it; again is harmless."""
        if self.token_id == self.who.token:
            raise Conflict("this is the token that you use; revoke it with another admin's")
        if not tokens.revoke_token(batch.ledger.connection, self.token_id, batch.ledger.now):
            raise NotFound(f"there is no token {self.token_id}")


class NoteTokenUse(Command[None]):
    """Notes when a token was used. In a transaction of its own: it holds nobody up, and takes no other lock."""

    alone: ClassVar[bool] = True

    def __init__(self, token_id: int) -> None:
        self.token_id = token_id

    def run(self, batch: Batch) -> None:
        """Writes the moment."""
        tokens.note_use(batch.ledger.connection, self.token_id, batch.ledger.now)
