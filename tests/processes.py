"""Real processes of ours for integration tests: servers and workers, with folders of their own, ended with their test."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from patience import SECONDS

TOKEN = "a-token-of-these-tests"
"""The admin token of the servers, and what workers use."""


def wait_until(condition: Callable[[], Any], what: str, seconds: float = SECONDS) -> Any:
    """Looks again and again until `condition` is true, and gives what it gave."""
    deadline = time.monotonic() + seconds
    while True:
        if found := condition():
            return found
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.02)  # between two looks; nothing depends on it


class Processes:
    """Starts modules of ours in `folder`; `close` kills what still runs."""

    def __init__(self, folder: Path, token: str = TOKEN) -> None:
        self.folder = folder
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("HPSEARCH_")},
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_STATE_HOME": str(folder / "state"),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "HPSEARCH_TOKEN": token,
            "HPSEARCH_ADMIN_TOKEN": token,
            "HPSEARCH_LOG_FORMAT": "console",
        }
        self._started: list[subprocess.Popen[bytes]] = []

    def start(self, module: str, *arguments: str, log: str = "log", **environment: str) -> subprocess.Popen[bytes]:
        """Starts `python -m module`; its output is in the file `log`."""
        with (self.folder / log).open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=self.folder,
                env={**self.environment, **environment},
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )
        self._started.append(process)
        return process

    def log(self, name: str = "log") -> str:
        return (self.folder / name).read_text(errors="replace")

    def serve(self, database: Path | str, port: int = 0, **environment: str) -> tuple[subprocess.Popen[bytes], str]:
        """A server that listens, and its address; `database` is the path of a SQLite file, or an address."""
        process, ready = self.start_server(database, port, **environment)
        wait_until(lambda: ready.exists() or process.poll() is not None, "the server to listen")
        assert process.poll() is None, self.log("server.log")
        return process, json.loads(ready.read_text())["address"]

    def start_server(
        self, database: Path | str, port: int = 0, **environment: str
    ) -> tuple[subprocess.Popen[bytes], Path]:
        """A server that starts, and the file that it writes when it listens."""
        url = f"sqlite:///{database}" if isinstance(database, Path) else database
        ready = self.folder / f"ready-{len(self._started)}.json"
        options = ["--port", str(port), "--database-url", url, "--ready-file", str(ready)]
        return self.start("hpsearch_api", *options, log="server.log", **environment), ready

    def work(
        self, address: str, *arguments: str, log: str = "worker.log", **environment: str
    ) -> subprocess.Popen[bytes]:
        """A worker."""
        return self.start("hpsearch_workers", "--server", address, *arguments, log=log, **environment)

    def verify(self, database_url: str, *client_logs: Path, replay: bool = False) -> str:
        """What the checker says of the accounts of a database that balance; fails where they do not."""
        command = [sys.executable, "-m", "hpsearch.service.verify", "--database-url", database_url]
        command += [part for log in client_logs for part in ("--client-log", str(log))]
        command += ["--replay"] * replay
        checked = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stdout + checked.stderr
        return (checked.stdout + checked.stderr).strip()

    def close(self) -> None:
        for process in self._started:
            with suppress(ProcessLookupError):
                process.kill()
            process.wait()


def children(pid: int) -> list[int]:
    """Process ids of the children of a process."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
    return found


def kill_children(pid: int, number: int = signal.SIGKILL) -> None:
    """Kills the children of a process."""
    for child in children(pid):
        os.kill(child, number)
