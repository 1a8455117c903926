"""Where the next page of a list begins, as text that clients hand back."""

import base64
import json

from hpsearch.analysis.selection import Last
from hpsearch.errors import InvalidInput
from hpsearch.storage.codec import number_from_json, number_to_json

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


def selection_cursor(last: Last) -> str:
    """The text of a place in an order of trials."""
    document = [None if last.value is None else number_to_json(last.value), last.number]
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


def read_selection_cursor(cursor: str | None) -> Last | None:
    """The place that `selection_cursor` wrote; None at the start."""
    if cursor is None:
        return None
    try:
        value, number = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if type(number) is not int or abs(number) >= 2**31 or isinstance(value, bool):  # true is an int to Python
            raise ValueError
        return Last(None if value is None else number_from_json(value), number)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        raise InvalidInput.at("cursor", _WRONG) from None
