"""Trials as columns: what they say, from where on, and in which blocks."""

from math import nan

import pytest

from hpsearch.errors import InvalidInput, StudyNotFound
from hpsearch.service import columns
from hpsearch.wire.base import encode_number

pytestmark = pytest.mark.anyio

SPACE = {
    "rate": {"type": "float", "low": 0, "high": 1},
    "kind": {"type": "categorical", "choices": ["a", 1, True, None]},
    "momentum": {"type": "float", "low": 0, "high": 1, "when": {"kind": ["a", None]}},
}


async def fill(lab, trials=7):
    await lab.create(space=SPACE, attempts={"errors": 1})
    leases = await lab.ask(trials)
    await lab.complete(leases[0], 0.5, metrics={"acc": nan}, device_seconds=1.5)
    lab.clock.forward(0.5)
    await lab.fail(leases[1], "io")
    await lab.complete(leases[2], 0.25)


async def read(lab, *wanted, since=-1):
    """The trials by number, the last block's word on each, and up to where they were read."""
    found, seq = {}, None
    async for line in await lab.service.columns("s", wanted, since):
        assert seq is None
        if "seq" in line:
            seq = line["seq"]
            continue
        numbers = line["columns"]["number"]
        assert {len(column) for column in line["columns"].values()} == {len(numbers)} != {0}
        for place, number in enumerate(numbers):
            found[number] = {name: column[place] for name, column in line["columns"].items()}
    return found, seq


@pytest.mark.parametrize("block", [1, 2, 1000])
async def test_columns_say_what_the_trials_say(lab, monkeypatch, block):
    monkeypatch.setattr(columns, "BLOCK", block)
    await fill(lab)
    wanted = (
        *columns.PLAIN_NAMES[1:],
        "value",
        "values.val_loss",
        "params.rate",
        "params.kind",
        "params.momentum",
        "metrics.acc",
    )
    found, seq = await read(lab, *wanted)
    trials = [trial for page in await lab.pages() for trial in page]
    assert seq == (await lab.study()).seq
    assert sorted(found) == [trial.number for trial in trials]
    for trial in trials:
        row = found[trial.number]
        value = None if trial.value is None else encode_number(trial.value)
        assert (row["value"], row["values.val_loss"]) == (value, value)
        assert {name: row[f"params.{name}"] for name in SPACE} == {name: trial.params.get(name) for name in SPACE}
        for name in ("state", "reason", "enqueued", "best_step", "last_step", "attempts", "seq"):
            assert row[name] == getattr(trial, name), name
        for name in ("created_at", "started_at", "finished_at"):
            moment = getattr(trial, name)
            assert row[name] == (moment and moment.timestamp()), name
        assert row["error"] == (trial.error and trial.error.reason)
    assert (found[0]["metrics.acc"], found[1]["metrics.acc"]) == ("NaN", None)
    assert [found[number]["device_seconds"] for number in range(3)] == [1.5, None, None]
    assert [found[number]["errors"] for number in range(3)] == [0, 1, 0]


async def test_only_what_changed_is_read_again(lab):
    await fill(lab)
    _, seq = await read(lab)
    assert await read(lab, since=seq) == ({}, seq)
    (lease,) = await lab.ask(1)
    await lab.report(lease, 3, 0.75)
    found, later = await read(lab, "state", "last_step", since=seq)
    assert found == {lease.trial: {"number": lease.trial, "state": "running", "last_step": 3}}
    assert later == (await lab.study()).seq > seq


async def test_state_values_and_parameters_are_what_is_usual(lab):
    await fill(lab)
    found, _ = await read(lab)
    assert set(found[0]) == {"number", "state", "values.val_loss", *(f"params.{name}" for name in SPACE)}


async def test_a_study_without_trials_has_no_blocks(lab):
    await lab.create()
    assert await read(lab) == ({}, (await lab.study()).seq)


async def test_several_objectives_have_a_column_each(lab):
    await lab.create(direction=["minimize", "maximize"], metric=["loss", "acc"])
    await lab.complete(await lab.ask_one(), 0.5, 0.25)
    found, _ = await read(lab, "values.loss", "values.acc", "value")
    assert found == {0: {"number": 0, "values.loss": 0.5, "values.acc": 0.25, "value": 0.5}}


async def test_columns_that_are_not_there_are_refused_all_at_once(lab):
    await lab.create()
    with pytest.raises(InvalidInput) as refused:
        await lab.service.columns("s", ["state", "loss", "params.y", "values.other", "metrics."])
    assert [field.field for field in refused.value.fields] == ["column.1", "column.2", "column.3", "column.4"]
    with pytest.raises(StudyNotFound):
        await lab.service.columns("none", [])
