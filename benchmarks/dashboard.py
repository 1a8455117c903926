"""What readers of the dashboard wait for on long studies, beside optuna-dashboard on the same trials.

    python benchmarks/dashboard.py [--trials N ...] [--times N] [--seconds N] [--only server|browser] [--json]

Each trial has eight parameters and twenty reports. Servers, PostgreSQL, browser and clients share this machine. PostgreSQL comes from a
wheel, durable as it is by default, unless HPSEARCH_BENCH_POSTGRES_URL names another. Our databases are checked with `hpsearch verify`.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import cached_property
from math import inf
from pathlib import Path

from rich.console import Console
from rich.table import Table
from serving.postgres import Postgres, postgres
from serving.server import quiet, serve
from viewing import browser_side, ours, peer_side, server_side, theirs
from viewing.browser import chromium
from viewing.server_side import Found, Line

SQLITE, POSTGRES, PEER = "hpsearch, SQLite", "hpsearch, PostgreSQL", "optuna-dashboard"
Sides = dict[str, Found]
"""What was found by the name of each side."""
WIDTH = 160
PROBE = 0.5
"""Seconds of computing by which the machine's load is judged."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--trials", type=int, nargs="+", default=[10_000, 100_000], help="of the studies (10,000 100,000)"
    )
    parser.add_argument("--times", type=int, default=40, help="requests of each kind to the server (40)")
    parser.add_argument(
        "--seconds", type=float, default=60.0, help="for which the page is looked at while trials are told (60)"
    )
    parser.add_argument(
        "--patience", type=float, default=120.0, help="seconds to wait for one answer of the peer (120)"
    )
    parser.add_argument("--only", choices=sorted(PARTS), help="this part alone")
    parser.add_argument("--json", action="store_true", help="JSON instead of tables")
    given = parser.parse_args()
    quiet()
    found: dict[str, Sides] = {}
    with postgres() as database, tempfile.TemporaryDirectory(prefix="hpsearch-bench-") as folder:
        for trials in given.trials:
            study = _Study(database, Path(folder), trials)
            for name, part in PARTS.items():
                if given.only in (None, name):
                    before = _load()
                    sides = part(study, given)
                    machine = f"{os.cpu_count()} cores, PostgreSQL {database.version}"
                    found[f"{name}, {trials:,} trials; {machine}; {before} before, {_load()} after"] = sides
    if given.json:
        print(json.dumps({title: {side: asdict(one) for side, one in sides.items()} for title, sides in found.items()}))
        return
    for title, sides in found.items():
        _show(title, sides)


def _load() -> str:
    """The load, and what a process that computes gets of a core beside it: waits are that much longer than on a quiet machine."""
    wall, cpu = time.perf_counter(), time.process_time()
    while time.process_time() - cpu < PROBE:
        pass
    share = PROBE / (time.perf_counter() - wall)
    return f"load average {os.getloadavg()[0]:.1f} ({min(1.0, share):.0%} of a core)"


class _Study:
    """One long study in the databases of all sides, each filled when it is asked for first."""

    def __init__(self, database: Postgres, folder: Path, trials: int) -> None:
        self.trials = trials
        self._database = database
        self._folder = folder

    @cached_property
    def sqlite(self) -> str:
        return self._filled(f"sqlite:///{self._folder / f'{self.trials}.db'}")

    @cached_property
    def postgres(self) -> str:
        return self._filled(self._database.new(f"long{self.trials}"))

    @cached_property
    def optuna(self) -> Path:
        path = self._folder / f"optuna{self.trials}.db"
        theirs.fill(path, self.trials)
        return path

    def _filled(self, address: str) -> str:
        """What is measured is what the service would have made: raises CalledProcessError where it is not."""
        ours.fill(address, self.trials)
        command = [sys.executable, "-m", "hpsearch.service.verify", "--replay", "--database-url", address]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        return address


def _server(study: _Study, given: argparse.Namespace) -> Sides:
    found = {}
    for side, address in ((SQLITE, study.sqlite), (POSTGRES, study.postgres)):
        with serve(address) as server:
            found[side] = server_side.measure(server, study.trials, given.times)
    with theirs.serve(study.optuna) as server:
        found[PEER] = peer_side.measure(server, study.trials, given.patience)
    return found


def _browser(study: _Study, given: argparse.Namespace) -> Sides:
    found = {}
    ours_is, theirs_is = study.sqlite, study.optuna  # the browser's loop is not for filling
    with chromium() as browser:
        with serve(ours_is) as server:
            found[SQLITE] = browser_side.measure(browser, server, study.trials, given.seconds)
        with theirs.serve(theirs_is) as server:
            found[PEER] = browser_side.measure_peer(browser, server, given.patience)
    return found


PARTS: dict[str, Callable[[_Study, argparse.Namespace], Sides]] = {"server": _server, "browser": _browser}


def _show(title: str, found: Sides) -> None:
    table = Table(title=title, caption="one figure, or p50 / p95; CPU is the server's, the mean of a request")
    mine = [found[side] for side in found if side != PEER]
    for heading in ("", *found, "goal", "reached"):
        table.add_column(heading)
    peers = {line.what: line for line in found[PEER].lines}
    for lines in zip(*(side.lines for side in mine), strict=True):
        peer = peers.get(lines[0].what)
        reached = "" if lines[0].goal is None else "yes" if all(line.reached for line in lines) else "no"
        table.add_row(lines[0].what, *map(_said, lines), _said(peer) if peer else "", _goal(lines[0]), reached)
    for moment in dict.fromkeys(moment for side in found.values() for moment in side.memory):
        sizes = [f"{side.memory[moment] / 1e6:,.0f} MB" if moment in side.memory else "" for side in found.values()]
        table.add_row(f"memory: {moment}", *sizes)
    Console(width=WIDTH).print(table)


def _goal(line: Line) -> str:
    if line.goal is None:
        return ""
    first = "" if line.first_goal is None else f", first byte {_time(line.first_goal)}"
    return f"p95 < {_time(line.goal)}{first}"


def _said(line: Line) -> str:
    if line.p95 == inf:
        return "not in time"
    said = _time(line.p50) if len(line.seconds) == 1 else f"{_time(line.p50)} / {_time(line.p95)}"
    if line.first_goal is not None:
        said += f", first byte {_time(server_side.quantile(line.first, 0.95))}"
    if line.cpu:
        said += f", CPU {_time(sum(line.cpu) / len(line.cpu))}"
    return said if line.size is None else f"{said} ({_size(line.size)})"


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{1000 * seconds:.0f} ms"


def _size(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size >= 1e6 else f"{size / 1e3:,.1f} kB"


if __name__ == "__main__":
    main()
