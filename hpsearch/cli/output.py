"""What a command writes: data on standard output, everything else on standard error."""

import json
import sys
from collections.abc import Iterable, Sequence, Sized
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import BaseModel

    from hpsearch.cli.canvas import Row


def note(text: str) -> None:
    """Tells the person something that is not data."""
    print(text, file=sys.stderr, flush=True)


def note_limit(found: Sized, limit: int) -> None:
    """Says that there are more than were shown."""
    if len(found) > limit:
        note(f"There are more than {limit}; see them with --limit.")


def line(text: str = "") -> None:
    """One line of data."""
    print(text)


def document(value: object) -> None:
    """Plain data as JSON."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def model(value: "BaseModel") -> None:
    """A model as JSON."""
    print(value.model_dump_json(indent=2))


def models(values: Iterable["BaseModel"]) -> None:
    """Models as one JSON list."""
    document([json.loads(value.model_dump_json()) for value in values])


def fields(pairs: Iterable[tuple[str, str]], indent: str = "") -> None:
    """Names and values, a line each, in two columns; pairs without a value are left out."""
    shown = [(name, value) for name, value in pairs if value]
    width = max((len(name) for name, _ in shown), default=0)
    for name, value in shown:
        print(f"{indent}{name:<{width}}  {value}")


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[str] = ()) -> None:
    """A table on a terminal, else tab-separated lines under a line of names; `right` names the columns of numbers."""
    if not sys.stdout.isatty():
        for row in (columns, *rows):
            print("\t".join(row))
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    drawn = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        drawn.add_column(name, justify="right" if name in right else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*row)
    Console(markup=False, highlight=False).print(drawn)


def can_write(text: str) -> bool:
    """Whether standard output's encoding has all characters of it."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def rows(drawn: "Iterable[Row]") -> None:
    """Rows of styled text, plain where there is no terminal, and without colours where NO_COLOR says so."""
    if not sys.stdout.isatty():
        for row in drawn:
            print("".join(text for text, _ in row))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(markup=False, highlight=False)
    for row in drawn:
        console.print(Text.assemble(*row))
