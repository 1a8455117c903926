"""Access tokens, stored as digests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest

from sqlalchemy import Connection, Row, insert, select, update

from hpsearch.identity import DEFAULT_PROJECT, Identity, Scope
from hpsearch.storage.tables import tokens


@dataclass(frozen=True, slots=True)
class Token:
    """What is kept of a token, which is everything but itself. `studies` are those that a worker was given, None for all."""

    id: int
    name: str
    scope: Scope
    project: str
    studies: tuple[str, ...] | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None

    def is_valid(self, now: datetime) -> bool:
        """Whether it still lets its holder in."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    @property
    def identity(self) -> Identity:
        """Its holder."""
        studies = None if self.studies is None else frozenset(self.studies)
        return Identity(self.name, self.scope, self.project, studies, self.id)


def token_digest(token: str) -> str:
    """What is stored of a token: 256 random bits need no salt."""
    return sha256(token.encode()).hexdigest()


def any_token(connection: Connection) -> bool:
    """Whether the database ever had a token."""
    return connection.execute(select(tokens.c.id).limit(1)).first() is not None


def find_token(connection: Connection, token: str) -> Token | None:
    """What is kept of a token; None for an unknown one. Looked up and compared by digest, so the time tells nothing about it."""
    digest = token_digest(token)
    row = connection.execute(select(tokens).where(tokens.c.digest == digest)).one_or_none()
    return _token(row) if row is not None and compare_digest(row.digest, digest) else None


def get_token(connection: Connection, token_id: int) -> Token | None:
    """What is kept of the token of this number; None where there is none."""
    row = connection.execute(select(tokens).where(tokens.c.id == token_id)).one_or_none()
    return None if row is None else _token(row)


def oldest_admin(connection: Connection, now: datetime) -> Token | None:
    """The first of the admins' tokens that still lets in."""
    query = select(tokens).where(tokens.c.scope == Scope.ADMIN.value, tokens.c.revoked_at.is_(None))
    found = (_token(row) for row in connection.execute(query.order_by(tokens.c.id)))
    return next((token for token in found if token.is_valid(now)), None)


def add_token(
    connection: Connection,
    token: str,
    name: str,
    now: datetime,
    *,
    scope: Scope = Scope.ADMIN,
    project: str = DEFAULT_PROJECT,
    studies: Sequence[str] | None = None,
    expires_at: datetime | None = None,
) -> Token:
    """Registers a token."""
    values = {
        "digest": token_digest(token),
        "name": name,
        "scope": scope.value,
        "project": project,
        "studies": None if studies is None else list(studies),
        "created_at": now,
        "expires_at": expires_at,
    }
    return _token(connection.execute(insert(tokens).values(values).returning(tokens)).one())


def token_page(connection: Connection, after: int, limit: int) -> list[Token]:
    """All tokens in the order of their creation, after the one of this id."""
    query = select(tokens).where(tokens.c.id > after).order_by(tokens.c.id).limit(limit)
    return [_token(row) for row in connection.execute(query)]


def revoke_token(connection: Connection, token_id: int, now: datetime) -> bool:
    """Lets its holder in no more; again is harmless. False when there is none of this id."""
    if connection.execute(select(tokens.c.id).where(tokens.c.id == token_id)).first() is None:
        return False
    valid = (tokens.c.id == token_id, tokens.c.revoked_at.is_(None))
    connection.execute(update(tokens).where(*valid).values(revoked_at=now))
    return True


def note_use(connection: Connection, token_id: int, now: datetime) -> None:
    """Notes when a token was used."""
    connection.execute(update(tokens).where(tokens.c.id == token_id).values(last_used_at=now))


def _token(row: Row[tuple[object, ...]]) -> Token:
    return Token(
        id=row.id,
        name=row.name,
        scope=Scope(row.scope),
        project=row.project,
        studies=None if row.studies is None else tuple(row.studies),
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
