"""A process in a terminal of its own, as a person sits at it."""

import errno
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from patience import SECONDS

_HOME = "\x1b[H"
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """Runs `command` in a pseudo-terminal. `written` is all that it wrote so far."""

    def __init__(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str], columns: int = 100, lines: int = 30
    ) -> None:
        self._master, self._slave = pty.openpty()
        self.resize(columns, lines)
        self.before = self.modes()
        self.written = ""
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env={**environment, "TERM": "xterm-256color"},
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            start_new_session=True,
            preexec_fn=self._own,  # noqa: PLW1509  # it is one system call
        )

    def _own(self) -> None:
        # The controlling terminal, so that Ctrl-C and Ctrl-Z reach it as signals.
        fcntl.ioctl(self._slave, termios.TIOCSCTTY, 0)

    def resize(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def modes(self) -> list[Any]:
        """How the terminal treats what is typed."""
        return termios.tcgetattr(self._slave)

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def picture(self) -> list[str]:
        """The lines of the newest picture that was drawn from the top, without colours."""
        newest = self.written.rpartition(_HOME)[2]
        return [line.rstrip() for line in _ESCAPES.sub("", newest).replace("\r", "").split("\n")]

    def until(self, condition: Callable[[], Any], what: str) -> None:
        """Reads what is written until `condition` holds."""
        deadline = time.monotonic() + SECONDS
        while not condition():
            assert time.monotonic() < deadline, f"waited for {what}:\n" + "\n".join(self.picture())
            if select.select([self._master], [], [], 0.05)[0]:
                self._read()

    def shows(self, *texts: str) -> None:
        """Waits until a picture has all of these texts."""
        self.until(lambda: all(text in "\n".join(self.picture()) for text in texts), f"{texts}")

    def ended(self) -> int:
        """The exit code, when it has ended and all was read."""
        self.until(lambda: self.process.poll() is not None, "the end")
        while select.select([self._master], [], [], 0)[0]:
            self._read()
        return self.process.returncode

    def close(self) -> None:
        with suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()
        os.close(self._master)
        os.close(self._slave)

    def _read(self) -> None:
        try:
            self.written += os.read(self._master, 65_536).decode(errors="replace")
        except OSError as error:
            if error.errno != errno.EIO:  # nobody has it open any more
                raise
