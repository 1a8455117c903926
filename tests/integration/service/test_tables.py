"""Tables of studies: they say what the trials say, however they were brought up to date."""

from dataclasses import fields
from math import inf, nan

import numpy as np
import pytest

from hpsearch.analysis import STATES
from hpsearch.service import tables
from hpsearch.service.tables import Tables
from hpsearch.storage import queries
from hpsearch.trial import TrialState

pytestmark = pytest.mark.anyio

SPACE = {
    "rate": {"type": "float", "low": 0, "high": 1},
    "kind": {"type": "categorical", "choices": ["a", 1, True, None]},
    "momentum": {"type": "float", "low": 0, "high": 1, "when": {"kind": ["a", None]}},
    "fixed": {"type": "constant", "value": "x"},
}


def account(lab, name="s"):
    with lab.database.read() as connection:
        return queries.study_named(lab.database, connection, "default", name)


async def changes(lab):
    """One change of the study after another."""
    yield await lab.create(
        space=SPACE, pruner={"name": "threshold", "upper": 9.0, "lower": -9.0}, attempts={"errors": 2}
    )
    leases = await lab.ask(9)
    yield leases
    yield await lab.complete(leases[0], 0.5, metrics={"acc": nan, "loss": -inf}, device_seconds=1.5, best_step=0)
    lab.clock.forward(0.25)
    yield await lab.complete(leases[1], 0.25, metrics={"loss": 2.0})
    yield await lab.fail(leases[2], "diverged")
    yield await lab.tell(leases[3], "failed", error={"reason": "io", "message": "no"}, device_seconds=2.0)
    yield await lab.report(leases[4], 3, nan)
    yield await lab.release(leases[4], device_seconds=0.5)
    yield await lab.cancel(5)
    yield await lab.pass_time(30.0)
    again = await lab.ask(20)
    yield again
    yield await lab.tell_all(
        *({"lease": lease.lease, "state": "completed", "values": (1.0,), "device_seconds": 0.25} for lease in again)
    )
    yield await lab.enqueue(params={"rate": 0.5, "kind": 1, "fixed": "x"})


def key(choice):
    return isinstance(choice, bool), choice


async def check(lab, table):
    trials = [trial for page in await lab.pages() for trial in page]
    assert len(table) == len(trials)
    choices = [key(choice) for choice in SPACE["kind"]["choices"]]

    def column(read):
        return np.array([nan if (value := read(trial)) is None else value for trial in trials])

    expected = {
        "state": [STATES.index(trial.state) for trial in trials],
        "values": column(lambda trial: trial.value).reshape(-1, 1),
        "told": [trial.values is not None for trial in trials],
        "best_step": column(lambda trial: trial.best_step),
        "last_step": column(lambda trial: trial.last_step),
        "attempts": [trial.attempts for trial in trials],
        "created": column(lambda trial: trial.created_at.timestamp()),
        "started": column(lambda trial: trial.started_at and trial.started_at.timestamp()),
        "finished": column(lambda trial: trial.finished_at and trial.finished_at.timestamp()),
        "changed": [trial.seq for trial in trials],
    }
    for name, values in expected.items():
        np.testing.assert_array_equal(getattr(table, name), values, err_msg=name)
    for name in ("rate", "momentum"):
        np.testing.assert_array_equal(table.params[name], column(lambda trial, name=name: trial.params.get(name)))
    np.testing.assert_array_equal(table.params["kind"], column(lambda trial: choices.index(key(trial.params["kind"]))))
    np.testing.assert_array_equal(table.params["fixed"], np.zeros(len(trials)))
    for name, values in table.metrics.items():
        np.testing.assert_array_equal(values, column(lambda trial, name=name: trial.metrics.get(name)), err_msg=name)
    used = [[one.device_seconds for one in (await lab.trial(trial.number)).history] for trial in trials]
    sums = [sum(told) if (told := [one for one in each if one is not None]) else nan for each in used]
    np.testing.assert_array_equal(table.device_seconds, sums)


@pytest.mark.parametrize("block", [1, 2, 1000])
async def test_a_table_is_brought_up_to_date_by_what_changed(lab, monkeypatch, block):
    monkeypatch.setattr(tables, "BLOCK", block)
    kept, seen = Tables(lab.database), []
    async for _ in changes(lab):
        study = account(lab)
        table = kept.read(study)
        assert table.seq >= study.seq
        await check(lab, table)
        await check(lab, Tables(lab.database).read(study))
        seen.append((table, len(table), table.are(TrialState.COMPLETED).sum()))
    assert {"acc", "loss"} <= set(table.metrics)
    for table, size, completed in seen:  # what was read before has not changed since
        assert (len(table), table.are(TrialState.COMPLETED).sum()) == (size, completed)


async def test_nobody_can_change_a_table(lab):
    await lab.create(space=SPACE)
    await lab.ask(2)
    table = Tables(lab.database).read(account(lab))
    columns = [getattr(table, field.name) for field in fields(table)]
    columns = [column for column in columns if isinstance(column, np.ndarray)] + [*table.params.values()]
    assert len(columns) > 10
    for column in columns:
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 1


async def test_an_unchanged_study_is_not_read_again(lab):
    await lab.create(space=SPACE)
    kept = Tables(lab.database)
    first = kept.read(account(lab))
    assert kept.read(account(lab)) is first
    await lab.ask(1)
    assert len(first) == 0
    assert len(kept.read(account(lab))) == 1


async def test_tables_make_room_for_those_that_are_asked_for(lab, monkeypatch):
    monkeypatch.setattr(tables, "BYTES", 1)
    kept = Tables(lab.database)
    for name in ("a", "b"):
        await lab.create(name, space=SPACE)
        await lab.ask(3, studies=[name])
    a, b = account(lab, "a"), account(lab, "b")
    first = kept.read(a)
    assert kept.read(a) is first
    assert len(kept.read(b)) == 3
    assert kept.read(a) is not first
