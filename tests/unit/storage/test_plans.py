"""Query plans: what the service does while it serves reads no table of trials, attempts or reports from end to end."""

import re
from contextlib import contextmanager
from datetime import timedelta

import pytest
from lab import TERM, lab_on
from sqlalchemy import event, insert, select, text

from hpsearch.storage.tables import artifacts, attempts, events, reports, studies, trials
from hpsearch.trial import TrialState

pytestmark = pytest.mark.anyio

LARGE = {"trials", "attempts", "reports", "events", "artifacts"}
OPEN_OR_WAITING = {"ix_attempts_worker", "ix_attempts_expires", "uq_attempts_open", "ix_trials_waiting"}
"""Indexes of the few rows that are open, or wait for their time, now: these may be read from end to end."""
ROWS = 3000
"""Finished trials of a study beside the one that is served, so that an index is worth it."""


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture(autouse=True)
def _own_folders(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def lab(anyio_backend, request):
    url = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    async with lab_on(url) as lab:
        await lab.create("old", pruner={"name": "asha"})
        await lab.patch("old", state="finished")
        study_id = fill(lab.database, lab.clock.now)
        await lab.create(
            pruner={"name": "asha"}, sampler={"name": "tpe", "n_startup_trials": 1}, attempts={"errors": 9}
        )
        yield lab
        with lab.database.write() as connection:  # its rows were made up: its accounts need not balance
            for table in (reports, events, attempts, artifacts, trials):
                connection.execute(table.delete().where(table.c.study_id == study_id))
            connection.execute(studies.delete().where(studies.c.id == study_id))


def fill(database, now):
    """A finished study of many trials with an attempt, two reports, an artifact and two events each."""
    with database.read() as connection:
        study_id = connection.execute(select(studies.c.id)).scalar_one()
    numbers = range(ROWS)
    plain = {"study_id": study_id, "seq": 2}
    trial = plain | {
        "state": "completed", "params": {"x": 0.5}, "seed": 0, "view_seq": 1, "final_seq": 2, "enqueued": False,
        "attempts": 1, "errors": 0, "expiries": 0, "releases": 0, "values": [0.5], "metrics": {}, "created_at": now,
        "started_at": now,
    }  # fmt: skip
    attempt = {"study_id": study_id, "number": 1, "worker": "old", "position": 0, "request_digest": "", "started_at": now,
               "expires_at": now, "ended_at": now, "end": "completed", "decision": "continue"}  # fmt: skip
    with database.write() as connection:
        later = [now + timedelta(seconds=number) for number in numbers]
        connection.execute(
            insert(trials),
            [trial | {"number": n, "value": n / 7 % 1, "finished_at": later[n]} for n in numbers],
        )
        connection.execute(
            insert(attempts), [attempt | {"trial": n, "token": f"old-{n}", "request_id": f"old-{n}"} for n in numbers]
        )
        report = plain | {"attempt": 1, "value": 0.5, "metrics": {}, "at": now, "current": True}
        connection.execute(
            insert(reports), [report | {"trial": n, "step": step, "rung": step} for n in numbers for step in (1, 2)]
        )
        connection.execute(
            insert(artifacts),
            [{"study_id": study_id, "trial": n, "name": "log", "attempt": 1, "content": 1} for n in numbers],
        )
        line = plain | {"from_state": "running", "to_state": "completed", "cause": "completed", "who": "old", "at": now}
        connection.execute(studies.update().values(next_number=ROWS, completed=ROWS))
        connection.execute(insert(events), [line | {"trial": n, "position": n + 1} for n in numbers])
    with database.write() as connection:
        connection.execute(text("ANALYZE"))
    return study_id


@contextmanager
def listening(database):
    """Every statement that is carried out, with one set of its parameters."""
    heard = {}

    def hear(connection, cursor, statement, parameters, context, executemany):
        heard[statement] = parameters[0] if executemany else parameters

    engines = {database.writer, database._reader}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", hear)
    yield heard
    for engine in engines:
        event.remove(engine, "before_cursor_execute", hear)


def full_scans(database, statement, parameters):
    """What a statement reads from end to end."""
    if not re.match(r"\s*(SELECT|UPDATE|DELETE|WITH)", statement):
        return []
    with database.write() as connection:
        if database.is_sqlite:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            return [line for *_, line in plan if _scans_sqlite(line)]
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        # The plan for all values of the parameters: what a prepared statement may be left with.
        numbers = {name: place for place, name in enumerate(parameters, 1)}
        general = re.sub(r"%\((\w+)\)s", lambda found: f"${numbers[found[1]]}", statement)
        ((plan,),) = connection.exec_driver_sql(f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {general}").all()
        return list(_scans_postgres(plan[0]["Plan"]))


def _scans_sqlite(line):
    found = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", line)
    return found and found[1] in LARGE and found[2] not in OPEN_OR_WAITING


def _scans_postgres(node):
    index = node.get("Index Name")
    kind = node["Node Type"]
    large = node.get("Relation Name") in LARGE
    if large and kind == "Seq Scan":
        yield f"{kind} on {node['Relation Name']}"
    if kind in ("Index Scan", "Index Only Scan", "Bitmap Index Scan") and "Index Cond" not in node:
        table = node.get("Relation Name") or (index or "").split("_")[1]
        if table in LARGE and index not in OPEN_OR_WAITING:
            yield f"{kind} of all {index}"
    for below in node.get("Plans", ()):
        yield from _scans_postgres(below)


async def everything(lab):
    """Every call of the service that a worker, a person or a dashboard makes all the time."""
    first, second, third, fourth = [await lab.ask_one(request_id=f"r{number}") for number in range(4)]
    await lab.ask(1, request_id="r0")
    await lab.report(first, 1, 0.5)
    await lab.report(second, 1, 0.7)
    await lab.report(first, 1, 0.5)
    await lab.renew(first, second, status={"lanes": 1})
    await lab.complete(first, artifacts={"log": 1})
    await lab.complete(first, artifacts={"log": 1})
    await lab.ask_one()
    await lab.fail(third)
    await lab.release(fourth)
    again = await lab.ask_one()
    await lab.report(again, 1, 0.5)
    await lab.enqueue(request_id="e", params={"x": 0.5})
    await lab.enqueue(request_id="e", params={"x": 0.5})
    await lab.cancel(0 + 1)
    await lab.expire()
    await lab.renew(again)
    await lab.pass_time(TERM)
    await lab.asked(wait_seconds=0.01, studies=["old"])
    service = lab.service
    for sort in ("number", "-number", "value", "-value", "finished_at", "-finished_at"):
        page = await service.list_trials("old", sort=sort, limit=5, cursor=None)
        await service.list_trials("old", sort=sort, limit=5, cursor=page.next_cursor)
    await service.list_trials("old", states=[TrialState.COMPLETED], where=["value<0.5"], limit=5, cursor=None)
    await service.get_trial("old", 7)
    await service.list_reports("old", 7, 5, None)
    await service.trial_history("old", 7, 5, None)
    await service.get_artifact("old", 7, "log")
    await service.best("old")
    await service.best("s")
    await lab.pages("s")
    await service.list_studies(5, None)
    await service.list_workers(5, None)
    await service.list_tests("old")
    await service._waiting._look()
    await lab.patch(state="paused")
    await lab.patch(state="active")
    await lab.patch(state="finished")


async def test_no_large_table_is_read_from_end_to_end(lab):
    with listening(lab.database) as heard:
        await everything(lab)
    assert len(heard) > 30
    found = {
        statement: scans
        for statement, parameters in heard.items()
        if (scans := full_scans(lab.database, statement, parameters))
    }
    assert not found, "\n".join(f"{scans} in {statement}" for statement, scans in found.items())


async def test_a_grid_looks_up_the_points_that_are_taken(lab):
    space = {"a": {"type": "int", "low": 0, "high": 9}}
    with listening(lab.database) as heard:
        await lab.create("grid", sampler={"name": "grid"}, space=space)
        await lab.enqueue("grid", params={"a": 1})
        await lab.ask(3, studies=["grid"])
    assert any("grid_index" in statement and statement.startswith("SELECT trials.grid_index") for statement in heard)
    assert [full_scans(lab.database, *one) for one in heard.items() if full_scans(lab.database, *one)] == []


async def test_a_full_scan_would_be_seen(lab):
    for query in ("trials WHERE reason = 'x'", "attempts WHERE decision = 'x'", "reports WHERE value > 0", "events"):
        assert full_scans(lab.database, f"SELECT * FROM {query}", ())
    assert full_scans(lab.database, "SELECT * FROM trials ORDER BY study_id, number", ())
