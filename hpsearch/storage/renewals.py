"""Renewals: the leases of many requests get a fresh term in one statement, which locks attempts alone, in the order of their keys."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import Any

from sqlalchemy import (
    BigInteger,
    Integer,
    Row,
    Select,
    String,
    Update,
    bindparam,
    func,
    or_,
    select,
    tuple_,
    update,
)

from hpsearch.identity import Identity
from hpsearch.storage.keys import ByKeys, json_rows
from hpsearch.storage.ledger import Ledger
from hpsearch.storage.steady import steady
from hpsearch.storage.tables import attempts, studies
from hpsearch.storage.types import dumps, to_microseconds
from hpsearch.trial import Decision, End

_MICROSECOND = timedelta(microseconds=1)
_KEY = ("study_id", "trial", "number")
_STUDY = select(studies.c.name).where(studies.c.id == attempts.c.study_id).correlate(attempts).scalar_subquery()
_LEFT_OVER = ByKeys(
    select(attempts.c.token, attempts.c.end, studies.c.project, studies.c.name, studies.c.deleted_at).join(
        studies, studies.c.id == attempts.c.study_id
    ),
    attempts.c.token,
)


@dataclass(frozen=True, slots=True)
class Renewed:
    """A lease has a fresh term; this is wanted of its attempt."""

    decision: Decision
    reason: str | None


class NotRenewed(Enum):
    """Why a lease has no fresh term."""

    UNKNOWN = auto()
    """There is none, or it is not for this caller."""
    LOST = auto()
    LATE = auto()
    """It expired, or was opened again a moment ago: to be looked at under its study's lock."""


class Renewals:
    """Those of one transaction: claim all, then ask for each. The first question carries all of them out."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._claims: dict[tuple[str, Identity], None] = {}
        self._term = timedelta()
        self._renewed: dict[str, Row[Any]] | None = None
        self._left_over: dict[str, Row[Any]] = {}

    def claim(self, tokens: Iterable[str], who: Identity, term: timedelta) -> None:
        """These leases are to get a fresh term; it is the same for all of a service."""
        self._claims.update(dict.fromkeys((token, who) for token in tokens))
        self._term = term

    def standing(self, token: str, who: Identity) -> Renewed | NotRenewed:
        """What became of a lease that was claimed."""
        if self._renewed is None:
            self._renewed = self._carry_out()
            missing = {token for token, _ in self._claims} - self._renewed.keys()
            self._left_over = {row.token: row for row in _LEFT_OVER.rows(self._ledger.connection, missing)}
        row = self._renewed.get(token) or self._left_over.get(token)
        if row is None or not who.may_work_on(row.project, row.name):
            return NotRenewed.UNKNOWN
        if token in self._renewed:
            return Renewed(Decision(row.decision), row.decision_reason)
        if row.deleted_at is not None or row.end not in (None, End.EXPIRED.value):
            return NotRenewed.LOST
        return NotRenewed.LATE

    def _carry_out(self) -> dict[str, Row[Any]]:
        if not self._claims:
            return {}
        database, connection = self._ledger.database, self._ledger.connection
        limits: dict[frozenset[str], int] = {}
        leases = [
            (token, who.project, None if who.studies is None else limits.setdefault(who.studies, len(limits)))
            for token, who in self._claims
        ]
        now = database.process_clock()
        parameters = {
            "leases": dumps(leases),
            "limits": dumps([(place, study) for names, place in limits.items() for study in names]),
            "term": self._term // _MICROSECOND,
            "now": None if now is None else to_microseconds(now),
        }
        statement = _SQLITE if database.is_sqlite else _POSTGRES
        return {row.token: row for row in connection.execute(statement, parameters)}


def _chosen(*, is_sqlite: bool) -> Select[Any]:
    """The keys of the attempts that are renewed, in their order, held to the end of the transaction."""
    text = String()
    leases = json_rows("leases", [text, text, Integer()], is_sqlite=is_sqlite).subquery("leases")
    limits = json_rows("limits", [Integer(), text], is_sqlite=is_sqlite)
    return (
        select(*(attempts.c[name] for name in _KEY))
        .join(leases, leases.c.v0 == attempts.c.token)
        .join(studies, studies.c.id == attempts.c.study_id)
        .where(
            attempts.c.ended_at.is_(None),
            studies.c.deleted_at.is_(None),
            studies.c.project == leases.c.v1,
            or_(leases.c.v2.is_(None), tuple_(leases.c.v2, studies.c.name).in_(limits)),
        )
        .order_by(*(attempts.c[name] for name in _KEY))
        .with_for_update(of=attempts)
    )


def _statement(*, is_sqlite: bool) -> Update:
    chosen = _chosen(is_sqlite=is_sqlite).cte("chosen")
    end: Any = steady(is_sqlite=is_sqlite) + bindparam("term", type_=BigInteger())
    if not is_sqlite:  # all are chosen, and locked, before the clock is read: a wait must not age a lease
        end = select(end).select_from(chosen).having(func.count() > 0).scalar_subquery()
    return (
        update(attempts)
        .where(*(attempts.c[name] == chosen.c[name] for name in _KEY))
        .values(expires_at=end)
        .returning(
            attempts.c.token,
            attempts.c.project,
            _STUDY.label("name"),
            attempts.c.decision,
            attempts.c.decision_reason,
        )
    )


_SQLITE = _statement(is_sqlite=True)
_POSTGRES = _statement(is_sqlite=False)
