"""Four workers on one server and PostgreSQL; one worker is killed halfway, one is told to end: are the accounts right?

    python benchmarks/fleet.py [--trials N] [--json]

A random search of 200 trials and a grid of 144 points; then every trial is looked at, and `hpsearch verify` replays the history. Exit
code 1 when anything is not as it should be.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from serving.postgres import postgres
from serving.server import TOKEN, Server, serve, with_bytecode

from hpsearch.client import Client

LEASE_SECONDS = "5"
SIDE = 12
OBJECTIVE = """
import time

def train(trial):
    for step in range(1, 6):
        trial.report(step, trial.params["x"] / step)
        time.sleep(0.01)
    return float(trial.params["x"])
"""
STUDIES: list[dict[str, Any]] = [
    {"name": "random", "space": {"x": {"type": "float", "low": 0.0, "high": 1.0}}, "sampler": {"name": "random"}},
    {
        "name": "grid",
        "space": {name: {"type": "int", "low": 1, "high": SIDE} for name in ("x", "y")},
        "sampler": {"name": "grid"},
    },
]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=200, help="trials of the random search (200)")
    parser.add_argument("--json", action="store_true", help="JSON instead of a table")
    given = parser.parse_args()
    os.environ["HPSEARCH_LEASE_SECONDS"] = LEASE_SECONDS
    with postgres() as database:
        url = database.new("fleet")
        with serve(url) as server, Client(server.address, TOKEN) as client:
            began = time.perf_counter()
            with _workers(server, client, given.trials) as workers:
                _search(client, workers, (given.trials + SIDE**2) // 2)
            seconds = time.perf_counter() - began
            rows = [_row(client, "random", given.trials), _row(client, "grid", SIDE**2)]
            checked = subprocess.run(
                [sys.executable, "-m", "hpsearch.service.verify", "--database-url", url, "--json"],
                capture_output=True,
                text=True,
                check=False,
            )
    violations = json.loads(checked.stdout)["violations"]
    if given.json:
        print(json.dumps({"seconds": seconds, "studies": rows, "violations": violations}, indent=2))
    else:
        _show(rows, violations, seconds)
    return int(bool(violations) or not all(row["right"] for row in rows))


@contextmanager
def _workers(server: Server, client: Client, trials: int) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """The studies, and four worker processes on them."""
    for study in STUDIES:
        budget = {"max_trials": trials} if study["name"] == "random" else {}
        client.create_study({"objective": "fleet_objective:train", "metric": "v", "budget": budget, **study})
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "fleet_objective.py").write_text(OBJECTIVE)
        arguments = ["--server", server.address, "--objective", "fleet_objective:train", "--until-finished"]
        arguments += ["--study", "random", "--study", "grid"]
        environment = with_bytecode() | {"HPSEARCH_TOKEN": TOKEN, "HPSEARCH_SPOOL": folder}
        workers = {
            name: subprocess.Popen(
                [sys.executable, "-m", "hpsearch_workers", "--name", name, *arguments],
                cwd=folder,
                env=environment,
                stderr=subprocess.DEVNULL,
            )
            for name in ("killed", "ended", "third", "fourth")
        }
        try:
            yield workers
        finally:
            for worker in workers.values():
                worker.kill()
                worker.wait()


def _search(client: Client, workers: dict[str, subprocess.Popen[bytes]], half: int) -> None:
    while sum(study.counts.final for study in client.list_studies()) < half:
        time.sleep(0.05)
    workers["killed"].kill()
    workers["ended"].send_signal(signal.SIGTERM)
    for name in ("ended", "third", "fourth"):
        workers[name].wait()


def _row(client: Client, study: str, wanted: int) -> dict[str, Any]:
    """What became of one study."""
    trials = [client.get_trial(study, trial.number) for trial in client.list_trials(study)]
    points = {json.dumps(trial.params, sort_keys=True) for trial in trials}
    ends = Counter(attempt.end or "open" for trial in trials for attempt in trial.history)
    completed = [sum(attempt.end == "completed" for attempt in trial.history) for trial in trials]
    right = [trial.number for trial in trials] == list(range(wanted)) and completed == [1] * wanted
    return {
        "study": study,
        "trials": len(trials),
        "final": sum(trial.state.is_final for trial in trials),
        "completed more than once": sum(times > 1 for times in completed),
        "distinct points": len(points),
        "attempts": dict(ends),
        "right": right and len(points) == wanted,
    }


def _show(rows: list[dict[str, Any]], violations: list[dict[str, Any]], seconds: float) -> None:
    table = Table(title="4 workers; at half time one was killed and one told to end")
    for heading in rows[0]:
        table.add_column(heading)
    for row in rows:
        table.add_row(
            *(
                ", ".join(f"{k} {v}" for k, v in cell.items()) if isinstance(cell, dict) else str(cell)
                for cell in row.values()
            )
        )
    console = Console()
    console.print(table)
    for violation in violations:
        console.print(violation)
    console.print(f"{seconds:.1f} s; verify: {len(violations)} violations")


if __name__ == "__main__":
    sys.exit(main())
