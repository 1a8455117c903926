"""All trials of a study as one streamed answer: a table as CSV or Parquet, a JSON list, or JSON lines; written off the event loop."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from fastapi.responses import StreamingResponse
from pydantic_core import to_json

from hpsearch.errors import InvalidInput
from hpsearch.identity import Identity
from hpsearch.service import Service
from hpsearch.wire.base import encode_number
from hpsearch.wire.studies import StudyView
from hpsearch.wire.trials import TrialView
from hpsearch_api.streams import JSON_LINES
from hpsearch_api.trial_table import TrialTable

if TYPE_CHECKING:
    from hpsearch_api.parquet import ParquetTable

Form = Literal["csv", "json", "jsonl", "parquet"]
Pages = AsyncIterator[list[TrialView]]
Cell = str | int | float | None

_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a formula begins, for one spreadsheet or another; the last four are the full-width forms of the first four."""

_MEDIA_TYPES: Mapping[Form, str] = MappingProxyType(
    {
        "csv": "text/csv",
        "json": "application/json",
        "jsonl": JSON_LINES,
        "parquet": "application/vnd.apache.parquet",
    }
)
_NO_PARQUET = (
    "parquet needs pyarrow, which this server does not have: its operator can install the extra `parquet`, "
    "in a clone of hpsearch: pip install '.[parquet]'"
)

_TABLE = "number,state,params.learning_rate,values.val_loss\r\n0,completed,0.0031,0.087\r\n"
ANSWERED: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "text/csv": {"schema": {"type": "string"}, "example": _TABLE},
            JSON_LINES: {"schema": {"type": "string"}, "example": '{"number":0,"state":"completed"}\n'},
            _MEDIA_TYPES["parquet"]: {"schema": {"type": "string", "format": "binary"}},
            "application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/TrialView"}}},
        }
    }
}
"""`responses=` with the successful answer."""


async def respond(service: Service, name: str, form: Form, who: Identity) -> StreamingResponse:
    """The answer; raises StudyNotFound and InvalidInput before it has begun. Trials are read page by page, never all held at once.

    They are read while the answer is written: when the client has gone away, at most the page at hand is read to its end.
    """
    study = await service.get_study(name, who)
    if form == "parquet":
        await asyncio.to_thread(_parquet_table)

    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    return StreamingResponse(_written(service, study, form, who), 200, headers, _MEDIA_TYPES[form])


async def _written(service: Service, study: StudyView, form: Form, who: Identity) -> AsyncIterator[str | bytes]:
    pages = service.export_trials(study.name, who)
    if form == "json":
        pieces: AsyncIterator[str | bytes] = _json(pages)
    elif form == "jsonl":
        pieces = _json_lines(pages)
    else:  # a table needs all its columns before its first row
        table = TrialTable(study.definition, await service.metric_names(study.name, who))
        pieces = _csv(pages, table) if form == "csv" else _parquet(pages, table)
    async for piece in pieces:
        yield piece


async def _json(pages: Pages) -> AsyncIterator[str]:
    yield "["
    between = ""
    async for page in pages:
        yield between + await asyncio.to_thread(_documents, page, ",\n")
        between = ",\n"
    yield "]\n"


async def _json_lines(pages: Pages) -> AsyncIterator[str]:
    async for page in pages:
        yield await asyncio.to_thread(_documents, page, "\n") + "\n"


async def _csv(pages: Pages, table: TrialTable) -> AsyncIterator[str]:
    yield _rows([table.columns])
    async for page in pages:
        yield await asyncio.to_thread(_rows, (table.row(trial) for trial in page))


def _documents(trials: Iterable[TrialView], between: str) -> str:
    return between.join(trial.model_dump_json() for trial in trials)


async def _parquet(pages: Pages, table: TrialTable) -> AsyncIterator[bytes]:
    file = await asyncio.to_thread(_parquet_table(), table)
    async for page in pages:
        if piece := await asyncio.to_thread(file.add, page):
            yield piece
    yield await asyncio.to_thread(file.end)


def _parquet_table() -> "type[ParquetTable]":
    """Its first import takes half a second; raises InvalidInput where the extra for it is missing."""
    try:
        from hpsearch_api.parquet import ParquetTable
    except ModuleNotFoundError:
        raise InvalidInput.at("format", _NO_PARQUET) from None
    return ParquetTable


def _rows(rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([cell(value) for value in row] for row in rows)
    return text.getvalue()


def cell(value: Any) -> Cell:
    """A value as a table shows it: JSON's words, and text that no spreadsheet takes for a formula."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return encode_number(value)
    if isinstance(value, datetime):
        return to_json(value).decode().strip('"')
    if isinstance(value, str) and value.startswith(_FORMULAS):
        return f"'{value}"
    return value  # type: ignore[no-any-return]  # a number, a harmless text, or nothing
