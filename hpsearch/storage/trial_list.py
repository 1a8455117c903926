"""Lists of trials: filtered, sorted, and paged by key."""

import base64
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Float, Text, and_, case, cast, or_, select

from hpsearch.errors import InvalidInput
from hpsearch.space import CategoricalParameter, ConstantParameter, Value
from hpsearch.storage.codec import number_from_json, number_to_json, trial_from_row
from hpsearch.storage.tables import trials
from hpsearch.storage.types import Moment, dumps
from hpsearch.study import StudyAccount
from hpsearch.trial import Trial, TrialState

SORTS = ("number", "value", "finished_at")
"""What a list may be sorted by; a `-` before it turns it round."""

_CONDITION = re.compile(
    r"^(?P<column>value|params\.[A-Za-z0-9][\w.-]*)\s*(?P<operator><=|>=|!=|=|<|>)\s*(?P<literal>.*)$", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class TrialFilter:
    """Which trials, in which order: `where` are conditions such as `params.optimizer=adam`, `value<0.1`; all must hold."""

    states: Sequence[TrialState] = ()
    where: Sequence[str] = ()
    sort: str = "number"


def trial_page(
    connection: Connection, study: StudyAccount, wanted: TrialFilter, cursor: str | None, limit: int
) -> tuple[list[Trial], str | None]:
    """One page and the cursor of the next; raises InvalidInput that names `where`, `sort` or `cursor`."""
    name = wanted.sort.removeprefix("-")
    if name not in SORTS:
        raise InvalidInput.at("sort", f"must be one of {', '.join(SORTS)}, with - before it to turn it round")
    key = trials.c[name]
    falling = wanted.sort.startswith("-")
    conditions = [trials.c.study_id == study.id, *_where(connection, study, wanted.where)]
    if wanted.states:
        conditions.append(trials.c.state.in_([state.value for state in wanted.states]))
    if cursor is not None:
        conditions.append(_after(key, *_decode(cursor, key), falling=falling))
    order: list[ColumnElement[Any]] = [case((key.is_(None), 1), else_=0)] if name != "number" else []
    order += [key.desc() if falling else key.asc()]
    order += [trials.c.number.asc()] if name != "number" else []
    rows = connection.execute(select(trials).where(*conditions).order_by(*order).limit(limit + 1)).all()
    found = [trial_from_row(row) for row in rows[:limit]]
    following = _encode(getattr(found[-1], name), found[-1].number) if len(rows) > limit else None
    return found, following


def _after(key: Any, last: Any, number: int, *, falling: bool) -> ColumnElement[bool]:
    """The rows behind the last one of a page; nulls come last in both directions."""
    if key.name == "number":
        return trials.c.number < number if falling else trials.c.number > number
    if last is None:
        return and_(key.is_(None), trials.c.number > number)
    beyond = key < last if falling else key > last
    return or_(beyond, and_(key == last, trials.c.number > number), key.is_(None))


def _where(connection: Connection, study: StudyAccount, where: Sequence[str]) -> list[ColumnElement[bool]]:
    found = []
    for place, condition in enumerate(where):
        parts = _CONDITION.match(condition)
        if parts is None:
            raise InvalidInput.at(
                f"where.{place}", "must be like params.NAME=VALUE or value<NUMBER; operators = != < <= > >="
            )
        column, operator, literal = parts["column"], parts["operator"], parts["literal"].strip()
        if column == "value":
            found.append(_compare(trials.c.value, operator, _number(literal, place)))
        else:
            found.append(_where_param(connection, study, column.removeprefix("params."), operator, literal, place))
    return found


def _where_param(
    connection: Connection, study: StudyAccount, name: str, operator: str, literal: str, place: int
) -> ColumnElement[bool]:
    space = study.definition.space
    if name not in space:
        raise InvalidInput.at(f"where.{place}", f"there is no parameter {name!r}; the space has {', '.join(space)}")
    parameter = space[name]
    path = f'$."{name}"' if connection.dialect.name == "sqlite" else name
    if not isinstance(parameter, CategoricalParameter | ConstantParameter):
        return _compare(cast(trials.c.params.op("->>")(path), Float(53)), operator, _number(literal, place))
    if operator not in ("=", "!="):
        raise InvalidInput.at(f"where.{place}", f"{name} has no order; use = or !=")
    values = parameter.choices if isinstance(parameter, CategoricalParameter) else (parameter.value,)
    documents = [dumps(value) for value in values if literal in (str(value), dumps(value))]
    if not documents:
        raise InvalidInput.at(f"where.{place}", f"{name} is never {literal!r}; it is {parameter.describe()}")
    stored = trials.c.params.op("->")(path)
    text = stored if connection.dialect.name == "sqlite" else cast(stored, Text())
    return text.in_(documents) if operator == "=" else text.not_in(documents)


def _compare(column: Any, operator: str, number: float) -> ColumnElement[bool]:
    compared: dict[str, ColumnElement[bool]] = {
        "=": column == number,
        "!=": column != number,
        "<": column < number,
        "<=": column <= number,
        ">": column > number,
        ">=": column >= number,
    }
    return compared[operator]


def _number(literal: str, place: int) -> float:
    try:
        return float(literal)
    except ValueError:
        raise InvalidInput.at(f"where.{place}", f"must compare with a number, got {literal!r}") from None


def _encode(last: Any, number: int) -> str:
    value: Value = last
    if isinstance(last, float):
        value = number_to_json(last)
    elif last is not None and not isinstance(last, int):
        value = Moment().process_bind_param(last, None)  # type: ignore[arg-type]  # the same on every dialect
    return base64.urlsafe_b64encode(json.dumps([value, number]).encode()).decode().rstrip("=")


def _decode(cursor: str, key: Any) -> tuple[Any, int]:
    try:
        last, number = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if type(number) is not int or abs(number) >= 2**31 or isinstance(last, bool):  # true is an int to Python
            raise ValueError
        if last is not None and key.name == "value":
            last = number_from_json(last)
        elif last is not None and key.name == "finished_at":
            last = Moment().process_result_value(int(last), None)  # type: ignore[arg-type]  # likewise
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        raise InvalidInput.at("cursor", "must be the next_cursor of the page before") from None
    return last, number
