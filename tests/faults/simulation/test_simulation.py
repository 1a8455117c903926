"""Deterministic simulation: the real service and the real clients in a world of its own time.

Three workers (supervisor, asker, courier, renewer, spool and client as they are; only the training is made up), a loop of the Python client
with its retries, and somebody who meddles and sends nonsense share two studies of a real service over SQLite. A seed draws what goes
wrong: requests and answers are lost, repeated, delayed and overtaken; the server crashes before and after commits; commits fail, or end
unknown; its clock jumps; workers are killed, at any write to their disk too, stall, and are cut off. Then faults stop. A pass means: every
trial became final, every worker ended with 0 and left nothing in its spool, every request was in its client's log, and on its worker's disk,
before the network saw it, no lease expired before its term, and `verify` with the clients' logs, and without them meanwhile, finds no violation.

CI: 100 seeds of 400 requests. Large: `HPSEARCH_EFFORT=200 pytest tests/faults/simulation`, 20,000 seeds. A seed that fails
prints the command that replays it.
"""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from effort import seconds, tries
from faults.simulation.history import COMMAND, database_for_many, run
from faults.simulation.network import VERBS

SUITE = "simulation"
PARTS = 10
ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _own_folders(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


@pytest.fixture(scope="module")
def database():
    database = database_for_many()
    yield database
    database.close_at_last()


@pytest.mark.timeout(seconds(300))
@pytest.mark.parametrize("part", range(PARTS))
def test_after_any_faults_the_accounts_balance(part, database, tables):
    seeds = range(part, tries(100), PARTS)
    counts: Counter[tuple[str, str]] = Counter()
    requests = trials = 0
    for seed in seeds:
        history = run(seed, database)
        requests, trials = requests + history.requests, trials + history.trials
        for (kind, met), count in history.counts.items():
            counts[kind, met if met in VERBS else "other"] += count
        assert history.wrong == [], (
            f"{history.wrong[:5]}\nafter {seed // PARTS + 1} histories; replay it: {COMMAND} {seed}"
        )
    tables.add(f"{SUITE}: faults by what they met", counts)
    tables.add(SUITE, {("histories", ""): len(seeds), ("requests", ""): requests, ("trials", ""): trials})


def test_a_seed_is_one_history(database):
    first, again, other = run(7, database), run(7, database), run(8, database)
    assert first.digest == again.digest
    assert first.lines == again.lines
    assert first.digest != other.digest
    assert first.requests >= 400


def test_another_process_replays_the_same_history(database, monkeypatch):
    paths = [ROOT / "tests", *map(Path, sys.path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths)), "PYTHONHASHSEED": "5"}
    command = [sys.executable, *COMMAND.split()[2:], "7"]
    replayed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=100)
    assert f"digest {run(7, database).digest}" in replayed.stdout
