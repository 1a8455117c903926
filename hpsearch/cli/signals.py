"""Signals that end or stop a command, brought to where it can clear up."""

import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import FrameType


@contextmanager
def caught(number: signal.Signals, act: Callable[[], None]) -> Iterator[None]:
    """The signal calls `act` in the main thread, and nothing else."""

    def handle(number: int, frame: FrameType | None) -> None:
        act()

    before = signal.signal(number, handle)
    try:
        yield
    finally:
        signal.signal(number, before)


def sigterm_interrupts() -> AbstractContextManager[None]:
    """SIGTERM stops as cleanly as Ctrl-C."""
    return caught(signal.SIGTERM, _interrupt)


def _interrupt() -> None:
    raise KeyboardInterrupt
