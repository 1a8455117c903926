"""What killed workers cost a search: the best of 256 TPE trials by the share of trials whose worker is killed, against Optuna's RDBStorage.

Eight workers train at the same time, in virtual time; a trial takes a minute, give or take half of it. A killed worker says nothing, and
another takes its place. Ours: the service, whose lease of such a trial expires, and which hands it out again. Optuna, as its users run
workers: each with `study.ask` and `study.tell` on a common RDBStorage; a trial whose worker was killed stays in the state RUNNING.
The function is Hartmann's in six dimensions; what is shown is how far the best value is from its minimum, over seeds.

    python benchmarks/search_under_faults.py [--seeds N] [--trials N] [--shares P ...] [--json]
"""

import argparse
import asyncio
import heapq
import json
import logging
import random
import sys
import warnings
from datetime import UTC, datetime, timedelta
from itertools import count
from statistics import mean, median, stdev
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import optuna
from pydantic import SecretStr
from rich.console import Console
from rich.progress import track
from rich.table import Table
from scipy.stats import mannwhitneyu
from serving.server import TOKEN, quiet

from hpsearch.service import Service
from hpsearch.settings import Settings
from hpsearch.study import Study
from hpsearch.validation import parse
from hpsearch.wire import verbs
from hpsearch_migrations import open_database

WORKERS = 8
MINUTE = 60.0
SWEEP_SECONDS = 5.0
NAMES = [f"x{place}" for place in range(6)]

_WEIGHTS = np.array([1.0, 1.2, 3.0, 3.2])
_SHAPES = np.array(
    [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
)
_PLACES = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)
MINIMUM = -3.32237
"""Of Hartmann's function in [0, 1]^6 (Dixon and Szego, Towards Global Optimisation 2, 1978)."""


def value(params: dict[str, float]) -> float:
    """Hartmann's function."""
    point = np.array([params[name] for name in NAMES])
    return float(-_WEIGHTS @ np.exp(-(_SHAPES * (point - _PLACES) ** 2).sum(axis=1)))


class Fate:
    """How long each training takes, and whether it is killed before its end; drawn from a seed in the order of the grants."""

    def __init__(self, seed: int, share: float) -> None:
        self._random = random.Random(f"{seed} {share}")
        self._share = share

    def draw(self) -> tuple[float, bool]:
        """Seconds, and whether the worker is killed after them."""
        killed = self._random.random() < self._share
        seconds = self._random.uniform(0.5, 1.5) * MINUTE
        return (self._random.uniform(0.0, seconds), True) if killed else (seconds, False)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20, help="searches for each figure (20)")
    parser.add_argument("--trials", type=int, default=256, help="budget of a search (256)")
    parser.add_argument("--shares", type=float, nargs="+", default=[0.0, 0.1, 0.3], help="killed workers (0 0.1 0.3)")
    parser.add_argument("--json", action="store_true", help="JSON instead of a table")
    given = parser.parse_args()
    quiet()
    optuna.logging.set_verbosity(logging.ERROR)
    warnings.simplefilter("ignore")
    rows = []
    jobs = [(share, seed) for share in given.shares for seed in range(given.seeds)]
    found: dict[tuple[str, float], list[tuple[float, int]]] = {}
    for share, seed in track(jobs, "searching", console=Console(stderr=True), disable=not sys.stderr.isatty()):
        found.setdefault(("hpsearch", share), []).append(asyncio.run(ours(given.trials, share, seed)))
        found.setdefault(("Optuna", share), []).append(optunas(given.trials, share, seed))
    for share in given.shares:
        sides = {name: found[name, share] for name in ("hpsearch", "Optuna")}
        p = mannwhitneyu(*([best for best, _ in side] for side in sides.values())).pvalue
        rows += [row(name, share, side, p) for name, side in sides.items()]
    if given.json:
        print(json.dumps(rows, indent=2))
    else:
        show(rows, given)
    return 0


async def ours(trials: int, share: float, seed: int) -> tuple[float, int]:
    """The best value, and the number of completed trials."""
    now = [datetime(2030, 1, 1, tzinfo=UTC)]
    begin = now[0]
    service = await Service.open(
        open_database("sqlite:///:memory:", lambda: now[0]), Settings(admin_token=SecretStr(TOKEN)), tick_seconds=None
    )
    space = {name: {"type": "float", "low": 0.0, "high": 1.0} for name in NAMES}
    sampler = {"name": "tpe", "seed": seed}
    study = {"name": "s", "objective": "m:f", "space": space, "sampler": sampler, "budget": {"max_trials": trials}}
    await service.create_study(parse(Study, study))
    fate, requests = Fate(seed, share), count()
    events: list[tuple[float, int, verbs.Lease | None]] = []
    best, free, swept = float("inf"), WORKERS, 0.0
    while True:
        while free:
            body = verbs.Ask(worker="w", request_id=str(next(requests)), count=1)
            leases = (await service.ask(body)).leases
            if not leases:
                break
            free -= 1
            elapsed = (now[0] - begin).total_seconds()
            seconds, killed = fate.draw()
            heapq.heappush(events, (elapsed + seconds, next(requests), None if killed else leases[0]))
        view = await service.get_study("s")
        if view.state == "finished":
            break
        if not events or swept + SWEEP_SECONDS <= events[0][0]:
            swept += SWEEP_SECONDS
            now[0] = begin + timedelta(seconds=swept)
            await service.sweep()
            continue
        at, _, lease = heapq.heappop(events)
        now[0] = begin + timedelta(seconds=at)
        free += 1
        if lease is not None:
            found = value(lease.params)
            best = min(best, found)
            item = {"lease": lease.lease, "state": "completed", "values": [found]}
            await service.tell(verbs.Tell.model_validate({"items": [item]}))
    completed = view.counts.completed
    await service.close()
    return best, completed


def optunas(trials: int, share: float, seed: int) -> tuple[float, int]:
    """The best value, and the number of completed trials."""
    space = {name: optuna.distributions.FloatDistribution(0.0, 1.0) for name in NAMES}
    with TemporaryDirectory(dir="/dev/shm") as folder:
        storage = optuna.storages.RDBStorage(f"sqlite:///{folder}/optuna.db")
        optuna.create_study(study_name="s", storage=storage)
        seeds = count(seed * 10_000)

        def worker() -> optuna.Study:
            return optuna.load_study(
                study_name="s", storage=storage, sampler=optuna.samplers.TPESampler(seed=next(seeds))
            )

        fate, order, events = Fate(seed, share), count(), []
        free = [worker() for _ in range(WORKERS)]
        elapsed, started, best, completed = 0.0, 0, float("inf"), 0
        while events or started < trials:
            while free and started < trials:
                study = free.pop()
                trial = study.ask(space)
                started += 1
                seconds, killed = fate.draw()
                heapq.heappush(events, (elapsed + seconds, next(order), study, trial, killed))
            elapsed, _, study, trial, killed = heapq.heappop(events)
            free.append(worker() if killed else study)
            if not killed:
                found = value(trial.params)
                best, completed = min(best, found), completed + 1
                study.tell(trial, found)
    return best, completed


def row(name: str, share: float, side: list[tuple[float, int]], p: float) -> dict[str, Any]:
    """One line of the table."""
    regrets = [best - MINIMUM for best, _ in side]
    return {
        "side": name,
        "share": share,
        "median_regret": median(regrets),
        "mean_regret": mean(regrets),
        "standard_error": stdev(regrets) / len(regrets) ** 0.5 if len(regrets) > 1 else 0.0,
        "completed": mean(completed for _, completed in side),
        "p": p,
    }


def show(rows: list[dict[str, Any]], given: argparse.Namespace) -> None:
    table = Table(title=f"best of {given.trials} TPE trials, {given.seeds} seeds: distance to the minimum")
    for heading in ("killed", "", "median", "mean", "completed trials", "p (Mann-Whitney)"):
        table.add_column(heading, justify="left" if not heading else "right")
    for row in rows:
        table.add_row(
            f"{row['share']:.0%}",
            row["side"],
            f"{row['median_regret']:.4f}",
            f"{row['mean_regret']:.4f} +- {row['standard_error']:.4f}",
            f"{row['completed']:.1f}",
            f"{row['p']:.3f}",
        )
    Console(width=110).print(table)


if __name__ == "__main__":
    sys.exit(main())
