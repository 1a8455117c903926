"""What the service does in a second, and how long workers wait for it, beside Optuna on the same PostgreSQL.

    python benchmarks/service.py [--seconds N] [--workers N] [--trials N] [--only throughput|first-ask|renewals] [--json]

Server, PostgreSQL and clients share this machine. PostgreSQL comes from a wheel, durable as it is by default, unless
HPSEARCH_BENCH_POSTGRES_URL names another.
"""

import argparse
import json
import os
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table
from serving import latency, load, long_study, peer
from serving.postgres import Postgres, postgres
from serving.server import quiet, serve

BATCH = 64
NEW_WORKERS = 9


@dataclass(frozen=True)
class Line:
    """One measurement of both sides; `reached` says whether the goal is met."""

    what: str
    hpsearch: str
    optuna: str
    goal: str
    reached: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=15.0, help="of each load (15)")
    parser.add_argument("--workers", type=int, default=32, help="clients, and Optuna's worker processes (32)")
    parser.add_argument("--trials", type=int, default=10_000, help="finished trials of the long study (10,000)")
    parser.add_argument("--only", choices=sorted(PARTS), help="this part alone")
    parser.add_argument("--json", action="store_true", help="JSON instead of a table")
    given = parser.parse_args()
    quiet()
    warnings.simplefilter("ignore")  # Optuna's, about what is experimental
    with postgres() as database:
        machine = f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} before, PostgreSQL {database.version}"
        lines = [line for name, part in PARTS.items() if given.only in (None, name) for line in part(database, given)]
    if given.json:
        print(json.dumps({"machine": machine, "lines": [asdict(line) for line in lines]}, indent=2))
        return
    table = Table(title=machine, caption="clients, server and PostgreSQL share the machine")
    for heading in ("", "hpsearch", "Optuna", "goal", "reached"):
        table.add_column(heading)
    for line in lines:
        table.add_row(line.what, line.hpsearch, line.optuna, line.goal, "yes" if line.reached else "no")
    Console().print(table)


def throughput(database: Postgres, given: argparse.Namespace) -> Iterator[Line]:
    """Random search over four parameters: trials asked for and told, by the same number of workers."""
    url = database.new("optuna")
    peer.create(url, "load")
    workers = peer.Workers(url, "load", "random", given.workers)
    workers.do("run 1")
    theirs = sum(workers.do(f"run {given.seconds}")) / given.seconds
    workers.close()
    for batch, times in ((1, 10), (BATCH, 60)):
        with serve(database.new(f"batch{batch}")) as server:
            ours = load.ask_and_tell(server, clients=given.workers, batch=batch, seconds=given.seconds)
        ratio = ours.rate / theirs
        asks = f"ask p50 {1000 * median(ours.asks):.0f} ms, p99 {1000 * _quantile(ours.asks, 0.99):.0f} ms"
        yield Line(
            f"ask + tell over HTTP, {given.workers} clients, "
            + ("one at a time" if batch == 1 else f"{batch} at a time"),
            f"{ours.rate:,.0f} trials/s ({asks})",
            f"{theirs:.1f} trials/s ({given.workers} processes, one at a time)",
            f">= {times} x: {ratio:.0f} x",
            ratio >= times,
        )


def first_ask(database: Postgres, given: argparse.Namespace) -> Iterator[Line]:
    """A new worker on a long study: TPE, ten parameters."""
    url = database.new("optuna_long")
    peer.create(url, long_study.NAME)
    long_study.fill_optuna(url, given.trials)
    began = time.perf_counter()
    worker = peer.Workers(url, long_study.NAME, "tpe", 1)
    [theirs] = worker.do("ask")
    theirs_started = time.perf_counter() - began
    worker.close()
    url = database.new("long")
    long_study.fill(url, given.trials)
    with serve(url) as server:  # the first start compiles the modules, which an installation has compiled
        latency.first_ask(server, "warm-up")
    with serve(url) as server:
        latency.first_ask(server, "first")
        started = time.perf_counter() - server.started
        ours = [latency.first_ask(server, f"new-{number}") for number in range(NEW_WORKERS)]
    what = f"first ask of a new worker, {given.trials:,} finished trials"
    yield Line(
        f"{what}, running server",
        f"{median(ours):.3f} s (worst of {NEW_WORKERS}: {max(ours):.3f} s)",
        f"{theirs:.2f} s",
        "< 0.5 s",
        max(ours) < 0.5,
    )
    yield Line(
        f"{what}, from the start of a process",
        f"{started:.2f} s (server)",
        f"{theirs_started:.2f} s (worker)",
        "< 2 s",
        started < 2,
    )


def renewals(database: Postgres, given: argparse.Namespace) -> Iterator[Line]:
    """Renewals of 16 workers, each ten times a second, while another asks for 64 trials of the long study at a time."""
    with tempfile.TemporaryDirectory() as folder:
        addresses = {"PostgreSQL": database.new("renew"), "SQLite": f"sqlite:///{Path(folder, 'renew.db')}"}
        for name, url in addresses.items():
            long_study.fill(url, given.trials)
            with serve(url) as server:
                latency.first_ask(server, "warm-up")
                found = latency.renew_during_asks(server, given.seconds)
            p99 = 1000 * _quantile(found.latencies, 0.99)
            suggested = f"{found.granted / sum(found.asks):.0f} suggestions/s meanwhile"
            yield Line(
                f"renewals during asks for {latency.BATCH}, {given.trials:,} finished trials, {name}",
                f"p50 {1000 * median(found.latencies):.0f} ms, p99 {p99:.0f} ms ({suggested})",
                "none with ask and tell",
                "p99 < 100 ms",
                p99 < 100,
            )


PARTS: dict[str, Callable[[Postgres, argparse.Namespace], Iterator[Line]]] = {
    "throughput": throughput,
    "first-ask": first_ask,
    "renewals": renewals,
}


def _quantile(values: list[float], part: float) -> float:
    return sorted(values)[int(part * len(values))]


if __name__ == "__main__":
    main()
