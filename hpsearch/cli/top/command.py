"""The command: the live picture on a terminal, one look elsewhere."""

import os
import sys
from datetime import UTC, datetime
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Annotated

import typer

from hpsearch.cli import output, pace
from hpsearch.cli.options import Json, Server, connect

if TYPE_CHECKING:
    from hpsearch.cli.top.board import Board
    from hpsearch.client import Client


def top(
    study: Annotated[
        str | None, typer.Option(metavar="STUDY", help="Whose rungs are shown; without it those of the first study.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="One look, also on a terminal.")] = False,
    server: Server = None,
    as_json: Json = False,
) -> None:
    """Watch studies, workers and rungs.

    Follows the server's events, and goes on by itself when the server was gone. q and Ctrl-C end it; up and down choose the study whose
    rungs are shown. Without a terminal it takes one look.
    """
    with connect(server) as client:
        board = _look(client, study)
        if as_json:
            _write_json(client.server, board)
            return
        if once or not sys.stdout.isatty() or os.environ.get("TERM") == "dumb":
            _write(client.server, board)
            return
    from hpsearch.cli.top import screen

    with connect(server, retry_seconds=0) as client:
        screen.show(client, board)


def _look(client: "Client", study: str | None) -> "Board":
    """Everything as it stands; raises StudyNotFound."""
    from hpsearch.cli.top.board import Board, Looked, Opened

    board = Board(chosen=study)
    if study is not None:
        client.get_study(study)
    board.take(Opened(list(client.list_studies())))
    shown = board.shown()
    rungs = client.rungs(shown.name).rungs if shown else []
    board.take(Looked(list(client.workers()), shown.name if shown else None, rungs))
    return board


def _write_json(server: str, board: "Board") -> None:
    studies = [
        view.model_dump(mode="json")
        | {"trials_per_minute": pace.trials_per_minute(view), "seconds_left": pace.seconds_left(view)}
        for view in board.ordered()
    ]
    workers = [view.model_dump(mode="json") for view in board.workers]
    rungs = {"study": board.rungs_of, "rungs": [rung.model_dump(mode="json") for rung in board.rungs]}
    output.document({"server": server, "studies": studies, "workers": workers, "rungs": rungs})


def _write(server: str, board: "Board") -> None:
    from hpsearch.cli.top import tables
    from hpsearch.cli.top.frame import frame

    now = datetime.now(UTC)
    if sys.stdout.isatty():
        output.rows(frame(board, server, get_terminal_size().columns, None, now))
        return
    whole = tables.studies(board.ordered()), tables.workers(board.workers, now)
    others = tables.hosts(board.workers), tables.rungs(board.rungs)
    for place, table in enumerate((*whole, *(table for table in others if table.rows))):
        if place:
            output.line()
        output.table(table.names(), table.rows, table.right())
