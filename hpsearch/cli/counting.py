"""How far a command is that goes through a known number of things: a bar on a terminal, a line now and then elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hpsearch.cli import output
from hpsearch.cli.progress import LINE_SECONDS

Progress = Callable[[int, int], None]


@contextmanager
def counting(what: str) -> Iterator[Progress]:
    """Gives what shows `done` of `total` on standard error."""
    if not sys.stderr.isatty():
        yield _lines(what)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Bars(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _lines(what: str) -> Progress:
    written = time.monotonic()

    def show(done: int, total: int) -> None:
        nonlocal written
        if time.monotonic() - written >= LINE_SECONDS:
            written = time.monotonic()
            output.note(f"{done} of {total} {what}")

    return show
