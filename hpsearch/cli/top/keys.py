"""Keys of a terminal as they are pressed."""

import os
import re
import sys
import termios
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import Enum


class Key(Enum):
    """What a key asks for."""

    QUIT = "quit"
    STOP = "stop"
    UP = "up"
    DOWN = "down"


_KEYS = {"q": Key.QUIT, "Q": Key.QUIT, "k": Key.UP, "j": Key.DOWN}
_KEYS |= {f"\x1b{start}{end}": key for start in "[O" for end, key in (("A", Key.UP), ("B", Key.DOWN))}
_PRESSED = re.compile(r"\x1b[\[O][0-9;]*.|.", re.DOTALL)
_MOST_BYTES = 256


def keys(typed: str) -> list[Key]:
    """The keys in what a terminal sent; others are left out."""
    return [_KEYS[found] for found in _PRESSED.findall(typed) if found in _KEYS]


@contextmanager
def unechoed() -> Iterator[None]:
    """The terminal hands on each key at once and does not show it; afterwards it is as it was. Ctrl-C and Ctrl-Z stay signals."""
    if not sys.stdin.isatty():
        yield
        return
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    tty.setcbreak(terminal)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def hear_keys(hear: Callable[[Key], None]) -> None:
    """Has a thread of its own hear the keys from now on; none where standard input is no terminal."""
    if sys.stdin.isatty():
        threading.Thread(target=_read, args=(sys.stdin.fileno(), hear), name="keys", daemon=True).start()


def _read(terminal: int, hear: Callable[[Key], None]) -> None:
    with suppress(OSError):  # the terminal is gone
        while typed := os.read(terminal, _MOST_BYTES):
            for key in keys(typed.decode(errors="replace")):
                hear(key)
                if key is Key.QUIT:
                    return
