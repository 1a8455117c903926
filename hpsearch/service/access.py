"""Who may come in: the first token of a database, and the check of all."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from secrets import token_urlsafe
from tempfile import NamedTemporaryFile

from hpsearch import settings as options
from hpsearch.errors import InvalidInput
from hpsearch.identity import Identity
from hpsearch.settings import Settings
from hpsearch.storage import Connection, Database
from hpsearch.storage.tokens import Token, add_token, any_token, find_token, get_token

FIRST = "admin"
"""Name of the first token."""
REMEMBERED_SECONDS = 10.0
"""A token that was good stays good for so long without another look; where another process revoked it, too."""
NOTE_SECONDS = 60.0
"""The use of a token is noted at most this often."""


def new_token() -> str:
    """256 random bits."""
    return token_urlsafe(32)


def register_first_token(database: Database, settings: Settings) -> None:
    """Gives a database without tokens its first one: from the settings, from the file of this account, else a new one, written there."""
    with database.write() as connection:
        database.lock_schema(connection)
        if not any_token(connection):
            add_token(connection, _first_token(settings), FIRST, database.now(connection))


def _first_token(settings: Settings) -> str:
    if settings.admin_token is not None:
        return _checked("admin_token", settings.admin_token.get_secret_value())
    if settings.admin_token_file is not None:
        try:
            return _checked("admin_token_file", settings.admin_token_file.read_text(encoding="utf-8").strip())
        except OSError as error:
            raise InvalidInput.at("admin_token_file", f"cannot be read: {error.strerror}") from None
    return _of_account(options.token_file())


def _checked(field: str, token: str) -> str:
    if len(token) < 16 or not token.isascii() or not token.isprintable() or " " in token:
        raise InvalidInput.at(field, "must have at least 16 printable ASCII characters and no spaces")
    return token


def _of_account(path: Path) -> str:
    """The token in the account's file, which is written before the database hears of it: a crash between loses nothing.

    The file is complete before it has its name, and the first of several processes that name it wins.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        with NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=".token-") as file:  # mode 0600
            file.write(new_token() + "\n")
            file.flush()
            os.fsync(file.fileno())
            with suppress(FileExistsError):
                os.link(file.name, path)
    return _checked(str(path), path.read_text(encoding="utf-8").strip())


def find_waiter(connection: Connection, token_id: str) -> Token | None:
    """The token of somebody who came in by it and has waited since."""
    return get_token(connection, int(token_id))


class Doorkeeper:
    """Checks tokens, and remembers the good ones for a few seconds: most requests come from a few workers.

    `find` looks for what lets in: a token, a session, or the number of the token of somebody who is in.
    """

    def __init__(self, find: Callable[[Connection, str], Token | None] = find_token) -> None:
        self._find = find
        self._known: dict[str, tuple[Identity, float]] = {}
        self._noted: dict[int, float] = {}

    def remembered(self, token: str) -> Identity | None:
        """Whose token this was a moment ago."""
        identity, until = self._known.get(token, (None, 0.0))
        return identity if time.monotonic() < until else None

    def check(self, database: Database, connection: Connection, token: str) -> Identity | None:
        """Whose token this is; None for one that is unknown, revoked, or over."""
        known = self._known  # what was read before `forget` is not remembered after it
        found = self._find(connection, token)
        now = database.now(connection)
        if found is None or not found.is_valid(now):
            return None
        left = (found.expires_at - now).total_seconds() if found.expires_at else REMEMBERED_SECONDS
        if len(known) > 10_000:
            known.clear()
        known[token] = (found.identity, time.monotonic() + min(left, REMEMBERED_SECONDS))
        return found.identity

    def should_note(self, token_id: int) -> bool:
        """Whether the use of this token is to be noted now; it counts as noted after this."""
        now = time.monotonic()
        if now - self._noted.get(token_id, -NOTE_SECONDS) < NOTE_SECONDS:
            return False
        self._noted[token_id] = now
        return True

    def forget(self) -> None:
        """Looks at every one again: one was revoked."""
        self._known = {}
