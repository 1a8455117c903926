"""One picture of `top`: what is known, fitted into the terminal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from hpsearch.cli import formats
from hpsearch.cli.canvas import Row
from hpsearch.cli.top import tables
from hpsearch.cli.top.board import Board
from hpsearch.cli.top.grid import Table, cut, shares

if TYPE_CHECKING:
    from hpsearch.wire.studies import WorkerView

SILENT = timedelta(minutes=5)
"""A worker that was not heard of for so long is left out of the live picture."""
KEYS = "q quits, up and down choose a study"


@dataclass(frozen=True, slots=True)
class _Section:
    """A table under its title; `empty` stands for rows. The row of the place `focus` is always shown."""

    title: str
    table: Table
    empty: str
    focus: int = 0

    def drawn(self, width: int, lines: int) -> list[Row]:
        """In so many lines for its rows."""
        title: Row = [(cut(self.title, width), "bold cyan")]
        rows = len(self.table.rows)
        if not rows:
            return [title, [(cut(self.empty, width), "")]]
        shown = lines if rows <= lines else max(lines - 1, 0)
        first = min(max(self.focus - shown + 1, 0), max(rows - shown, 0))
        more: list[Row] = [[(cut(f"and {rows - shown} more", width), "dim")]] if shown < rows and lines else []
        return [title, *self.table.drawn(width, first, shown), *more]


def frame(board: Board, server: str, width: int, height: int | None, now: datetime) -> list[Row]:
    """The picture, no line wider than `width`, of at most `height` lines where that is possible; None: of as many as there are."""
    sections = _sections(board, now)
    fixed = 2 + sum(2 if section.table.rows else 1 for section in sections)  # head, keys; titles, names of columns
    wanted = [max(len(section.table.rows), 1) for section in sections]
    given = wanted if height is None else shares(wanted, height - fixed)
    rows = [_head(board, server, width, now)]
    for section, lines in zip(sections, given, strict=True):
        rows += section.drawn(width, lines)
    if height is None:
        return rows
    rows += [[("", "")]] * (height - len(rows) - 1)
    return [*rows[: height - 1], [(cut(KEYS, width), "dim")]]


def _head(board: Board, server: str, width: int, now: datetime) -> Row:
    if board.lost is None:
        text, style = f"hpsearch top  {now:%H:%M:%S}Z  {server}", "bold"
    else:
        gone = formats.ago((now - board.lost.at).total_seconds())
        text, style = f"THE SERVER IS GONE for {gone}, trying again: {board.lost.message}", "bold red"
    return [(cut(text, width), style)]


def _sections(board: Board, now: datetime) -> list[_Section]:
    shown, ordered = board.shown(), board.ordered()
    active = sum(view.state.value == "active" for view in ordered)
    focus = ordered.index(shown) if shown else 0
    title = f"{_counted(len(ordered), 'study', 'studies')}, {active} active"
    table = tables.studies(ordered, shown.name if shown else None)
    found = [_Section(title, table, "There is no study yet: hpsearch study create FILE", focus)]
    heard = [worker for worker in board.workers if now - worker.last_seen < SILENT]
    none = f"No worker was heard of in the last {SILENT.seconds // 60} minutes: hpsearch worker"
    found.append(_Section(_workers_title(board.workers, heard), tables.workers(heard, now), none))
    hosts = tables.hosts(board.workers)
    if hosts.rows:
        found.append(_Section("failures by host", hosts, ""))
    if shown is not None:
        read = board.rungs_of == shown.name
        none = f"No trial was compared at a rung yet; its pruner is {shown.definition.pruner.name}."
        table = tables.rungs(board.rungs if read else ())
        found.append(_Section(f"rungs of {shown.name}", table, none if read else "They are being read."))
    return found


def _workers_title(all_: "Sequence[WorkerView]", heard: "Sequence[WorkerView]") -> str:
    title = _counted(len(heard), "worker", "workers")
    silent = len(all_) - len(heard)
    return title + (f", {silent} more silent for {SILENT.seconds // 60} minutes" if silent else "")


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
