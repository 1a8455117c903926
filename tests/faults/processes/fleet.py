"""Workers and servers as processes, and what is done to them."""

import asyncio
import itertools
import json
import os
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from faults.processes.proxy import Proxy
from patience import SECONDS
from processes import Processes

OBJECTIVE = '''
import time

def train(trial):
    """Says what its parameters give, whoever runs it, however often. Some are silent for longer than a lease lasts."""
    if trial.params["x"] * 1000 % 1 < 0.04:
        time.sleep(5.0)
    for step in range(1, 4):
        trial.report(step, trial.params["x"] / step)
        time.sleep(0.02)
    return trial.params["x"] ** 2 + trial.params["y"]
'''
DATABASE_AWAY = 5
"""The exit code of a server that cannot reach its database."""


async def until(condition: Callable[[], Any], what: str, progress: Callable[[], Any] = lambda: None) -> None:
    """Waits until `condition` is true, as long as `progress` gives something new within SECONDS."""
    loop = asyncio.get_running_loop()
    seen, since = progress(), loop.time()
    while not condition():
        now = progress()
        if now != seen:
            seen, since = now, loop.time()
        assert loop.time() - since < SECONDS, f"nothing moves any more: waited for {what}"
        await asyncio.sleep(0.02)  # between two looks


class Fleet:
    """Its workers reach the servers through the proxy alone."""

    def __init__(self, folder: Path, proxy: Proxy, database: str, lease_seconds: float) -> None:
        (folder / "mine.py").write_text(OBJECTIVE)
        self.processes = Processes(folder)
        self.workers: dict[str, subprocess.Popen[bytes]] = {}
        self.servers: dict[str, subprocess.Popen[bytes]] = {}
        self._addresses: dict[str, str] = {}
        self._connections: dict[str, int] = {}
        self._proxy = proxy
        self._database = database
        self._environment = {"HPSEARCH_LEASE_SECONDS": str(lease_seconds)}
        self._numbers = itertools.count()

    @property
    def logs(self) -> list[Path]:
        """What the workers noted of their requests."""
        return sorted(self.processes.folder.glob("*.requests"))

    async def add_worker(self, name: str | None = None) -> None:
        """Starts a worker, or a dead one again, which has the spool that it left."""
        name = name or f"worker-{next(self._numbers)}"
        if name not in self._addresses:
            self._addresses[name] = await self._proxy.listen(name)
        self._connections[name] = self._proxy.connections[name]
        self.workers[name] = self.processes.work(
            self._addresses[name],
            "--name",
            name,
            "--objective",
            "mine:train",
            log=f"{name}.log",
            HPSEARCH_CLIENT_LOG=str(self.processes.folder / f"{name}.requests"),
        )

    def signal(self, worker: str, number: int) -> None:
        if worker in self.workers:
            with suppress(ProcessLookupError):
                os.kill(self.workers[worker].pid, number)

    def kill_worker(self, name: str) -> None:
        worker = self.workers[name]
        worker.kill()
        worker.wait()

    async def bury_worker(self, name: str, *, for_good: bool) -> None:
        """Another takes the place of a dead worker: of the same name, or of a new one where its machine is gone."""
        del self.workers[name]
        if for_good:
            self._proxy.gone.add(name)
        await self.add_worker(None if for_good else name)

    async def add_server(self) -> None:
        """Starts a server, again while the database is away, as whoever supervises it does."""
        while True:
            process, ready = self.processes.start_server(self._database, **self._environment)
            await until(lambda ready=ready, process=process: ready.exists() or process.poll() is not None, "a server")
            if process.poll() is None:
                break
            assert process.returncode == DATABASE_AWAY, self.processes.log("server.log")
        place = json.loads(ready.read_text())["address"].removeprefix("http://")
        self.servers[place] = process
        self._proxy.servers.append(place)

    def kill_server(self, place: str) -> bool:
        """Whether it lived."""
        if place not in self.servers:
            return False
        self._proxy.servers.remove(place)
        process = self.servers.pop(place)
        process.kill()
        process.wait()
        return True

    async def end_workers(self) -> list[int]:
        """Ends them as an operator does, each once it has come up; their exit codes."""
        connections = self._proxy.connections
        for name in self.workers:
            await until(lambda name=name: connections[name] > self._connections[name], f"{name} to come up")
        for name in self.workers:
            self.signal(name, signal.SIGTERM)
        return list(await asyncio.gather(*(asyncio.to_thread(worker.wait, 60) for worker in self.workers.values())))
