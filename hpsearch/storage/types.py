"""Column types that mean the same on SQLite and on PostgreSQL."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic_core import to_json
from sqlalchemy import JSON, BigInteger, Dialect, Float
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Json = JSON(none_as_null=True)
"""JSON kept as it was written. Not JSONB, which forgets the order of keys: the order of a space's parameters is that of its grid."""
Document = JSON()
"""JSON that may itself be null."""


def to_microseconds(value: datetime) -> int:
    """Microseconds since 1970 UTC."""
    return (value - _EPOCH) // _MICROSECOND


def nan_to_text(value: float) -> float | str:
    """A double as SQLite keeps it: it would store NaN as NULL."""
    return "NaN" if value != value else value


class Moment(TypeDecorator[datetime]):
    """An aware time, stored as whole microseconds since 1970 UTC: exact, ordered, and the same on both databases."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Time to microseconds."""
        return None if value is None else to_microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Microseconds to time."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


class _Double(Float[float]):
    """A double as the driver takes it: SQLAlchemy's own would turn `NaN` back into a number on its way to SQLite."""

    def bind_processor(self, dialect: Dialect) -> None:
        """None: nothing is done to a value."""


class Real(TypeDecorator[float]):
    """A double that may be NaN or infinite. On SQLite NaN is the text `NaN`, which sorts last as well."""

    impl = _Double(53)
    cache_ok = True

    def process_bind_param(self, value: float | None, dialect: Dialect) -> Any:
        """Float to what the driver takes."""
        return nan_to_text(value) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> float | None:
        """What the driver gives to float."""
        return None if value is None else float(value)


def dumps(value: Any) -> str:
    """JSON for the database; non-finite numbers become the words that stand for them."""
    return to_json(value, inf_nan_mode="strings").decode()
