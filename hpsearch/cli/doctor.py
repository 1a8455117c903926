"""`hpsearch doctor`: what is installed, configured and reachable, and what to do about the rest."""

import os
import platform
import shutil
import stat
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from hpsearch import __version__
from hpsearch.cli import extras, output
from hpsearch.cli.exits import ExitCode
from hpsearch.cli.options import Json, Server
from hpsearch.errors import HpsearchError, InvalidInput

if TYPE_CHECKING:
    from hpsearch.settings import Settings

LEAST_FREE_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: `ok`; `note` where something optional is not there; `problem` where something will not work."""

    topic: str
    status: Literal["ok", "note", "problem"]
    detail: str


def doctor(server: Server = None, as_json: Json = False) -> None:
    """Look at what is installed and reachable.

    Exit code 1 when something will not work.
    """
    found = list(_findings(server))
    if as_json:
        output.document([asdict(one) for one in found])
    else:
        output.table(("topic", "status", "detail"), [(one.topic, one.status, one.detail) for one in found])
    if any(one.status == "problem" for one in found):
        raise typer.Exit(ExitCode.FAILED)


def _findings(server: str | None) -> Iterator[Finding]:
    from hpsearch.settings import config_file, load

    yield Finding("python", "ok", f"{platform.python_version()} on {platform.platform()}")
    yield Finding("hpsearch", "ok", __version__)
    yield from (_extra(name) for name in extras.EXTRAS)
    file = config_file()
    try:
        settings = load(server=server)
    except InvalidInput as error:
        yield Finding("configuration", "problem", error.message)
        return
    yield Finding(
        "configuration", "ok" if file.exists() else "note", str(file) if file.exists() else f"{file} is not there"
    )
    yield _token(settings)
    yield _server(settings)
    yield _database(settings.database_url)
    yield _folder("checkpoints", settings.checkpoints)
    yield _folder("spool", settings.spool)
    yield _folder("cache", settings.cache)
    yield _gpus()


def _extra(name: str) -> Finding:
    absent = extras.missing(name)
    if absent:
        return Finding(name, "note", f"no {', '.join(absent)}; {extras.install(name)}")
    return Finding(name, "ok", ", ".join(extras.EXTRAS[name]))


def _token(settings: "Settings") -> Finding:
    from hpsearch.settings import token_file

    file = token_file()
    if settings.token is not None:
        return Finding("token", "ok", "HPSEARCH_TOKEN or the configuration file")
    if not file.exists():
        return Finding("token", "note", f"none; the first server on this account writes one to {file}")
    if file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return Finding("token", "problem", f"others can read {file}: chmod 600 {file}")
    return Finding("token", "ok", str(file))


def _server(settings: "Settings") -> Finding:
    from hpsearch.client import Client

    try:
        with Client(settings.server, settings.client_token(), timeout=5.0, retry_seconds=0) as client:
            client.ready()
            next(client.list_studies(), None)
    except HpsearchError as error:
        return Finding("server", "note", error.message)
    return Finding("server", "ok", settings.server)


def _database(url: str) -> Finding:
    from hpsearch.settings import without_secrets

    shown = without_secrets(url)
    if not url.startswith("sqlite:///") or url.endswith(":memory:"):
        return Finding("database", "ok", shown)
    file = Path(url.removeprefix("sqlite:///"))
    found = _folder("database", file.parent)
    return found if found.status == "problem" else Finding("database", "ok", f"{shown}; {found.detail}")


def _folder(topic: str, folder: Path) -> Finding:
    """Whether a folder can be written, or made, and has room."""
    there = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        return Finding(topic, "problem", f"{folder} cannot be written")
    free = shutil.disk_usage(there).free
    if free < LEAST_FREE_BYTES:
        return Finding(topic, "problem", f"{folder} has {free / 1e9:.1f} GB free")
    return Finding(topic, "ok", f"{folder}, {free / 1e9:.1f} GB free")


def _gpus() -> Finding:
    if find_spec("pynvml") is None:
        return Finding("gpus", "note", f"not looked for; {extras.install('gpu')}")
    import pynvml

    try:
        pynvml.nvmlInit()
        names = [
            str(pynvml.nvmlDeviceGetName(pynvml.nvmlDeviceGetHandleByIndex(at)))
            for at in range(pynvml.nvmlDeviceGetCount())
        ]
    except pynvml.NVMLError as error:
        return Finding("gpus", "note", f"none: {error}")
    return Finding("gpus", "ok" if names else "note", ", ".join(names) or "none")
