"""The server and the worker that `run` starts for itself."""

import json
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hpsearch.cli.children import Child
from hpsearch.cli.launch import flags, python
from hpsearch.errors import Conflict, DatabaseUnavailable, HpsearchError, InvalidInput

START_SECONDS = 60.0
STOP_SECONDS = 15.0
"""Workers and servers need at most 10 s to give back what they hold."""
_POLL_SECONDS = 0.05
_REFUSALS = {2: InvalidInput, 4: Conflict, 5: DatabaseUnavailable}
"""What the server's exit codes mean where it does not begin to serve; its last words say why."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server of our own, listening. `link` signs a browser in to its dashboard, once, within 5 minutes."""

    child: Child
    address: str
    database: str
    link: str


def start_server(stack: ExitStack, database_url: str | None, log: Path, *, port: int | None) -> Server:
    """Starts a server on this machine (`port`: 0 for a free one, None for that of the settings), which `stack` stops; returns when it listens.

    Raises Conflict where another server holds the database, InvalidInput for a bad URL, HpsearchError where it does not come up.
    """
    with TemporaryDirectory(prefix="hpsearch-") as folder:
        ready = Path(folder, "ready.json")
        options = {"--host": "127.0.0.1", "--port": port, "--database-url": database_url, "--ready-file": ready}
        command = [*python("hpsearch_api"), *flags(options)]
        child = Child("server", command, log)
        stack.callback(child.stop, STOP_SECONDS)
        deadline = time.monotonic() + START_SECONDS
        while not ready.exists():
            if child.exit_code is not None:
                raise _refusal(child)
            if time.monotonic() > deadline:
                raise HpsearchError(f"The server did not come up in {START_SECONDS:.0f} s.\n{_log(child)}")
            time.sleep(_POLL_SECONDS)
        told = json.loads(ready.read_text())
        return Server(child, told["address"], told["database"], told["link"])


def _refusal(child: Child) -> HpsearchError:
    kind = _REFUSALS.get(child.exit_code or 0)
    if kind is None:
        return died(child)
    said = child.tail(lines=1).removeprefix("hpsearch: ")
    return kind(f"{said} (A search on a server that runs already: --server URL.)" if kind is Conflict else said)


def start_worker(
    stack: ExitStack, server: str, study: str, objective: str, options: Mapping[str, object], log: Path
) -> Child:
    """Starts a worker for one study, with further `options`, which `stack` stops.

    The user's own objective is looked for in the current folder.
    """
    own = is_own(objective)
    named = {"--server": server, "--study": study, "--objective": objective if own else None}
    command = [*python("hpsearch_workers", safe_path=not own), *flags({**named, **options})]
    child = Child("worker", [*command, "--until-finished"], log)
    stack.callback(child.stop, STOP_SECONDS)
    return child


def is_own(objective: str) -> bool:
    """Whether the objective is `module:attribute` of the user's code, not a built-in one."""
    return ":" in objective


def first_ended(children: Sequence[Child]) -> Child | None:
    """The first that does not run any more."""
    return next((child for child in children if child.exit_code is not None), None)


def died(child: Child) -> HpsearchError:
    """The error of a child that ended when it should not have, with the end of its log."""
    return HpsearchError(f"The {child.name} {child.ending()}.\n{_log(child)}")


def _log(child: Child) -> str:
    return f"The end of its log, {child.log}:\n{child.tail() or '(nothing)'}"
