"""What suites say of what they did: tables of counts that add up over tests and processes, shown at the end of a run."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

COUNTS, NOTE = "suite's counts", "suite's note"


class Tables:
    """Of one test; what it says is shown also where it fails afterwards."""

    def __init__(self, properties: list[tuple[str, object]]) -> None:
        self._properties = properties

    def add(self, suite: str, counts: Mapping[tuple[str, str], int]) -> None:
        """Adds counts by (row, column) to the suite's table."""
        self._properties.append((COUNTS, [suite, [[*place, count] for place, count in counts.items()]]))

    def note(self, suite: str, text: str) -> None:
        """Adds a line, or several, below the suite's table."""
        self._properties.append((NOTE, [suite, text]))


def drawn(reports: Iterable[object]) -> Iterator[str]:
    """The lines of all suites, from pytest's reports: in Markdown, each with the seconds that its tests took."""
    counts: dict[str, Counter[tuple[str, str]]] = {}
    notes: dict[str, list[str]] = {}
    seconds: Counter[str] = Counter()
    for report in reports:
        said = [(name, value) for name, value in report.user_properties if name in (COUNTS, NOTE)]
        for suite in {value[0] for _, value in said}:
            seconds[suite] += report.duration
        for name, (suite, what) in said:
            if name == COUNTS:
                counts.setdefault(suite, Counter()).update({(row, column): count for row, column, count in what})
            else:
                notes.setdefault(suite, []).append(what)
    for suite in sorted(seconds):
        yield f"## {suite} ({seconds[suite]:.0f} s)"
        yield from _table(counts.get(suite, {}))
        yield from notes.get(suite, [])


def _table(counts: Mapping[tuple[str, str], int]) -> Iterator[str]:
    if not counts:
        return
    columns = sorted({column for _, column in counts})
    rows = sorted({row for row, _ in counts})
    yield "| | " + " | ".join([*columns, "all"][: 1 if columns == [""] else None]) + " |"
    yield "| --- " * (2 if columns == [""] else len(columns) + 2) + "|"
    for row in rows:
        found = [counts.get((row, column), 0) for column in columns]
        total = [sum(found)] if len(columns) > 1 else []
        yield f"| {row} | " + " | ".join(f"{count:,}" for count in [*found, *total]) + " |"
