"""A process in a terminal of its own, as a person sits at it."""

import re
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pexpect
from patience import SECONDS

_HOME = "\x1b[H"
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """Runs `command` in a pseudo-terminal. `written` is all that it wrote so far."""

    def __init__(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str], columns: int = 100, lines: int = 30
    ) -> None:
        program, *arguments = command
        self._child = pexpect.spawn(
            program,
            arguments,
            cwd=folder,
            env={**environment, "TERM": "xterm-256color"},
            dimensions=(lines, columns),
            encoding="utf-8",
            codec_errors="replace",
        )
        self.pid = self._child.pid
        self.before = self.modes()
        self.written = ""

    def resize(self, columns: int, lines: int) -> None:
        self._child.setwinsize(lines, columns)

    def modes(self) -> list[Any]:
        """How the terminal treats what is typed."""
        return termios.tcgetattr(self._child.child_fd)

    def type(self, keys: str) -> None:
        self._child.send(keys)

    def signal(self, number: int) -> None:
        self._child.kill(number)

    def picture(self) -> list[str]:
        """The lines of the newest picture that was drawn from the top, without colours."""
        newest = self.written.rpartition(_HOME)[2]
        return [line.rstrip() for line in _ESCAPES.sub("", newest).replace("\r", "").split("\n")]

    def until(self, condition: Callable[[], Any], what: str) -> None:
        """Reads what is written until `condition` holds."""
        deadline = time.monotonic() + SECONDS
        while not condition():
            assert time.monotonic() < deadline, f"waited for {what}:\n" + "\n".join(self.picture())
            self._read()

    def shows(self, *texts: str) -> None:
        """Waits until a picture has all of these texts."""
        self.until(lambda: all(text in "\n".join(self.picture()) for text in texts), f"{texts}")

    def ended(self) -> int:
        """The exit code, when it has ended and all was read."""
        self.until(self._child.eof, "the end")
        return self._child.wait()

    def close(self) -> None:
        self._child.close(force=True)

    def _read(self) -> None:
        with suppress(pexpect.TIMEOUT, pexpect.EOF):
            self.written += self._child.read_nonblocking(65_536, timeout=0.05)
