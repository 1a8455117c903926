import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from patience import SECONDS
from terminals import Terminal

# A shell lets what it starts in the background ignore Ctrl-C, and so would all that the tests start.
PROGRAM = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from hpsearch.cli.main import main
sys.exit(main())
"""
HPSEARCH = [sys.executable, "-c", PROGRAM]


class Desk:
    """A folder with an account of its own, from which command lines are run as processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.work = folder / "work"
        self.work.mkdir()
        # COLUMNS and LINES would hold against the size of a terminal.
        ours = ("HPSEARCH_", "COLUMNS", "LINES")
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        for name in ("CONFIG", "DATA", "STATE", "CACHE"):
            self.environment[f"XDG_{name}_HOME"] = str(folder / name.lower())
        self.started: list[subprocess.Popen[str]] = []
        self.terminals: list[Terminal] = []

    def start(self, *arguments: object) -> subprocess.Popen[str]:
        command = [*HPSEARCH, *(str(argument) for argument in arguments)]
        process = subprocess.Popen(
            command, cwd=self.work, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.started.append(process)
        return process

    def terminal(self, *arguments: object) -> Terminal:
        """A command line in a terminal of its own."""
        terminal = Terminal([*HPSEARCH, *(str(argument) for argument in arguments)], self.work, self.environment)
        self.terminals.append(terminal)
        return terminal

    def run(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=SECONDS)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def write(self, name: str, text: str) -> Path:
        path = self.work / name
        path.write_text(text)
        return path

    def close(self) -> None:
        for terminal in self.terminals:
            terminal.close()
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.communicate(timeout=SECONDS)


@pytest.fixture
def desk(tmp_path):
    desk = Desk(tmp_path)
    yield desk
    desk.close()


def until(condition: Callable[[], object], process: subprocess.Popen[str]) -> None:
    """Waits for something outside this process, while `process` runs."""
    end = time.monotonic() + SECONDS
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.02)


def children(pid: int) -> dict[str, int]:
    """The ids of the child processes by the module that they run."""
    found = {}
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        words = Path(f"/proc/{child}/cmdline").read_bytes().decode().split("\0")
        if "-m" in words:
            found[words[words.index("-m") + 1]] = int(child)
    return found


@pytest.fixture(name="until")
def _until():
    return until


@pytest.fixture(name="children")
def _children():
    return children
