"""Servers that are forked from a process that has imported everything: one starts in a tenth of the time, and dies as any other."""

import json
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any

from processes import TOKEN, wait_until

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    ["faults.processes.forked", "hpsearch_api.server", "hpsearch_migrations", "optuna", "psycopg"]
)

PLACES = ("before the transaction", "before the commit", "after the commit", "before the answer", "after the answer")
COMMANDS = {"ask": "Ask", "report": "ReportValues", "tell": "TellEnds", "renew": "RenewLeases"}


class ForkedServer:
    """`hpsearch_api.server` on a free port. It dies at the failpoint that `arm` names, the first time that it comes there."""

    def __init__(self, folder: Path, database_url: str, log: str = "server.log") -> None:
        log_file = folder / log
        self._armed: Synchronized[int] = _FORKS.Value("i", -1)
        ready = folder / "ready.json"
        ready.unlink(missing_ok=True)
        environment = {"XDG_CONFIG_HOME": str(folder), "HPSEARCH_ADMIN_TOKEN": TOKEN, "HPSEARCH_LEASE_SECONDS": "60"}
        arguments = (environment, database_url, ready, log_file, self._armed)
        self._process = _FORKS.Process(target=_serve, args=arguments, daemon=True)
        self._process.start()
        wait_until(lambda: ready.exists() or not self._process.is_alive(), "the server to listen")
        assert self._process.is_alive(), log_file.read_text()
        self.address: str = json.loads(ready.read_text())["address"]

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def arm(self, verb: str, place: str) -> None:
        self._armed.value = list(COMMANDS).index(verb) * len(PLACES) + PLACES.index(place)

    def join(self) -> None:
        """Waits until it is dead."""
        self._process.join(30)
        assert self._process.exitcode == -signal.SIGKILL

    def kill(self) -> None:
        self._process.kill()
        self._process.join()


def _serve(
    environment: Mapping[str, str], database_url: str, ready: Path, log: Path, armed: "Synchronized[int]"
) -> None:
    from hpsearch.settings import load
    from hpsearch_api import logs, server

    os.environ.update(environment)
    sys.stderr = log.open("a", buffering=1)
    settings = load(port=0, database_url=database_url, log_format="console")
    logs.configure(settings)

    def reach(verb: str, place: str) -> None:
        if armed.value == list(COMMANDS).index(verb) * len(PLACES) + PLACES.index(place):
            os.kill(os.getpid(), signal.SIGKILL)

    _install(reach)
    sys.exit(server.run(settings, ready))


def _install(reach: Callable[[str, str], None]) -> None:
    """Puts the failpoints around what the server does, from outside: it knows nothing of them."""
    from hpsearch.service.writer import Writer
    from hpsearch.storage import Database
    from hpsearch_api.app import FastAPI

    verbs: list[str] = []
    names = {command: verb for verb, command in COMMANDS.items()}
    transaction, write, call = Writer._transaction, Database.write, FastAPI.__call__

    def reach_all(place: str) -> None:
        for verb in verbs:
            reach(verb, place)

    def watched_transaction(self: Writer, batch: Any) -> Any:
        # An ask that lacks suggestions does nothing yet; it comes back with them.
        ready = [one.command for one in batch if getattr(one.command, "_suggestions", ()) is not None]
        verbs[:] = [names[kind] for kind in (type(command).__name__ for command in ready) if kind in names]
        try:
            return transaction(self, batch)
        finally:
            verbs.clear()

    @contextmanager
    def watched_write(self: Database) -> Any:
        reach_all(PLACES[0])
        with write(self) as connection:
            yield connection
            reach_all(PLACES[1])
        reach_all(PLACES[2])

    async def watched_call(self: FastAPI, scope: Any, receive: Any, send: Any) -> None:
        verb = scope.get("path", "").rpartition("/")[2]

        async def watched_send(message: Any) -> None:
            if verb in COMMANDS:
                reach(verb, PLACES[3])
            await send(message)
            if verb in COMMANDS and message["type"] == "http.response.body":
                reach(verb, PLACES[4])

        await call(self, scope, receive, watched_send)

    Writer._transaction, Database.write, FastAPI.__call__ = watched_transaction, watched_write, watched_call  # type: ignore[method-assign]
