"""What readers of the dashboard wait for on long studies, beside optuna-dashboard on the same trials.

    python benchmarks/dashboard.py [--trials N ...] [--times N] [--patience SECONDS] [--json]

Each trial has eight parameters and twenty reports. Servers, PostgreSQL and clients share this machine. PostgreSQL comes from a
wheel, durable as it is by default, unless HPSEARCH_BENCH_POSTGRES_URL names another. Our databases are checked with `hpsearch verify`.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table
from serving.postgres import Postgres, postgres
from serving.server import quiet, serve
from viewing import ours, peer_side, server_side, theirs
from viewing.server_side import Found, Line

MEMORY_GOAL = 400e6
OURS = ("SQLite", "PostgreSQL")
PEER = "optuna-dashboard"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--trials", type=int, nargs="+", default=[10_000, 100_000], help="of the studies (10,000 100,000)"
    )
    parser.add_argument("--times", type=int, default=40, help="requests of each kind (40)")
    parser.add_argument(
        "--patience", type=float, default=120.0, help="seconds to wait for one answer of the peer (120)"
    )
    parser.add_argument("--json", action="store_true", help="JSON instead of tables")
    given = parser.parse_args()
    quiet()
    found: dict[int, dict[str, Found]] = {}
    with postgres() as database, tempfile.TemporaryDirectory(prefix="hpsearch-bench-") as folder:
        machine = f"{os.cpu_count()} cores, PostgreSQL {database.version}"
        for trials in given.trials:
            before = os.getloadavg()[0]
            found[trials] = _measured(database, Path(folder), trials, given)
            load = f"load average {before:.1f} before, {os.getloadavg()[0]:.1f} after"
            if not given.json:
                _show(f"{trials:,} trials; {machine}, {load}", found[trials])
    if given.json:
        sides = {trials: {side: asdict(one) for side, one in sides.items()} for trials, sides in found.items()}
        print(json.dumps({"machine": machine, "trials": sides}, indent=2))


def _measured(database: Postgres, folder: Path, trials: int, given: argparse.Namespace) -> dict[str, Found]:
    addresses = (f"sqlite:///{folder / f'{trials}.db'}", database.new(f"long{trials}"))
    found = {}
    for side, address in zip(OURS, addresses, strict=True):
        ours.fill(address, trials)
        _verify(address)
        with serve(address) as server:
            found[side] = server_side.measure(server, trials, given.times)
    path = folder / f"optuna{trials}.db"
    theirs.fill(path, trials)
    with theirs.serve(path) as server:
        found[PEER] = peer_side.measure(server, trials, given.patience)
    return found


def _verify(address: str) -> None:
    """What is measured is what the service would have made; raises CalledProcessError where it is not."""
    command = [sys.executable, "-m", "hpsearch.service.verify", "--replay", "--database-url", address]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)


def _show(title: str, found: dict[str, Found]) -> None:
    table = Table(title=title, caption="seconds and milliseconds: p50 / p95")
    for heading in ("", *OURS, PEER, "goal", "reached"):
        table.add_column(heading)
    theirs_by_name = {line.what: line for line in found[PEER].lines}
    for lines in zip(*(found[side].lines for side in OURS), strict=True):
        peer = theirs_by_name.get(lines[0].what)
        goals = "" if lines[0].goal is None else f"p95 < {_time(lines[0].goal)}"
        if lines[0].first_goal is not None:
            goals += f", first byte {_time(lines[0].first_goal)}"
        reached = "" if lines[0].goal is None else "yes" if all(line.reached for line in lines) else "no"
        table.add_row(lines[0].what, *map(_said, lines), _said(peer) if peer else "", goals, reached)
    memory = [found[side].memory["end"] for side in (*OURS, PEER)]
    reached = "yes" if max(memory[:2]) < MEMORY_GOAL else "no"
    table.add_row("memory of the server at the end", *(f"{size / 1e6:,.0f} MB" for size in memory), "< 400 MB", reached)
    growth = [found[side].memory["end"] - found[side].memory["before exports"] for side in OURS]
    table.add_row("what the exports added to it", *(f"{size / 1e6:,.0f} MB" for size in growth))
    Console(width=160).print(table)


def _said(line: Line) -> str:
    if line.p95 == float("inf"):
        return "no answer in time"
    said = _time(line.p50) if len(line.seconds) == 1 else f"{_time(line.p50)} / {_time(line.p95)}"
    if line.first_goal is not None:
        said += f", first byte {_time(server_side.quantile(line.first, 0.95))}"
    return said if line.size is None else f"{said} ({_size(line.size)})"


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{1000 * seconds:.0f} ms"


def _size(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size >= 1e6 else f"{size / 1e3:,.1f} kB"


if __name__ == "__main__":
    main()
