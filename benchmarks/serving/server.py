"""A server process, as a user starts it."""

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

TOKEN = "the-token-of-the-benchmark"
START_SECONDS = 30.0


@dataclass(frozen=True)
class Server:
    """Where a server listens, its process, and when (time.perf_counter) it was started."""

    address: str
    pid: int
    started: float

    @property
    def host_and_port(self) -> tuple[str, int]:
        host, port = self.address.removeprefix("http://").rsplit(":", 1)
        return host, int(port)


def quiet() -> None:
    """Leaves the logs of what runs in this process at errors."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))


def with_bytecode() -> dict[str, str]:
    """The environment, in which compiled modules are kept as in any installation, but in a folder of their own."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return environment | {"PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir(), "hpsearch-bench-bytecode"))}


@contextmanager
def serve(database_url: str) -> Iterator[Server]:
    """`python -m hpsearch_api` on this database; stopped by SIGTERM at the end."""
    folder = Path(tempfile.mkdtemp(prefix="hpsearch-bench-"))
    ready = folder / "ready.json"
    environment = with_bytecode() | {
        "HPSEARCH_REQUESTS_PER_SECOND": "1000000",
        "HPSEARCH_ADMIN_TOKEN": TOKEN,
        "XDG_CONFIG_HOME": str(folder),
    }
    arguments = ["--port", "0", "--database-url", database_url, "--ready-file", str(ready), "--log-level", "warning"]
    started = time.perf_counter()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "hpsearch_api", *arguments], env=environment, stderr=log
        )
    try:
        while not ready.exists():
            if process.poll() is not None or time.perf_counter() - started > START_SECONDS:
                raise RuntimeError(f"the server did not start: {(folder / 'log').read_text()}")
            time.sleep(0.005)
        yield Server(json.loads(ready.read_text())["address"], process.pid, started)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
