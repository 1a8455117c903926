"""Child processes: each in a process group of its own, its output in a log file, none left behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

LOG_LIMIT = 10_000_000
"""A log above this many bytes is moved aside, once, before more is appended."""


class Child:
    """A running process of ours.

    Ctrl-C in the terminal reaches the parent alone, which then stops its children in the order that it needs. A parent that is
    killed takes them with it where the system can (Linux), or else they would go on holding the database.
    """

    def __init__(self, name: str, command: Sequence[str], log: Path) -> None:
        """Starts it; what it logs is meant for people."""
        self.name = name
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        if log.exists() and log.stat().st_size > LOG_LIMIT:
            log.replace(log.with_suffix(".old.log"))
        with log.open("ab") as output:
            self._start = output.tell()
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "HPSEARCH_LOG_FORMAT": "console"},
                process_group=0,
                preexec_fn=_die_with_parent(),  # noqa: PLW1509  # nothing here has started a thread yet
            )

    @property
    def exit_code(self) -> int | None:
        """How it ended, negative for a signal; None while it runs."""
        return self._process.poll()

    def wait(self, seconds: float) -> int | None:
        """How it ended; None when it still runs after so long."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self._process.poll()

    def stop(self, seconds: float) -> None:
        """Asks it to end, and kills it, with all that it started, when it has not after so long, or when interrupted meanwhile."""
        try:
            if self.exit_code is None:
                self._process.terminate()
                self.wait(seconds)
        finally:
            if self.exit_code is None:
                with suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()

    def ending(self) -> str:
        """How it ended, in words."""
        code = self.exit_code
        if code is not None and code < 0:
            return f"was killed by {signal.Signals(-code).name}"
        return "is running" if code is None else f"ended with exit code {code}"

    def tail(self, lines: int = 15) -> str:
        """The end of what it wrote."""
        with self.log.open("rb") as written:
            written.seek(max(self._start, self.log.stat().st_size - 64_000))
            text = written.read().decode(errors="replace")
        return "\n".join(text.rstrip().splitlines()[-lines:])


def _die_with_parent() -> Callable[[], None] | None:
    """What the child does before it becomes its program: asks Linux for SIGTERM when its parent dies."""
    if not sys.platform.startswith("linux"):
        return None
    import ctypes

    prctl = ctypes.CDLL(None).prctl
    pr_set_pdeathsig = 1
    parent = os.getpid()

    def ask() -> None:
        prctl(pr_set_pdeathsig, signal.SIGTERM)
        if os.getppid() != parent:  # it died before the call
            os._exit(1)

    return ask
