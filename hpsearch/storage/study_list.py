"""The list of studies: searched, filtered, in some order, a page at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Text,
    and_,
    column,
    exists,
    func,
    or_,
    select,
    true,
    type_coerce,
)

from hpsearch.storage.database import Database
from hpsearch.storage.tables import studies
from hpsearch.study import StudyAccount, StudyState

SORTS: Mapping[str, ColumnElement[Any]] = MappingProxyType(
    {
        "name": func.lower(studies.c.name),
        "state": studies.c.state,
        "created_at": type_coerce(studies.c.created_at, BigInteger),
        "updated_at": type_coerce(studies.c.updated_at, BigInteger),
        "best_value": studies.c.best_value,
        "trials": studies.c.next_number,
        "done": studies.c.completed + studies.c.pruned + studies.c.failed + studies.c.cancelled,
    }
)
"""What studies can be sorted by."""


@dataclass(frozen=True, slots=True)
class StudySelection:
    """Studies of a project that have the text, any case, in name, description or a tag, all these tags, and one of the states, if any."""

    project: str
    text: str = ""
    tags: Sequence[str] = ()
    states: Sequence[StudyState] = ()


@dataclass(frozen=True, slots=True)
class StudyPlace:
    """A place in an order: what the study there is sorted by, and its id."""

    value: str | float | None
    id: int


@dataclass(frozen=True, slots=True)
class StudyList:
    """A page: studies in order, where it ends if there are more, and how many of each state the selection has but for its states."""

    studies: list[StudyAccount]
    last: StudyPlace | None
    counts: dict[StudyState, int]


def study_list(
    database: Database,
    connection: Connection,
    selection: StudySelection,
    sort: str,
    after: StudyPlace | None,
    limit: int,
) -> StudyList:
    """Up to `limit` studies after a place. `sort` is one of SORTS, with - before it for descending; ties are by age, what has no value comes last."""
    found = _matching(selection, is_sqlite=database.is_sqlite)
    name, down = sort.removeprefix("-"), sort.startswith("-")
    key = SORTS[name] if database.is_sqlite or name != "name" else SORTS[name].collate("C")
    wanted = studies.c.state.in_([state.value for state in selection.states]) if selection.states else true()
    order = (key.desc(), studies.c.id.desc()) if down else (key, studies.c.id)
    places = select(key, studies.c.id).where(found, wanted, true() if after is None else _after(key, after, down=down))
    rows = connection.execute(places.order_by(key.is_(None), *order).limit(limit + 1)).all()
    page = [StudyPlace(*row) for row in rows[:limit]]
    full = connection.execute(select(studies).where(studies.c.id.in_([place.id for place in page])))
    accounts = {row.id: database.account(row) for row in full}
    count = select(studies.c.state, func.count()).where(found).group_by(studies.c.state)
    by_state: dict[str, int] = dict(connection.execute(count).all())
    return StudyList(
        studies=[accounts[place.id] for place in page],
        last=page[-1] if len(rows) > limit else None,
        counts={state: by_state.get(state.value, 0) for state in StudyState},
    )


def _matching(selection: StudySelection, *, is_sqlite: bool) -> ColumnElement[bool]:
    conditions = [studies.c.project == selection.project, studies.c.deleted_at.is_(None)]
    if selection.text:
        conditions.append(studies.c.search_text.contains(selection.text.casefold(), autoescape=True))
    for tag in selection.tags:
        each = (func.json_each if is_sqlite else func.json_array_elements_text)(studies.c.tags)
        tags = each.table_valued(column("value", Text))
        conditions.append(exists(select(tags.c.value).where(tags.c.value == tag)))
    return and_(*conditions)


def _after(key: ColumnElement[Any], place: StudyPlace, *, down: bool) -> ColumnElement[bool]:
    later = studies.c.id < place.id if down else studies.c.id > place.id
    if place.value is None:
        return and_(key.is_(None), later)
    beyond = key < place.value if down else key > place.value
    return or_(beyond, and_(key == place.value, later), key.is_(None))
