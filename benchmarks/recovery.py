"""How long the trial of a killed worker waits until another worker has it again, at default settings, against Optuna's heartbeat.

    python benchmarks/recovery.py [--kills N] [--json]

Each worker that is killed holds one trial, and dies at some moment between two renewals; another worker waits all the time. Optuna, as its
documentation has it: RDBStorage on SQLite with a heartbeat of 60 s and RetryHeartbeatStaleTrialCallback, and one worker that goes on with
trials of 5 s; and RDBStorage as it is by default. It takes about three minutes, which pass in waiting. Goal: a term and 20 s at most.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table
from serving.server import TOKEN, serve, with_bytecode

from hpsearch.client import Client
from hpsearch.settings import Settings

OBJECTIVE = """
import time

def train(trial):
    while trial.attempt == 1:
        time.sleep(1.0)
    return 0.0
"""
OPTUNA = """
import logging, sys, time
import optuna
from optuna.storages import RDBStorage, RetryHeartbeatStaleTrialCallback

optuna.logging.set_verbosity(logging.ERROR)
url, role, heartbeat = sys.argv[1:]
callback = RetryHeartbeatStaleTrialCallback()
how = {"heartbeat_interval": int(heartbeat), "heartbeat_stale_trial_callback": callback} if heartbeat != "0" else {}
study = optuna.create_study(storage=RDBStorage(url, **how), study_name="s", load_if_exists=True)

def train(trial):
    trial.suggest_float("x", 0.0, 1.0)
    again = RetryHeartbeatStaleTrialCallback.retried_trial_number(study.get_trials(deepcopy=False)[trial.number])
    print("trial", trial.number, -1 if again is None else again, time.time(), flush=True)
    time.sleep(1e6 if role == "victim" else 5.0)
    return 0.0

study.optimize(train, n_trials=None)
"""
RENEW_SHARE = 4
GOAL_MORE = 20.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=4, help="workers killed of each kind (4)")
    parser.add_argument("--json", action="store_true", help="JSON instead of a table")
    given = parser.parse_args()
    term = Settings().lease_seconds
    longest = term + 3 * GOAL_MORE
    moments = [Random(number).uniform(0.0, term / RENEW_SHARE) for number in range(given.kills)]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stack.callback(lambda: [process.kill() for process in started])
        started: list[subprocess.Popen[bytes]] = []

        def start(*arguments: str, log: str, **environment: str) -> subprocess.Popen[bytes]:
            with (folder / log).open("wb") as out:
                process = subprocess.Popen(
                    [sys.executable, *arguments],
                    cwd=folder,
                    env=with_bytecode() | environment,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                )
            started.append(process)
            return process

        sides = [Ours(stack, folder, start), Optunas(folder, start, 60), Optunas(folder, start, 0)]
        victims = [[side.victim(number) for number in range(given.kills)] for side in sides]
        for side in sides:
            side.rescue()
        begin = time.time()
        killed: list[list[float]] = [[0.0] * given.kills for _ in sides]
        for number in sorted(range(given.kills), key=moments.__getitem__):
            time.sleep(max(0.0, begin + moments[number] - time.time()))
            for turn, side in enumerate(victims):
                side[number].kill()
                killed[turn][number] = time.time()
        while time.time() < begin + longest and not all(len(side.back()) == given.kills for side in sides):
            time.sleep(1.0)
        rows = [_row(side.name, side.back(), killed[turn]) for turn, side in enumerate(sides)]
    if given.json:
        print(json.dumps({"goal": term + GOAL_MORE, "watched": longest, "sides": rows}, indent=2))
    else:
        _show(rows, term, longest)
    return int(len(rows[0]["seconds"]) < given.kills or max(rows[0]["seconds"]) > term + GOAL_MORE)


class Ours:
    """A server on SQLite; each victim has a study of one trial to itself, so that the trials are known apart."""

    name = "hpsearch"

    def __init__(self, stack: ExitStack, folder: Path, start: Callable[..., subprocess.Popen[bytes]]) -> None:
        (folder / "recovered.py").write_text(OBJECTIVE)
        server = stack.enter_context(serve(f"sqlite:///{folder / 'ours.db'}"))
        self._client = stack.enter_context(Client(server.address, TOKEN))
        self._start = start
        self._arguments = ["-m", "hpsearch_workers", "--server", server.address, "--objective", "recovered:train"]
        self._environment = {"HPSEARCH_TOKEN": TOKEN, "HPSEARCH_SPOOL": str(folder)}
        self._studies: list[str] = []

    def victim(self, number: int) -> subprocess.Popen[bytes]:
        study = f"s{number}"
        space = {"x": {"type": "float", "low": 0.0, "high": 1.0}}
        definition = {"name": study, "objective": "recovered:train", "metric": "v", "space": space}
        self._client.create_study({**definition, "budget": {"max_trials": 1}, "sampler": {"name": "random"}})
        self._studies.append(study)
        process = self._work(f"victim-{number}", "--study", study)
        while not self._client.get_study(study).counts.running:
            time.sleep(0.1)
        return process

    def rescue(self) -> None:
        self._work("rescuer", "--concurrency", str(len(self._studies)))

    def back(self) -> dict[int, float]:
        """When each trial was begun again, by the server's clock."""
        histories = [self._client.get_trial(study, 0).history for study in self._studies]
        return {n: history[1].started_at.timestamp() for n, history in enumerate(histories) if len(history) > 1}

    def _work(self, name: str, *more: str) -> subprocess.Popen[bytes]:
        return self._start(*self._arguments, "--name", name, *more, log=f"{name}.log", **self._environment)


class Optunas:
    """Workers of one study, with a heartbeat or without."""

    def __init__(self, folder: Path, start: Callable[..., subprocess.Popen[bytes]], heartbeat: int) -> None:
        (folder / "optuna_worker.py").write_text(OPTUNA)
        self.name = f"Optuna, heartbeat {heartbeat} s" if heartbeat else "Optuna, defaults"
        self._folder = folder
        self._start = start
        self._key = f"optuna-{heartbeat}"
        self._arguments = ["optuna_worker.py", f"sqlite:///{folder / self._key}.db"], str(heartbeat)
        self._trials: list[int] = []

    def victim(self, number: int) -> subprocess.Popen[bytes]:
        log = f"{self._key}-{number}.log"
        process = self._run("victim", log)
        while not (said := self._said(log)):
            if process.poll() is not None:
                raise RuntimeError((self._folder / log).read_text())
            time.sleep(0.1)
        self._trials.append(said[0][0])
        return process

    def rescue(self) -> None:
        self._run("rescuer", f"{self._key}-rescuer.log")

    def back(self) -> dict[int, float]:
        """When each trial was begun again, by the worker's clock."""
        again = {of: at for _, of, at in self._said(f"{self._key}-rescuer.log")}
        return {number: again[trial] for number, trial in enumerate(self._trials) if trial in again}

    def _run(self, role: str, log: str) -> subprocess.Popen[bytes]:
        script, heartbeat = self._arguments
        return self._start(*script, role, heartbeat, log=log)

    def _said(self, log: str) -> list[tuple[int, int, float]]:
        lines = [line.split() for line in (self._folder / log).read_text().splitlines() if line.startswith("trial ")]
        return [(int(number), int(of), float(at)) for _, number, of, at in lines]


def _row(name: str, back: dict[int, float], killed: list[float]) -> dict[str, Any]:
    return {"side": name, "kills": len(killed), "seconds": sorted(back[n] - killed[n] for n in back)}


def _show(rows: list[dict[str, Any]], term: float, longest: float) -> None:
    table = Table(title=f"the trial of a killed worker is begun again; a lease lasts {term:.0f} s")
    for heading in ("", "killed workers", "begun again", "median", "worst"):
        table.add_column(heading)
    for row in rows:
        seconds = row["seconds"]
        times = (
            [f"{median(seconds):.1f} s", f"{max(seconds):.1f} s"] if seconds else [f"not within {longest:.0f} s"] * 2
        )
        table.add_row(row["side"], str(row["kills"]), str(len(seconds)), *times)
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
