"""Who may come in: the first token of a database, and the check of the others."""

import os
import time
from pathlib import Path
from secrets import token_urlsafe

from hpsearch import settings as options
from hpsearch.errors import InvalidInput
from hpsearch.settings import Settings
from hpsearch.storage import Connection, Database
from hpsearch.storage.tokens import add_token, any_token, token_owner

FIRST = "admin"
"""Name of the first token."""
REMEMBERED_SECONDS = 10.0
"""A token that was good stays good for so long without another look."""


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
    """The token in the account's file, which is written before the database hears of it: a crash between loses nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    token = token_urlsafe(32)
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _checked(str(path), path.read_text(encoding="utf-8").strip())
    with os.fdopen(file, "w", encoding="utf-8") as stream:
        stream.write(token + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    return token


class Doorkeeper:
    """Checks tokens, and remembers the good ones for a few seconds: most requests come from a few workers."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, float]] = {}

    def remembered(self, token: str) -> str | None:
        """Whose token this was a moment ago."""
        name, until = self._known.get(token, ("", 0.0))
        return name if time.monotonic() < until else None

    def check(self, connection: Connection, token: str) -> str | None:
        """Whose token this is; None for an unknown one."""
        name = token_owner(connection, token)
        if name is not None:
            if len(self._known) > 10_000:
                self._known.clear()
            self._known[token] = (name, time.monotonic() + REMEMBERED_SECONDS)
        return name
