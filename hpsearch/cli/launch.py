"""Commands that are programs of their own: this process becomes them, so that signals and exit codes are theirs."""

import os
import sys
from collections.abc import Mapping
from typing import Annotated, NoReturn

import typer

from hpsearch.cli import extras
from hpsearch.cli.options import Concurrency, DatabaseUrl, Json, Lanes, Server


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on. [HPSEARCH_HOST]")] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on; 0 takes a free one. [HPSEARCH_PORT]", min=0, max=65535)
    ] = None,
    database_url: DatabaseUrl = None,
    log_format: Annotated[
        str | None, typer.Option(metavar="json|console", help="Log lines for machines or people. [HPSEARCH_LOG_FORMAT]")
    ] = None,
) -> None:
    """Serve the REST API, and the pages for browsers.

    On a terminal it prints a link that signs in once, within 5 minutes.
    """
    extras.need_server(database_url, "the server")
    options = {"--host": host, "--port": port, "--database-url": database_url, "--log-format": log_format}
    become("hpsearch_api", flags(options))


def worker(
    server: Server = None,
    name: Annotated[str | None, typer.Option(help="Name of the worker; host name and process id without it.")] = None,
    study: Annotated[list[str] | None, typer.Option(help="Only this study; may be repeated.")] = None,
    objective: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MODULE:FUNCTION", help="An objective of your own that this worker runs; may be repeated."
        ),
    ] = None,
    concurrency: Concurrency = None,
    lanes: Lanes = None,
    gpus: Annotated[str | None, typer.Option(metavar="all|N", help="One worker on each of the GPUs.")] = None,
    until_finished: Annotated[
        bool, typer.Option("--until-finished", help="End when the studies are finished.")
    ] = False,
) -> None:
    """Train trials for a server."""
    if not objective:
        extras.need("worker", "a worker of the built-in objectives")
    options = {"--server": server, "--name": name, "--concurrency": concurrency, "--lanes": lanes, "--gpus": gpus}
    arguments = flags(options)
    for option, values in (("--study", study), ("--objective", objective)):
        for value in values or ():
            arguments += [option, value]
    # The user's modules are looked for in the current folder, so this one is not started with -P.
    become("hpsearch_workers", arguments + ["--until-finished"] * until_finished, safe_path=False)


def upgrade(database_url: DatabaseUrl = None, as_json: Json = False) -> None:
    """Bring the schema up to this release."""
    _migrations("upgrade", database_url, as_json)


def current(database_url: DatabaseUrl = None, as_json: Json = False) -> None:
    """Show the schema's version."""
    _migrations("current", database_url, as_json)


def token(
    name: Annotated[str, typer.Option(help="Whose it is: what histories show.")] = "admin",
    project: Annotated[str, typer.Option(help="The project that it opens.")] = "default",
    database_url: DatabaseUrl = None,
    as_json: Json = False,
) -> None:
    """Make an admin token with access to the database alone.

    For whoever has lost the last one. A server that holds a SQLite file must be stopped first.
    """
    _migrations("token", database_url, as_json, {"--name": name, "--project": project})


def _migrations(
    command: str, database_url: str | None, as_json: bool, options: Mapping[str, object] | None = None
) -> NoReturn:
    extras.need_server(database_url, "the database")
    given = flags({**(options or {}), "--database-url": database_url})
    become("hpsearch_migrations", [command, *given, *["--json"] * as_json])


def verify(
    study: Annotated[str | None, typer.Argument(metavar="STUDY", help="Only this study.")] = None,
    project: Annotated[
        str | None, typer.Option(help="Only the studies of this project; those of all without it.")
    ] = None,
    database_url: DatabaseUrl = None,
    client_log: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            help="What a client noted under HPSEARCH_CLIENT_LOG; may be repeated, give those of all workers.",
        ),
    ] = None,
    replay: Annotated[
        bool, typer.Option("--replay", help="Also compute every suggestion again, under the same optuna and numpy.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check that the accounts of a database balance.

    Every trial was handed out and counted exactly once, and only moved as it may. Exit code 1 when that is not so. With the
    clients' logs also that all they were told is stored, and nothing else.
    """
    extras.need_server(database_url, "verify")
    options = {"--project": project, "--database-url": database_url}
    arguments = ([study] if study else []) + flags(options) + ["--json"] * as_json
    arguments += ["--replay"] * replay
    for path in client_log or ():
        arguments += ["--client-log", path]
    become("hpsearch.service.verify", arguments)


def flags(options: Mapping[str, object]) -> list[str]:
    """The options that were given, as arguments."""
    return [part for name, value in options.items() if value is not None for part in (name, str(value))]


def python(module: str, *, safe_path: bool = True) -> list[str]:
    """The command that runs a module in this Python; with `safe_path` no file of the current folder can stand in for a library."""
    return [sys.executable, *(["-P"] if safe_path else []), "-m", module]


def become(module: str, arguments: list[str], *, safe_path: bool = True) -> NoReturn:
    """Replaces this process by a module of ours."""
    command = python(module, safe_path=safe_path) + arguments
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, command)  # noqa: S606  # our own Python, our own module
