"""What a training process prints: passed on, and its end kept."""

from collections.abc import Callable

from hpsearch.wire.failures import printable

TAIL_BYTES = 64_000

Echo = Callable[[bytes], None]
"""Takes what was printed, in pieces as they come."""


class Output:
    """The standard output and error of one training process."""

    def __init__(self, echo: Echo) -> None:
        self._echo = echo
        self._tail = bytearray()

    def write(self, chunk: bytes) -> None:
        """Takes what was printed next."""
        self._tail += chunk
        del self._tail[:-TAIL_BYTES]
        self._echo(chunk)

    def clear(self) -> None:
        """Begins anew, for the next trial."""
        self._tail.clear()

    def tail(self) -> str:
        """The end of what was printed; JSON and a database can hold it."""
        return printable(self._tail.decode("utf-8", "replace"))
