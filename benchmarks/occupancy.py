"""Whether lanes stay busy: 500 trials pruned by ASHA, of a network on scikit-learn's digits, by a real server (SQLite) and a real worker.

    python benchmarks/occupancy.py [--trials N] [--lanes K] [--sampler random|tpe] [--epochs N] [--json]

Occupancy: steps of lanes with a trial over steps of all lanes computed, from when the program is compiled until the last trial is handed
out. Overhead: the share of the training process's time from then until its last chunk that is no device time of a trial (steps and
validations). No compiled programs are kept on disk.
"""

import argparse
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

os.environ["JAX_ENABLE_COMPILATION_CACHE"] = "false"

from fitting import observed, served
from fitting.task import TASKS
from rich.console import Console
from rich.table import Table
from serving.server import TOKEN, quiet, serve

from hpsearch.client import Client
from hpsearch.wire.trials import TrialView

PARTS = 10


@dataclass(frozen=True)
class Notes:
    """What the training process noted (fitting/observed.py), from when its program was compiled until `until`."""

    lines: Sequence[dict[str, Any]]
    until: float

    @cached_property
    def begin(self) -> float:
        return max(
            line["at"] + line["seconds"]
            for line in self.of("compile")
            if line["function"] in ("start", "advance", "end")
        )

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["kind"] == kind]

    @cached_property
    def chunks(self) -> list[dict[str, Any]]:
        return [line for line in self.of("advance") if self.begin <= line["at"] < self.until]

    @property
    def occupancy(self) -> float:
        return _occupancy(self.chunks)

    @property
    def over_time(self) -> list[float]:
        """Occupancy of parts of equally many chunks."""
        bounds = [len(self.chunks) * part // PARTS for part in range(PARTS + 1)]
        return [_occupancy(self.chunks[first:last]) for first, last in pairwise(bounds) if last > first]

    @property
    def seconds(self) -> float:
        return self.chunks[-1]["at"] + self.chunks[-1]["seconds"] - self.chunks[0]["at"]

    def share(self, kind: str) -> float:
        """Of the time between the first and the last chunk."""
        first, last = self.chunks[0]["at"], self.chunks[-1]["at"]
        return sum(line["seconds"] for line in self.of(kind) if first <= line["at"] <= last) / self.seconds


def _occupancy(chunks: Sequence[dict[str, Any]]) -> float:
    return sum(one["steps"] * one["busy"] for one in chunks) / sum(one["steps"] * one["lanes"] for one in chunks)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=500, help="trials of the study (500)")
    parser.add_argument("--lanes", type=int, default=16, help="lanes of the program (16)")
    parser.add_argument("--sampler", choices=("random", "tpe"), default="random", help="of the study (random)")
    parser.add_argument("--epochs", type=int, default=27, help="of a trial that is never stopped (27)")
    parser.add_argument("--json", action="store_true", help="JSON instead of a table")
    given = parser.parse_args()
    quiet()
    figures = measure(given)
    if given.json:
        print(json.dumps(figures, indent=2))
    else:
        show(figures)
    return int(bool(figures["violations"]))


def measure(given: argparse.Namespace) -> dict[str, Any]:
    """Runs the study."""
    task = replace(TASKS["digits"], epochs=given.epochs)
    study = served.study("search", task, given.trials, pruner={"name": "asha"})
    # All samples that there are, and the batch size that studies have by themselves.
    settings = {
        "data": {"name": "digits"},
        "hidden_units": list(task.widths),
        "optimizer": "adamw",
        "max_epochs": task.epochs,
    }
    study |= {"settings": settings, "sampler": {"name": given.sampler, "seed": 0}}
    with TemporaryDirectory() as folder:
        database, notes = f"sqlite:///{folder}/hpsearch.db", Path(folder, "notes")
        notes.touch()
        with serve(database) as server, Client(server.address, TOKEN) as client:
            client.create_study(study)
            module = [str(Path(observed.__file__)), str(notes)]
            with served.worker(server.address, Path(folder), given.lanes, module) as process:
                served.wait(client, "search", process)
            trials = list(client.list_trials("search"))
            device_seconds = sum(_device_seconds(client, trial.number) for trial in trials)
        violations = _violations(database)
        last = max(trial.started_at.timestamp() for trial in trials)
        noted = Notes([json.loads(line) for line in notes.read_text().splitlines()], last)
    return figures(noted, trials, device_seconds) | {"violations": violations}


def figures(noted: Notes, trials: Sequence[TrialView], device_seconds: float) -> dict[str, Any]:
    """What to show."""
    compiled = Counter(line["function"] for line in noted.of("compile"))
    last = noted.of("work")[-1]
    seconds = last["at"] + last["seconds"] - noted.begin
    return {
        "trials": len(trials),
        "states": dict(Counter(trial.state.value for trial in trials)),
        "compiled": dict(compiled),
        "occupancy": noted.occupancy,
        "occupancy_over_time": noted.over_time,
        "epoch_steps": max(line["steps"] for line in noted.chunks),
        "chunks": len(noted.chunks),
        "seconds": noted.seconds,
        "advance_share": noted.share("advance"),
        "add_share": noted.share("add"),
        "turn_share": noted.share("work"),
        "seconds_in_all": seconds,
        "overhead": 1 - device_seconds / seconds,
    }


def show(figures: dict[str, Any]) -> None:
    table = Table(title=f"{figures['trials']} trials, {figures['seconds_in_all']:.1f} s")
    table.add_column("")
    table.add_column("", justify="right")
    table.add_column("goal")
    compiled = ", ".join(f"{name} {times}" for name, times in figures["compiled"].items())
    over_time = " ".join(f"{part:.0%}" for part in figures["occupancy_over_time"])
    for row in (
        ("ended", ", ".join(f"{name} {count}" for name, count in figures["states"].items()), ""),
        ("compilations", compiled, "1 each"),
        ("occupancy", f"{figures['occupancy']:.1%}", ">= 95 %"),
        ("occupancy over time", over_time, ""),
        ("overhead", f"{figures['overhead']:.1%}", "< 3 %"),
        ("time in compiled steps", f"{figures['advance_share']:.1%}", ""),
        ("time in setting up trials", f"{figures['add_share']:.1%}", ""),
        ("violations found by verify", str(len(figures["violations"])), "0"),
    ):
        table.add_row(*row)
    Console(width=120).print(table)


def _device_seconds(client: Client, number: int) -> float:
    return sum(attempt.device_seconds or 0.0 for attempt in client.get_trial("search", number).history)


def _violations(database: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "hpsearch.service.verify", "--database-url", database, "--json"]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    return json.loads(checked.stdout)["violations"]


if __name__ == "__main__":
    sys.exit(main())
