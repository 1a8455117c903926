"""Where the next page of a list begins, as text that clients hand back."""

import base64
import json
import re
from math import isfinite
from typing import Any

from hpsearch.analysis.selection import Last
from hpsearch.errors import InvalidInput
from hpsearch.space import NAME_PATTERN
from hpsearch.storage.codec import number_from_json, number_to_json
from hpsearch.storage.study_list import StudyPlace

_WRONG = "must be the next_cursor of the page before"


def number_cursor(cursor: str | None) -> int:
    """The number to go on after; -1 at the start."""
    if cursor is None:
        return -1
    if not cursor.isdecimal() or len(cursor) > 18:
        raise InvalidInput.at("cursor", _WRONG)
    return int(cursor)


def event_cursor(cursor: str | None) -> tuple[int, int]:
    """The place in a history to go on after, seq and position; before all at the start."""
    if cursor is None:
        return -1, -1
    seq, _, position = cursor.partition(".")
    return number_cursor(seq), number_cursor(position)


def study_cursor(sort: str, last: StudyPlace) -> str:
    """The text of a place in an order of studies."""
    return _written([sort, last.value, last.id])


def read_study_cursor(cursor: str | None, sort: str) -> StudyPlace | None:
    """The place that `study_cursor` wrote of the same order; None at the start."""
    if cursor is None:
        return None
    try:
        return _study_place(sort, *_read(cursor))
    except (ValueError, TypeError, RecursionError):
        raise InvalidInput.at("cursor", f"{_WRONG}, in the same order") from None


def _study_place(wanted: str, sort: str, value: Any, study_id: Any) -> StudyPlace:
    """Raises ValueError, and TypeError, for what no order of studies has."""
    if sort != wanted or not _is_whole(study_id) or not _can_sort(wanted.removeprefix("-"), value):
        raise ValueError
    return StudyPlace(value, study_id)


def _can_sort(name: str, value: Any) -> bool:
    if name in {"name", "state"}:
        return isinstance(value, str) and re.fullmatch(NAME_PATTERN, value) is not None
    if name == "best_value":
        return value is None or (isinstance(value, float) and isfinite(value))
    return _is_whole(value)


def _is_whole(value: Any) -> bool:
    """Whether it is a whole number of 64 bits; true is an int to Python."""
    return type(value) is int and abs(value) < 2**63


def selection_cursor(last: Last) -> str:
    """The text of a place in an order of trials."""
    document = [None if last.value is None else number_to_json(last.value), last.number]
    return _written(document)


def read_selection_cursor(cursor: str | None) -> Last | None:
    """The place that `selection_cursor` wrote; None at the start."""
    if cursor is None:
        return None
    try:
        value, number = _read(cursor)
        if type(number) is not int or abs(number) >= 2**31 or isinstance(value, bool):  # true is an int to Python
            raise ValueError
        return Last(None if value is None else number_from_json(value), number)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        raise InvalidInput.at("cursor", _WRONG) from None


def _written(document: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


def _read(cursor: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
