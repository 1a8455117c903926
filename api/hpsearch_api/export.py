"""All trials of a study as one streamed answer: a CSV table, a JSON list, or JSON lines."""

import csv
import io
import itertools
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from typing import Any, Literal

from fastapi.responses import StreamingResponse
from pydantic_core import to_json

from hpsearch.identity import Identity
from hpsearch.service import Service
from hpsearch.wire.base import encode_number
from hpsearch.wire.studies import StudyView
from hpsearch.wire.trials import TrialView
from hpsearch_api.streams import JSON_LINES

Form = Literal["csv", "json", "jsonl"]
Pages = AsyncIterator[list[TrialView]]
Cell = str | int | float | None

_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a formula begins, for one spreadsheet or another; the last four are the full-width forms of the first four."""

_TABLE = "number,state,params.learning_rate,values.val_loss\r\n0,completed,0.0031,0.087\r\n"
ANSWERED: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "text/csv": {"schema": {"type": "string"}, "example": _TABLE},
            JSON_LINES: {"schema": {"type": "string"}, "example": '{"number":0,"state":"completed"}\n'},
            "application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/TrialView"}}},
        }
    }
}
"""`responses=` with the successful answer."""


async def respond(service: Service, name: str, form: Form, who: Identity) -> StreamingResponse:
    """The answer; raises StudyNotFound before it has begun. Trials are read page by page, never all held at once."""
    study = await service.get_study(name, who)
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    if form == "jsonl":
        return StreamingResponse(_json_lines(service.export_trials(name, who)), 200, headers, JSON_LINES)
    if form == "json":
        return StreamingResponse(_json(service.export_trials(name, who)), 200, headers, "application/json")
    metrics = await _metric_names(service.export_trials(name, who))
    return StreamingResponse(_csv(service.export_trials(name, who), study, metrics), 200, headers, "text/csv")


async def _json(pages: Pages) -> AsyncIterator[str]:
    yield "["
    between = ""
    async for page in pages:
        if page:
            yield between + ",\n".join(trial.model_dump_json() for trial in page)
            between = ",\n"
    yield "]\n"


async def _json_lines(pages: Pages) -> AsyncIterator[str]:
    async for page in pages:
        yield "".join(f"{trial.model_dump_json()}\n" for trial in page)


async def _metric_names(pages: Pages) -> list[str]:
    """A table needs all its columns before its first row, hence a first pass over the trials."""
    names: dict[str, None] = {}
    async for page in pages:
        for trial in page:
            names.update(dict.fromkeys(trial.metrics))
    return sorted(names)


async def _csv(pages: Pages, study: StudyView, metrics: Sequence[str]) -> AsyncIterator[str]:
    params = list(study.definition.space)
    objectives = study.definition.metrics
    yield _rows(
        [
            ["number", "state", "reason", "enqueued", "attempts", "seed"]
            + [f"params.{name}" for name in params]
            + [f"values.{name}" for name in objectives]
            + [f"metrics.{name}" for name in metrics]
            + ["best_step", "last_step", "error", "created_at", "started_at", "finished_at"]
        ]
    )
    async for page in pages:
        yield _rows(_row(trial, params, len(objectives), metrics) for trial in page)


def _row(trial: TrialView, params: Iterable[str], objectives: int, metrics: Iterable[str]) -> list[Any]:
    return [
        *(trial.number, trial.state.value, trial.reason, trial.enqueued, trial.attempts, trial.seed),
        *(trial.params.get(name) for name in params),
        *(trial.values or itertools.repeat(None, objectives)),
        *(trial.metrics.get(name) for name in metrics),
        *(trial.best_step, trial.last_step, trial.error.reason if trial.error else None),
        *(trial.created_at, trial.started_at, trial.finished_at),
    ]


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
