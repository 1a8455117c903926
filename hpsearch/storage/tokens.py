"""Access tokens, stored as digests."""

from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, insert, select

from hpsearch.storage.tables import tokens


def token_digest(token: str) -> str:
    """What is stored of a token: 256 random bits need no salt."""
    return sha256(token.encode()).hexdigest()


def any_token(connection: Connection) -> bool:
    """Whether the database has a token."""
    return connection.execute(select(tokens.c.id).limit(1)).first() is not None


def token_owner(connection: Connection, token: str) -> str | None:
    """Whose token this is; None for an unknown one. Looked up by digest, so its time tells nothing about the token."""
    return connection.execute(select(tokens.c.name).where(tokens.c.digest == token_digest(token))).scalar()


def add_token(connection: Connection, token: str, name: str, now: datetime) -> None:
    """Registers an admin token."""
    connection.execute(insert(tokens).values(digest=token_digest(token), name=name, scope="admin", created_at=now))
