"""Whether a change costs speed: ask + tell over HTTP of two commits, in turns on the same machine.

    python benchmarks/commits.py BEFORE [AFTER] [--runs N] [--seconds N] [--json]

Each commit is checked out into a folder of its own and measured by its own code, server and clients, on PostgreSQL; the libraries are those
installed here. AFTER is HEAD unless given. What counts is the ratio of two runs that followed each other: other load on the machine meets both.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table
from serving.server import with_bytecode

BATCHES = (1, 64)
PACKAGES = ("", "api", "workers", "migrations", "benchmarks")
MEASURE = """
import json, sys
from serving import load
from serving.postgres import postgres
from serving.server import quiet, serve

quiet()
rates = []
with postgres() as database:
    for batch in json.loads(sys.argv[1]):
        with serve(database.new(f"batch{batch}")) as server:
            found = load.ask_and_tell(server, clients=32, batch=batch, seconds=float(sys.argv[2]))
        rates.append(found.rate)
print(json.dumps(rates))
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", help="a commit")
    parser.add_argument("after", nargs="?", default="HEAD", help="another (HEAD)")
    parser.add_argument("--runs", type=int, default=10, help="of each commit, in turns (10)")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each load (5)")
    parser.add_argument("--json", action="store_true", help="JSON instead of a table")
    given = parser.parse_args()
    rates: dict[str, list[list[float]]] = {given.before: [], given.after: []}
    with tempfile.TemporaryDirectory() as folder:
        places = {commit: Path(folder, str(turn)) for turn, commit in enumerate(rates)}
        try:
            for commit, place in places.items():
                _git("worktree", "add", "--detach", str(place), commit)
                _measure(place, 1.0)  # the first start compiles the modules
            turns = [list(places), list(places)[::-1]]
            for run in track(
                range(given.runs), "measuring", console=Console(stderr=True), disable=not sys.stderr.isatty()
            ):
                for commit in turns[run % 2]:
                    rates[commit].append(_measure(places[commit], given.seconds))
        finally:
            for place in places.values():
                _git("worktree", "remove", "--force", str(place))
    rows = [_row(batch, [rates[commit] for commit in places], turn) for turn, batch in enumerate(BATCHES)]
    if given.json:
        print(json.dumps(rows, indent=2))
    else:
        _show(rows, given)
    return 0


def _git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=Path(__file__).parent, check=True, capture_output=True)


def _measure(checkout: Path, seconds: float) -> list[float]:
    """Trials a second, one for each of BATCHES."""
    path = os.pathsep.join(str(checkout / package) for package in PACKAGES)
    command = [sys.executable, "-P", "-c", MEASURE, json.dumps(BATCHES), str(seconds)]
    environment = with_bytecode() | {"PYTHONPATH": path}
    said = subprocess.run(command, cwd=checkout, env=environment, check=True, capture_output=True, text=True)
    found: list[float] = json.loads(said.stdout)
    return found


def _row(batch: int, rates: list[list[list[float]]], turn: int) -> dict[str, Any]:
    before, after = ([run[turn] for run in side] for side in rates)
    ratios = sorted(new / old for old, new in zip(before, after, strict=True))
    return {"batch": batch, "before": median(before), "after": median(after), "ratios": ratios}


def _show(rows: list[dict[str, Any]], given: argparse.Namespace) -> None:
    table = Table(title=f"ask + tell over HTTP, 32 clients, trials/s: median of {given.runs} runs in turns")
    for heading in ("at a time", given.before, given.after, "ratio: median", "lowest to highest"):
        table.add_column(heading)
    for row in rows:
        ratios = row["ratios"]
        spread = f"{ratios[0]:.3f} to {ratios[-1]:.3f}"
        rates = f"{row['before']:,.0f}", f"{row['after']:,.0f}"
        table.add_row(str(row["batch"]), *rates, f"{median(ratios):.3f}", spread)
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
