"""Real workers, servers and PostgreSQL under a seeded plan of kills, stops, restarts and a network that fails.

A pass means: after all of it every trial is completed, once, with the value that its parameters give; no lease expired before its term,
counted from when our proxy saw the request that renewed it; and `hpsearch verify --replay` finds nothing in the database, with the
workers' own logs of what they sent and heard: every suggestion of TPE is computed again.

CI: 12 workers, 2 servers, 300 trials; 40 kills of workers, 6 of servers, 2 restarts of PostgreSQL, 10 partitions, and 8 each of stopped
workers, delays, resets, dropped answers and half-open connections. Large, 20,000 trials with 2,000, 200, 50 and 200:

    HPSEARCH_EFFORT=70 pytest tests/faults/processes/test_chaos.py

Another plan: HPSEARCH_FAULTS_SEED=N.
"""

import asyncio
import os
import time
from collections import Counter
from datetime import UTC, datetime

import psycopg
import pytest
from effort import seconds
from faults.processes.chaos import AHEAD, LEASE_SECONDS, SERVERS, WORKERS, Chaos, Size, plan
from faults.processes.durable_postgres import DurablePostgres
from faults.processes.fleet import Fleet, until
from faults.processes.proxy import VERBS, Proxy
from processes import TOKEN

from hpsearch.client import Client
from hpsearch.errors import DatabaseUnavailable, InternalError, ServerUnreachable
from hpsearch.wire.studies import StudyPatch

SUITE = "real processes: exchanges that each fault met"
SEED = int(os.environ.get("HPSEARCH_FAULTS_SEED", "1"))
STUDY = {
    "name": "s",
    "objective": "mine:train",
    "metric": "v",
    "space": {name: {"type": "float", "low": 0.0, "high": 1.0} for name in ("x", "y")},
    "sampler": {"name": "tpe", "seed": SEED},
    # Here every trial is to be completed, however often its workers die.
    "attempts": {"errors": 100, "expiries": 1000, "releases": 100_000},
}


@pytest.fixture
def durable():
    server = DurablePostgres()
    yield server
    server.close()


@pytest.mark.postgres
@pytest.mark.slow
@pytest.mark.timeout(seconds(900))
def test_whatever_dies_every_trial_is_counted_once(tmp_path, durable, tables):
    asyncio.run(_search(tmp_path, durable, Size(), tables))


async def _search(folder, durable, size, tables):
    proxy = Proxy()
    fleet = Fleet(folder, proxy, durable.url, LEASE_SECONDS)
    begin = time.monotonic()
    try:
        await asyncio.gather(*(fleet.add_server() for _ in range(SERVERS)))
        await _command(proxy, lambda client: client.create_study({**STUDY, "budget": {"max_trials": AHEAD}}))
        for _ in range(WORKERS):
            await fleet.add_worker()

        async def allow(trials):
            patch = StudyPatch.model_validate({"budget": {"max_trials": trials}})
            await _command(proxy, lambda client: client.patch_study("s", patch))

        await Chaos(fleet, proxy, durable, allow, SEED).run(plan(size, SEED), size.trials)
        await _all_final(proxy, size.trials)
        assert set(await fleet.end_workers()) == {0}
        tables.add(SUITE, proxy.faults)
        tables.note(SUITE, f"{size}: {time.monotonic() - begin:.0f} s, {proxy.answers:,} answers")
        said = await asyncio.to_thread(fleet.processes.verify, durable.url, *fleet.logs, replay=True)
        tables.note(SUITE, f"hpsearch verify --replay: {said}")
    finally:
        await proxy.close()
        fleet.processes.close()
    _check_trials(durable.url, size.trials)
    tables.note(SUITE, f"what happened to trials: {_happened(durable.url)}")
    assert early_expiries(durable.url, proxy) == []
    _check_faults(proxy, size)


async def _command(proxy, command):
    """What an operator does, again until it is answered; he has a connection of his own."""

    def once():
        with Client(f"http://{proxy.servers[0]}", TOKEN, retry_seconds=0) as client:
            return command(client)

    found = []

    async def tries():
        if proxy.servers:
            try:
                found.append(await asyncio.to_thread(once))
            except (ServerUnreachable, DatabaseUnavailable, InternalError):
                await asyncio.sleep(0.1)

    async with asyncio.timeout(90):
        while not found:
            await tries()
            await asyncio.sleep(0)
    return found[0]


async def _all_final(proxy, trials):
    """Once faults have stopped, every trial becomes final."""
    final = 0
    while final < trials:
        before = len(proxy.ended)
        study = await _command(proxy, lambda client: client.get_study("s"))
        final = study.counts.final
        if final < trials:
            await until(lambda before=before: len(proxy.ended) > before, f"{trials} final trials; there are {final}")


def _check_trials(url, trials):
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT number, state, params, value FROM trials ORDER BY number").fetchall()
        ends = connection.execute(
            "SELECT trial, count(*) FROM attempts WHERE \"end\" = 'completed' GROUP BY 1"
        ).fetchall()
        steps = connection.execute("SELECT trial, count(*) FROM reports WHERE current GROUP BY 1").fetchall()
    assert [row[0] for row in rows] == list(range(trials))
    assert {row[1] for row in rows} == {"completed"}
    assert [row[3] for row in rows] == [params["x"] ** 2 + params["y"] for _, _, params, _ in rows]
    assert dict(ends) == dict.fromkeys(range(trials), 1)
    assert dict(steps) == dict.fromkeys(range(trials), 3)


def early_expiries(url, proxy):
    """Attempts that expired within a term after a request that renewed them was answered."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT token, at FROM events e JOIN attempts a ON (a.study_id, a.trial, a.number) = (e.study_id, e.trial, e.attempt)"
            " WHERE cause = 'expired'"
        ).fetchall()
    found = []
    for token, micros in rows:
        at = micros / 1e6
        for verb, began, answered in proxy.renewed[token]:
            if answered <= at < began + LEASE_SECONDS:
                found.append(f"expired at {datetime.fromtimestamp(at, UTC)}, {at - began:.3f} s after a {verb}")
    return found


def _happened(url):
    """How often each thing happened to a trial."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT cause, count(*) FROM events WHERE trial IS NOT NULL GROUP BY 1 ORDER BY 1"
        ).fetchall()
    return ", ".join(f"{cause} {count}" for cause, count in rows)


def _check_faults(proxy, size):
    """The plan was carried out: each kind as often as planned, and the ones that come often met every verb."""
    met = Counter()
    for (kind, _), count in proxy.faults.items():
        met[kind] += count
    assert met["worker killed"] == size.worker_kills
    assert met["server killed"] >= size.server_kills
    assert met["database restarted"] >= size.database_restarts
    assert met["partition"] >= size.partitions
    for kind in ("worker killed", "worker stopped", "partition", "delay", "reset", "answer dropped", "half-open"):
        assert all(proxy.faults[kind, verb] for verb in VERBS), kind
