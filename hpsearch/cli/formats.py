"""Values as people read them in a terminal."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

NOTHING = "-"


def value(found: object) -> str:
    """A value of a parameter or a metric; six digits of a number."""
    if found is None:
        return NOTHING
    if isinstance(found, bool):
        return str(found).lower()
    return f"{found:.6g}" if isinstance(found, float) else str(found)


def values(found: Sequence[float] | None) -> str:
    """The values of a trial, one an objective."""
    return NOTHING if found is None else ", ".join(value(one) for one in found)


def params(found: Mapping[str, object]) -> str:
    """Parameters on one line."""
    return " ".join(f"{name}={'null' if one is None else value(one)}" for name, one in found.items())


def seconds(found: float) -> str:
    """A duration: `4.2 s`, `3:07`, `2:03:07`."""
    if found < 60:
        return f"{found:.1f} s"
    minutes, rest = divmod(round(found), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def ago(found: float) -> str:
    """How long since a moment, in whole seconds: `4 s`, `3:07`; clocks that differ make it no less than 0."""
    return f"{max(round(found), 0)} s" if round(found) < 60 else seconds(round(found))


def percent(found: float | None) -> str:
    """A share from 0 to 1: `40 %`."""
    return NOTHING if found is None else f"{100 * found:.0f} %"


def time(found: datetime | None) -> str:
    """A moment, in UTC, to the second."""
    return NOTHING if found is None else found.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
