"""A study as one document that needs no server: the dashboard's own pages, with the answers they read as these were when it was made."""

import json
import re
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime
from html import escape
from itertools import combinations
from posixpath import dirname, join, normpath
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from starlette.types import Message

from hpsearch import __version__
from hpsearch.analysis import Against
from hpsearch.errors import HpsearchError
from hpsearch.identity import Scope
from hpsearch.wire.base import BASE_PATH
from hpsearch.wire.charts import Importances
from hpsearch.wire.studies import StudyView
from hpsearch_api.dashboard import IMPORTS, STYLES
from hpsearch_api.files import FILES
from hpsearch_api.state import service_of, who

MOST_TRIALS = 20_000
"""Of larger studies a report has the charts, but not each trial: a file of 20 MB is the most that people send."""
MOST_PARAMETERS = 8
"""The parameters that matter most are charted one by one, and the first four of them in pairs."""

_COLUMNS = (
    *("state", "reason", "error", "attempts", "best_step", "last_step"),
    *("created_at", "started_at", "finished_at", "device_seconds"),
)
_OURS = re.compile(r"""(\bfrom |\bimport )"(\.{1,2}/[^"]+)";""")
_POLICY = "default-src 'none'; script-src 'unsafe-inline' data:; style-src 'unsafe-inline'; img-src data:"


async def document(request: Request, study: str) -> str:
    """The report of a study; raises StudyNotFound."""
    service, reader = service_of(request), who(request)
    view = await service.get_study(study, reader)
    base = f"/studies/{study}"
    importances = Importances.model_validate_json(await _answer(request, f"{base}/importance") or "{}")
    answers: dict[str, Any] = {}
    for path in _paths(view, list(importances.importances)):
        body = await _answer(request, base + path)
        if body is not None:
            answers[base + path] = json.loads(body)
    recorded = {
        "study": study,
        "address": str(request.base_url).rstrip("/"),
        "at": datetime.now(UTC).isoformat(),
        "answers": answers,
        "columns": await _columns(request, view),
    }
    return _html(view, recorded)


def _paths(study: StudyView, parameters: list[str]) -> Iterator[str]:
    """What the panels read, below the study's path, each query in the order of its names."""
    charted = parameters[:MOST_PARAMETERS] or list(study.definition.space)[:MOST_PARAMETERS]
    yield from ("", "/best", "/advice", "/costs", "/history", "/charts/curves", "/charts/rungs", "/charts/timeline")
    yield "/charts/pareto"
    for objective in range(len(study.definition.metrics)):
        chosen = {"objective": objective}
        yield f"/importance?{urlencode(chosen)}"
        yield f"/charts/edf?{urlencode(chosen)}"
        for against in Against:
            yield f"/charts/history?{urlencode({'against': against.value, **chosen})}"
        for parameter in charted:
            yield f"/charts/slice?{urlencode({**chosen, 'parameter': parameter})}"
        for x, y in combinations(charted[:4], 2):
            for chart in ("contour", "rank"):
                yield f"/charts/{chart}?{urlencode({**chosen, 'x': x, 'y': y})}"


async def _answer(request: Request, path: str) -> str | None:
    """What this server answers the caller at a path below the base path; None where it refuses."""
    path, _, query = path.partition("?")
    where = BASE_PATH + path
    there = {"path": where, "raw_path": where.encode(), "query_string": query.encode(), "headers": []}
    body = bytearray()

    async def send(message: Message) -> None:
        body.extend(message.get("body", b""))

    try:
        await request.app.router({**request.scope, **there}, request.receive, send)
    except HpsearchError:
        return None
    return body.decode()


async def _columns(request: Request, study: StudyView) -> list[Mapping[str, Any]] | None:
    if sum(study.counts.model_dump().values()) > MOST_TRIALS:
        return None
    definition = study.definition
    values = [f"values.{name}" for name in definition.metrics]
    wanted = [*_COLUMNS, *values, *(f"params.{name}" for name in definition.space)]
    blocks: AsyncIterator[Mapping[str, Any]] = await service_of(request).columns(study.name, wanted, who=who(request))
    return [block async for block in blocks]


def _html(study: StudyView, recorded: Mapping[str, Any]) -> str:
    data = json.dumps(recorded, separators=(",", ":")).replace("<", "\\u003c")  # no text of a study ends the script
    styles = "\n".join(FILES[path].content.decode() for path in STYLES)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(study.name)} - hpsearch</title>
<link rel="icon" href="{_data("/static/icon.svg")}">
<style>{styles}</style>
<script type="application/json" id="recorded">{data}</script>
<script type="importmap">{_import_map()}</script>
<script type="module">import "hpsearch:/static/main.js";</script>
</head>
<body>
<div id="app" data-scope="{Scope.VIEWER.value}" data-version="{escape(__version__)}"></div>
<noscript>This report needs JavaScript.</noscript>
</body>
</html>
"""


def _import_map() -> str:
    """Every module by its path: within a document, nothing can be named relative to a file."""
    modules = [path for path, file in FILES.items() if file.media_type == "text/javascript"]
    imports = {f"hpsearch:{path}": _data(path) for path in modules if path not in IMPORTS.values()}
    return json.dumps({"imports": imports | {name: _data(path) for name, path in IMPORTS.items()}})


def _data(path: str) -> str:
    """A file as an address that has its content."""
    file = FILES[path]
    content = file.content
    if file.media_type == "text/javascript" and "/vendor/" not in path:
        here = dirname(path)
        text = _OURS.sub(lambda found: f'{found[1]}"hpsearch:{normpath(join(here, found[2]))}";', content.decode())
        content = text.encode()
    return f"data:{file.media_type};base64,{b64encode(content).decode()}"
