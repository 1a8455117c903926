"""The log of a SQLite database (its WAL) is cut at a random byte, as a crash of the machine may leave it.

A pass means: whatever the cut, the database opens, in the state after some commit, and after a later one the more is left; `hpsearch verify`
finds nothing; a service on it answers `lost` for the leases that are gone, takes the work of the others, and its accounts balance afterwards.
CI: 100 cuts. Large, 2,000:

    HPSEARCH_EFFORT=20 pytest tests/faults/processes/test_wal.py
"""

import random
import shutil
from contextlib import contextmanager
from hashlib import sha256

import pytest
from databases import open_quickly
from effort import seconds, tries
from lab import Clock, lab_in
from sqlalchemy import select

from hpsearch.storage.tables import attempts, metadata
from hpsearch_migrations import open_database

pytestmark = pytest.mark.anyio

CUTS = tries(100)


@pytest.fixture
def anyio_backend():
    return "asyncio"


def state_of(database):
    """A fingerprint of all that is stored."""
    with database.read() as connection:
        rows = [connection.execute(select(table)).all() for table in metadata.sorted_tables]
    return sha256(repr([sorted(map(repr, found)) for found in rows]).encode()).hexdigest()


def note_states(database):
    """Notes the state after each commit from now on; the log grows to the end."""
    states = [state_of(database)]
    write = database.write

    @contextmanager
    def noted():
        with write() as connection:
            connection.exec_driver_sql("PRAGMA wal_autocheckpoint = 0")
            yield connection
        states.append(state_of(database))

    database.write = noted
    return states


async def live(lab):
    """Some of everything; the tokens that were granted."""
    await lab.create(budget={"max_trials": 200})
    leases = []
    for turn in range(12):
        granted = await lab.ask(4)
        leases += granted
        for step in (1, 2):
            await lab.report_all(*({"lease": one.lease, "step": step, "value": 0.1 * turn} for one in granted))
        await lab.renew(*granted)
        await lab.complete(granted[0])
        await (lab.fail if turn % 2 else lab.release)(granted[1])
        await lab.enqueue(params={"x": 0.5})
        if turn % 4 == 3:
            await lab.patch(state="paused")
            await lab.patch(state="active")
            await lab.expire()
            await lab.renew(granted[2])
            await lab.cancel(granted[3].trial)
    return [lease.lease for lease in leases]


@pytest.mark.slow
@pytest.mark.timeout(seconds(300))
async def test_a_log_that_is_cut_anywhere_leaves_an_earlier_state(tmp_path, monkeypatch, tables):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    clock = Clock()
    whole, cut = tmp_path / "whole.db", tmp_path / "cut.db"
    database = open_quickly(f"sqlite:///{whole}", clock)
    states = note_states(database)
    async with lab_in(database, clock) as lab:
        tokens = await live(lab)
        for suffix in ("", "-wal"):
            shutil.copy(f"{whole}{suffix}", f"{tmp_path / 'kept'}{suffix}")
    log = (tmp_path / "kept-wal").read_bytes()
    cuts = sorted([len(log), *random.Random(1).choices(range(len(log)), k=CUTS)])
    reached = [await look(tmp_path, cut, log[:length], states, tokens, clock) for length in cuts]
    assert reached == sorted(reached)
    assert reached[-1] == len(states) - 1
    assert len(set(reached)) > min(CUTS, len(states)) / 4
    tables.add("SQLite's log cut", {("cuts", ""): CUTS})
    tables.note("SQLite's log cut", f"of {len(log):,} bytes; they left {len(set(reached))} of {len(states)} states")


async def look(folder, cut, log, states, tokens, clock):
    """Which state is left; a service goes on from there."""
    for leftover in folder.glob("cut.db*"):
        leftover.unlink()
    shutil.copy(folder / "kept", cut)
    (folder / "cut.db-wal").write_bytes(log)
    database = open_database(f"sqlite:///{cut}", clock)
    place = states.index(state_of(database))
    with database.read() as connection:
        known = set(connection.execute(select(attempts.c.token)).scalars())
    if not has_studies(database):
        assert not known
        database.close()
        return place
    async with lab_in(database, clock) as lab:
        assert lab.violations() == []
        await answers(lab, tokens, known)
    return place


def has_studies(database):
    with database.read() as connection:
        return connection.execute(select(metadata.tables["studies"].c.id)).first() is not None


async def answers(lab, tokens, known):
    """Leases that vanished are lost, to every verb; the open ones of the others are still good."""
    items = [{"lease": token, "step": 3, "value": 0.1} for token in tokens]
    reported = {item.lease: item for item in await lab.report_all(*items)}
    ends = [{"lease": token, "state": "completed", "values": (0.25,)} for token in tokens]
    told = {item.lease: item for item in await lab.tell_all(*ends)}
    for token in tokens:
        if token not in known:
            assert (reported[token].decision, reported[token].code) == ("lost", "lease_unknown")
            assert (told[token].accepted, told[token].code) == (False, "lease_unknown")
        else:
            assert reported[token].code in (None, "lease_lost")
            assert told[token].accepted == (reported[token].code is None)
