"""How long readers of a long study wait for the server, how much it sends them, and what it takes meanwhile."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from statistics import median
from typing import Any
from urllib.parse import quote

import psutil
from serving.server import Server

from hpsearch.analysis.selection import Last
from hpsearch.service.cursors import selection_cursor
from viewing.long_search import NAME
from viewing.reader import Answer, Changer, Reader, meanwhile

SNAPSHOT = "all trials as columns"
CHANGE = "what changed since `seq`: one trial"
IMPORTANCE = "importance"
PAIR = "x=learning_rate&y=dropout"
SORTS = (
    "value",
    "-value",
    "params.momentum",
    "-params.optimizer",
    "metrics.val_accuracy",
    "-finished_at",
    "device_seconds",
)
FILTERS = (
    "state=failed",
    "state=pruned&state=running",
    f"where={quote('value<0.3')}&sort=value",
    f"where={quote('params.learning_rate<0.001')}&where={quote('params.optimizer=adam')}&sort=-value",
    f"where={quote('metrics.val_accuracy>=0.8')}&state=completed",
)
SERIES = {
    "history": "charts/history",
    "history by device seconds": "charts/history?against=device_seconds",
    "slice": "charts/slice?parameter=learning_rate",
    "EDF": "charts/edf",
    "Pareto front": "charts/pareto",
    "learning curves": "charts/curves",
    "timeline": "charts/timeline",
    "rungs": "charts/rungs",
}
COMPUTED = {IMPORTANCE: "importance", "contour": f"charts/contour?{PAIR}", "rank": f"charts/rank?{PAIR}"}


@dataclass(frozen=True)
class Line:
    """A measurement: seconds of each request, in all, to the first byte, and of the server's CPU; bytes of the last; the goals for p95."""

    what: str
    seconds: list[float]
    first: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    size: int | None = None
    goal: float | None = None
    first_goal: float | None = None

    @property
    def p50(self) -> float:
        return median(self.seconds)

    @property
    def p95(self) -> float:
        return quantile(self.seconds, 0.95)

    @property
    def reached(self) -> bool | None:
        """None where there is no goal."""
        if self.goal is None:
            return None
        return self.p95 <= self.goal and (self.first_goal is None or quantile(self.first, 0.95) <= self.first_goal)


@dataclass(frozen=True)
class Found:
    """What came out of one server; its memory in bytes at the start, before the exports, and at the end."""

    lines: list[Line]
    memory: dict[str, int]


def quantile(values: Sequence[float], part: float) -> float:
    """The least of them that so many are not above."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def measure(server: Server, trials: int, times: int) -> Found:
    """All measurements, `times` requests each; some take part of it."""
    reader, process = Reader(server), psutil.Process(server.pid)
    memory = {"start": process.memory_info().rss}
    lines = [_line("the first page after a start, which reads all trials", _answers(reader, ["trials?limit=100"]))]
    changer = Changer(server)
    lines += _pages(reader, changer, trials, times)
    lines += _changes(reader, changer, times)
    lines += _charts(reader, changer, times)
    lines += _whole(server, reader, changer, max(3, times // 5))
    changer.close()
    memory["before exports"] = process.memory_info().rss
    lines += [_line(f"export, {form}", _answers(reader, [f"export?format={form}"])) for form in ("csv", "jsonl")]
    memory["end"] = process.memory_info().rss
    reader.close()
    return Found(lines, memory)


def _pages(reader: Reader, changer: Changer, trials: int, times: int) -> Iterator[Line]:
    middle = [selection_cursor(Last(float(trials * place // times), trials * place // times)) for place in range(times)]
    page = "trials?limit=100"
    yield _line("trial pages: the first", _answers(reader, [page] * times), 0.1)
    yield _line("trial pages: from anywhere", _answers(reader, [f"{page}&cursor={cursor}" for cursor in middle]), 0.1)
    sorts = [f"{page}&sort={sort}" for sort in SORTS]
    yield _line("trial pages: sorted by seven columns", _answers(reader, _repeated(sorts, times)), 0.1)
    filters = [f"{page}&{wanted}" for wanted in FILTERS]
    yield _line("trial pages: filtered by states and ranges", _answers(reader, _repeated(filters, times)), 0.1)
    changed = _answers(reader, _repeated([page, *filters], times), changer.change)
    yield _line("trial pages: a trial changed before each", changed, 0.1)


def _changes(reader: Reader, changer: Changer, times: int) -> Iterator[Line]:
    """Of one trial that changed, and of a hundred."""
    found = []
    for _ in range(times):
        seq = _seq(reader)
        changer.change()
        found.append(reader.get(f"columns?since={seq}"))
    yield _line(CHANGE, found, 0.1)
    hundred = _seq_before(reader, 100)
    yield _line(
        "what changed since `seq`: a hundred trials", _answers(reader, [f"columns?since={hundred}"] * times), 0.1
    )


def _charts(reader: Reader, changer: Changer, times: int) -> Iterator[Line]:
    for name, path in SERIES.items():
        yield _line(f"chart series: {name}", _answers(reader, [path] * times, changer.change), 0.1)
    kept = _answers(reader, _repeated(list(SERIES.values()), times * len(SERIES)))
    yield _line("chart series: all, the study unchanged", kept, 0.1)
    for name, path in COMPUTED.items():
        yield _line(name, _answers(reader, [path] * times, changer.change), 1.0)
    kept = _answers(reader, _repeated(list(COMPUTED.values()), times * len(COMPUTED)))
    yield _line("importance, contour, rank, the study unchanged", kept, 1.0)
    yield _line("advice", _answers(reader, ["advice"] * max(3, times // 5), changer.change))


def _whole(server: Server, reader: Reader, changer: Changer, times: int) -> Iterator[Line]:
    """The snapshot of the columns; and how long others wait while it, and what is computed, is under way."""
    with meanwhile(server, "/healthz") as small:
        snapshots = _answers(reader, ["columns"] * times, changer.change)
    yield _line(SNAPSHOT, snapshots, 1.0, 0.1)
    yield Line("a small request while all trials are sent", small)
    with meanwhile(server, "/healthz") as small:
        _answers(reader, _repeated(list(COMPUTED.values()), 10 * times), changer.change)
    yield Line("a small request while importance, contour and rank are computed", small)


def _answers(reader: Reader, paths: Sequence[str], before: Callable[[], None] | None = None) -> list[Answer]:
    found = []
    for path in paths:
        if before is not None:
            before()
        found.append(reader.get(path))
    return found


def _line(what: str, answers: Sequence[Answer], goal: float | None = None, first_goal: float | None = None) -> Line:
    return Line(
        what,
        [answer.seconds for answer in answers],
        [answer.first for answer in answers],
        [answer.cpu for answer in answers],
        answers[-1].size,
        goal,
        first_goal,
    )


def _repeated(paths: Sequence[str], times: int) -> list[str]:
    return list(islice(cycle(paths), times))


def _seq(reader: Reader) -> int:
    return int(_json(reader, f"/api/v1/studies/{NAME}")["seq"])


def _seq_before(reader: Reader, trials: int) -> int:
    """Such that as many trials changed after it."""
    newest = _json(reader, f"trials?limit={trials + 1}&sort=-seq")["items"]
    return int(newest[-1]["seq"])


def _json(reader: Reader, path: str) -> Any:
    return json.loads(reader.get(path, keep=True).content)
