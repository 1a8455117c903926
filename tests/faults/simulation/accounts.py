"""What must hold while faults go on: the accounts in any committed state, and what an ask is answered."""

from sqlalchemy import select

from hpsearch.service.verify import verify
from hpsearch.storage import Database
from hpsearch.storage.tables import attempts
from hpsearch.wire import verbs


class Accounts:
    """Looks at the database from the side."""

    def __init__(self, database: Database) -> None:
        self.wrong: list[str] = []
        self._database = database

    def look(self) -> None:
        """All invariants but those that need the clients' logs."""
        self.wrong += [str(violation) for violation in verify(self._database)]

    def asked(self, answer: bytes) -> None:
        """An ask was answered, and nothing else was done since: the leases are those of open attempts."""
        tokens = [lease.lease for lease in verbs.Asked.model_validate_json(answer).leases]
        query = select(attempts.c.trial, attempts.c.number, attempts.c.end).where(attempts.c.token.in_(tokens))
        with self._database.read() as connection:
            for row in connection.execute(query.where(attempts.c.end.is_not(None))):
                self.wrong.append(f"I5: an ask gave attempt {row.number} of trial {row.trial}, which ended {row.end}")
