"""One server process: its socket, its signals, and an end that loses no request."""

import asyncio
import gc
import json
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import uvicorn
from fastapi import FastAPI

from hpsearch.errors import InvalidInput
from hpsearch.settings import Settings
from hpsearch_api.app import create_app

KEEP_ALIVE_SECONDS = 75
"""Longer than clients keep idle connections, so that none is closed under a request on its way."""
SHUTDOWN_SECONDS = 30
"""How long a slow reader of an answer can hold up the end."""


def run(settings: Settings, ready_file: Path | None = None) -> int:
    """Serves until SIGTERM (returns 0) or SIGINT (returns 130); in-flight requests finish, long polls answer at once.

    `ready_file` is written when requests are answered, and removed at the end. Raises InvalidInput when the address cannot be
    listened on, and what `open_database` raises; nothing was served then.
    """
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        lifespan="off",  # run here instead, so that its errors reach the caller
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    with _listen(settings) as listener, asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        return runner.run(_serve(app, _Server(config, app, ready_file), listener))


async def _serve(app: FastAPI, server: "_Server", listener: socket.socket) -> int:
    async with app.router.lifespan_context(app):
        await server.serve(sockets=[listener])
    return 130 if server.stopped_by == signal.SIGINT else 0


class _Server(uvicorn.Server):
    """Uvicorn's server with what is ours at the start and the end."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, ready_file: Path | None) -> None:
        super().__init__(config)
        self.stopped_by: int | None = None
        self._app = app
        self._ready_file = ready_file

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        gc.freeze()  # what is loaded by now stays; to walk over it at each collection took a third of the time under load
        # A sampler computes in Python for a second on end; at the default of 5 ms each step of a renewal would wait that long for it.
        sys.setswitchinterval(0.0005)
        assert sockets
        database = self._app.state.database
        address = _address(sockets[0])
        link = f"{address}{self._app.state.link.draw()}"
        ready = {"address": address, "pid": os.getpid(), "database": database, "link": link}
        sys.stderr.write(f"hpsearch serves {address} from {database}\n")
        # Where it is kept, as in a file or a container's log, others may read it within its five minutes.
        if sys.stderr.isatty():
            sys.stderr.write(f"Signs in once, within 5 minutes: {link}\n")
        sys.stderr.flush()
        if self._ready_file:
            _write_atomically(self._ready_file, json.dumps(ready))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._ready_file:
            self._ready_file.unlink(missing_ok=True)
        await self._app.state.service.stop_waiting()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.stopped_by = self.stopped_by or sig
        super().handle_exit(sig, frame)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As in uvicorn, but the signal is not raised again at the end: it was obeyed, and the exit code says so."""
        before = {sig: signal.signal(sig, self.handle_exit) for sig in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for sig, handler in before.items():
                signal.signal(sig, handler)


def _listen(settings: Settings) -> socket.socket:
    """Takes the address before the database is touched; callers that connect meanwhile wait."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind)
    except OSError as error:
        raise InvalidInput.at("host", f"{settings.host} is no address of this machine: {error.strerror}") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise InvalidInput.at(
            "port", f"cannot listen on {settings.host}:{settings.port}: {error.strerror}; 0 takes a free port"
        ) from None
    return listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # it is replaced, not listened on
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def _write_atomically(path: Path, text: str) -> None:
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.touch(mode=0o600)  # it has the link that signs in
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)
