"""The live picture: drawn anew at every event, every key, and every second, until somebody has seen enough."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from hpsearch.cli.signals import caught, sigterm_interrupts
from hpsearch.cli.top.board import Board, Looked, Lost, News
from hpsearch.cli.top.follower import Follower, Looker
from hpsearch.cli.top.frame import frame
from hpsearch.cli.top.keys import Key, hear_keys, unechoed

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from hpsearch.client import Client

TICK_SECONDS = 1.0
"""Between two pictures without news: times go on."""
_STEPS = {Key.UP: -1, Key.DOWN: 1}

Heard = SimpleQueue[News | Key | Exception]


def show(client: "Client", board: Board) -> None:
    """Shows what `board` knows, and all that changes, until q, Ctrl-C or SIGTERM; then the terminal is as it was.

    `client` tries once. Raises Unauthorized when its token is good no longer.
    """
    heard: Heard = SimpleQueue()
    with ExitStack() as stack:
        stack.enter_context(suppress(KeyboardInterrupt))
        stack.enter_context(sigterm_interrupts())
        stack.enter_context(caught(signal.SIGTSTP, lambda: heard.put(Key.STOP)))
        follower = Follower(client, heard.put)
        stack.callback(follower.close)
        looker = Looker(client, heard.put, _name(board))
        stack.callback(looker.close)
        hear_keys(heard.put)
        while _watch(client.server, board, heard, looker) is Key.STOP:
            os.kill(os.getpid(), signal.SIGSTOP)


def _watch(server: str, board: Board, heard: Heard, looker: Looker) -> Key:
    """The picture on a screen of its own, until a key ends or stops it."""
    from rich.console import Console
    from rich.live import Live

    console = Console(markup=False, highlight=False)
    with unechoed(), Live(console=console, screen=True, auto_refresh=False) as live:
        while True:
            live.update(_drawn(board, server, console), refresh=True)
            for news in _heard(heard):
                match news:
                    case Key.QUIT | Key.STOP:
                        return news
                    case Key():
                        board.choose(_STEPS[news])
                    case Exception():
                        raise news
                    case _:
                        board.take(news)
                if not isinstance(news, Looked | Lost):
                    looker.look(_name(board))


def _heard(heard: Heard) -> Iterator[News | Key | Exception]:
    """What was heard within a second, and all that came with it; so a storm of events is one picture."""
    with suppress(Empty):
        yield heard.get(timeout=TICK_SECONDS)
        while True:
            yield heard.get_nowait()


def _drawn(board: Board, server: str, console: "Console") -> "RenderableType":
    from rich.console import Group
    from rich.text import Text

    rows = frame(board, server, console.width, console.height, datetime.now(UTC))
    return Group(*(Text.assemble(*row, no_wrap=True) for row in rows))


def _name(board: Board) -> str | None:
    shown = board.shown()
    return shown.name if shown else None
