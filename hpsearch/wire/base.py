"""What all bodies on the wire share: strictness, non-finite numbers, times, pages."""

from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

MAX_BODY_BYTES = 8_000_000
MAX_ITEMS = 1000
"""Items of one list; clients split longer ones."""

LARGEST_NUMBER = 2**31 - 1
"""No trial or record has a greater number; databases keep them in 32 bits."""

LARGEST_SEQ = 2**53 - 1
"""Beyond it a JSON number is no longer exact in every reader."""

BASE_PATH = "/api/v1"

_NON_FINITE = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


def _read_number(value: Any) -> Any:
    return _NON_FINITE.get(value, value) if isinstance(value, str) else value


def encode_number(value: float) -> float | str:
    """A number as it travels: non-finite ones as `NaN`, `Infinity`, `-Infinity`."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    return value


Number = Annotated[
    float,
    Field(strict=True),
    BeforeValidator(_read_number),
    PlainSerializer(encode_number, return_type=float | str, when_used="json"),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"enum": ["NaN", "Infinity", "-Infinity"]}]}),
]
"""A real number; the three non-finite ones travel as strings."""


def _write_time(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


Time = Annotated[AwareDatetime, PlainSerializer(_write_time, return_type=str, when_used="json")]
"""RFC 3339, UTC."""


class Request(BaseModel):
    """A body that hpsearch reads: unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Answer(BaseModel):
    """A body that hpsearch writes: it may gain fields, so readers ignore those they do not know."""

    model_config = ConfigDict(frozen=True, extra="ignore")


Item = TypeVar("Item")


class Page(Answer, Generic[Item]):
    """One page of a list; `next_cursor` asks for the next, null at the end."""

    items: list[Item] = Field(description="The items of this page, in order.")
    next_cursor: str | None = Field(default=None, description="Pass it as `cursor` for the next page; null at the end.")


class ProblemField(Answer):
    """One field at fault."""

    field: str = Field(description="Path of the field.", examples=["space.learning_rate.low"])
    message: str = Field(description="What was found and what would be right.")


class Problem(Answer):
    """An error: RFC 9457 `application/problem+json`."""

    type: str = Field(default="about:blank", description="Always `about:blank`; `code` tells the errors apart.")
    title: str = Field(description="The kind of error, for people.", examples=["There is no study of this name."])
    status: int = Field(description="The HTTP status.", examples=[404])
    code: str = Field(description="The kind of error, stable across releases.", examples=["study_not_found"])
    detail: str = Field(default="", description="What was wrong this time.")
    fields: list[ProblemField] = Field(default_factory=list, description="The fields at fault, if any.")
    request_id: str | None = Field(default=None, description="Find this request in the server's log by it.")
