"""What browsers do: sign in, sign out. In transactions of their own, which take no other lock."""

from datetime import timedelta
from typing import ClassVar

from hpsearch.errors import Forbidden, Unauthorized
from hpsearch.identity import Scope
from hpsearch.service.commands.command import Batch, Command
from hpsearch.storage import sessions
from hpsearch.storage.tokens import find_token, oldest_admin

SESSION_SECONDS = 12 * 3600.0
"""A session is good for so long: a working day, not a night."""
MOST_SESSIONS = 100
"""Of one token; the oldest end for the newest."""


class OpenSession(Command[None]):
    """Registers a session of a token; without one, of the oldest admin's."""

    alone: ClassVar[bool] = True

    def __init__(self, session: str, token: str | None) -> None:
        self.session = session
        self.token = token

    def run(self, batch: Batch) -> None:
        """Looks at the token once more, in the transaction in which the session begins; again is harmless."""
        connection, now = batch.ledger.connection, batch.ledger.now
        if sessions.find_session(connection, self.session) is not None:
            return
        found = oldest_admin(connection, now) if self.token is None else find_token(connection, self.token)
        if found is None or not found.is_valid(now):
            raise Unauthorized
        if found.scope is Scope.WORKER:
            raise Forbidden("a worker's token is not for people: it may look at nothing")
        sessions.add_session(connection, self.session, found.id, now, now + timedelta(seconds=SESSION_SECONDS))
        sessions.keep_newest(connection, found.id, MOST_SESSIONS)


class EndSession(Command[None]):
    """Lets the holder of a session in no more."""

    alone: ClassVar[bool] = True

    def __init__(self, session: str) -> None:
        self.session = session

    def run(self, batch: Batch) -> None:
        """Forgets it; again is harmless."""
        sessions.end_session(batch.ledger.connection, self.session)
