"""Sessions of browsers, stored as digests. Each is of one token, and lets in for as long as that does, and no longer than its own term."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from hpsearch.storage.tables import sessions
from hpsearch.storage.tokens import Token, get_token, token_digest


def add_session(connection: Connection, session: str, token_id: int, now: datetime, expires_at: datetime) -> None:
    """Registers a session of a token; those that are over, of whatever token, are forgotten."""
    connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
    values = {"digest": token_digest(session), "token_id": token_id, "created_at": now, "expires_at": expires_at}
    connection.execute(insert(sessions).values(values))


def keep_newest(connection: Connection, token_id: int, most: int) -> None:
    """Ends the oldest sessions of a token beyond so many."""
    mine = select(sessions.c.digest).where(sessions.c.token_id == token_id)
    oldest = mine.order_by(sessions.c.created_at.desc(), sessions.c.digest).offset(most)
    connection.execute(delete(sessions).where(sessions.c.digest.in_(connection.execute(oldest).scalars().all())))


def find_session(connection: Connection, session: str) -> Token | None:
    """The token of a session, good for no longer than the session is; None for an unknown one."""
    query = select(sessions.c.token_id, sessions.c.expires_at).where(sessions.c.digest == token_digest(session))
    found = connection.execute(query).one_or_none()
    token = get_token(connection, found.token_id) if found is not None else None
    if found is None or token is None:
        return None
    ends = found.expires_at if token.expires_at is None else min(token.expires_at, found.expires_at)
    return replace(token, expires_at=ends)


def end_session(connection: Connection, session: str) -> None:
    """Lets its holder in no more; again is harmless."""
    connection.execute(delete(sessions).where(sessions.c.digest == token_digest(session)))
