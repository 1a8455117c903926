"""I8: the parameters of every trial, computed again from the stored rows alone."""

import asyncio
from math import nan
from random import Random

import pytest
from lab import TICK
from replaying import in_one_order, replayed, rows, view_now

from hpsearch.service import policies, suggester
from hpsearch.service.verify import verify
from hpsearch.storage.views import ViewCache

pytestmark = pytest.mark.anyio

SPACE = {
    "optimizer": {"type": "categorical", "choices": ["sgd", "adam", 1, 1.5, True]},
    "rate": {"type": "float", "low": 1e-4, "high": 1e-1, "log": True},
    "momentum": {"type": "float", "low": 0, "high": 1, "step": 0.1, "when": {"optimizer": ["sgd"]}},
    "width": {"type": "int", "low": 1, "high": 64, "log": True},
    "fixed": {"type": "constant", "value": None},
}
GRID_SPACE = {name: SPACE[name] for name in ("optimizer", "width", "fixed")}


async def search(lab, seed, *, several):
    """Workers that do everything a worker may do, and people who interfere."""
    random = Random(seed)
    leases = []
    for _ in range(5):
        asks = [lab.ask(random.randint(1, 3), worker=f"w{number}") for number in range(random.randint(1, 3))]
        if random.random() < 0.3:
            asks.append(lab.enqueue(from_trial=0) if leases else lab.ask())
        leases += [lease for answer in await asyncio.gather(*asks) if isinstance(answer, list) for lease in answer]
        random.shuffle(leases)
        for _ in range(random.randint(0, len(leases))):
            await end(lab, leases.pop(), random, several=several)
        if random.random() < 0.2:
            await lab.pass_time(3 * TICK)
            leases.clear()


async def end(lab, lease, random, *, several):
    how = random.random()
    values = [random.choice([random.random(), 0.5]) for _ in range(2 if several else 1)]
    if how < 0.5:
        await lab.complete(lease, *values)
    elif how < 0.65:
        if not several:
            await lab.report(lease, random.randint(1, 9), random.choice([nan, 99.0, 98.0]))
        await lab.release(lease)
    elif how < 0.8:
        await lab.complete(lease, *[nan] * len(values))
    elif how < 0.9:
        await lab.fail(lease, random.choice(["exception", "invalid_parameters"]))
    else:
        await lab.cancel(lease.trial)
        await lab.release(lease)


@pytest.mark.parametrize(
    ("sampler", "fields"),
    [
        ({"name": "tpe", "n_startup_trials": 3}, {"pruner": {"name": "threshold", "upper": 9.0}}),
        (
            {"name": "tpe", "n_startup_trials": 3},
            {"direction": "maximize", "pruner": {"name": "threshold", "upper": 9.0}},
        ),
        ({"name": "tpe", "n_startup_trials": 3}, {"direction": ["minimize", "maximize"], "metric": ["a", "b"]}),
        ({"name": "random"}, {}),
        ({"name": "grid", "shuffle": True}, {"space": GRID_SPACE}),
    ],
    ids=["tpe", "tpe-maximize", "tpe-several", "random", "grid"],
)
async def test_every_suggestion_is_a_function_of_what_is_stored(lab, sampler, fields):
    await lab.create(**{"space": SPACE, "sampler": sampler, "attempts": {"errors": 1}} | fields)
    (study,) = rows(lab.database, "SELECT id FROM studies")
    kept = ViewCache(study["id"])
    for seed in range(2):
        await search(lab, seed, several="metric" in fields)
        kept.read(lab.database)
    trials, again = replayed(lab.database)
    assert len(trials) > 20
    assert len({trial["state"] for trial in trials}) >= 3
    assert [in_one_order(trial["params"]) for trial in trials] == again
    assert verify(lab.database, replay=True) == []
    cached, fresh = (cache.read(lab.database)[1] for cache in (kept, ViewCache(kept._study_id)))
    assert repr(cached) == repr(fresh) == repr(view_now(lab.database))
    ((versions,),) = [row.values() for row in rows(lab.database, "SELECT versions FROM studies")]
    assert "optuna" in str(versions)


async def test_views_differ_between_suggestions_of_one_ask(lab):
    """Each sees those before it as pending."""
    await lab.create(sampler={"name": "tpe", "n_startup_trials": 1, "seed": 1})
    await lab.complete(await lab.ask_one())
    leases = await lab.ask(5)
    assert len({str(lease.params) for lease in leases}) == 5
    seqs = rows(lab.database, "SELECT view_seq FROM trials WHERE number > 0")
    assert len({row["view_seq"] for row in seqs}) == 1


async def test_the_seed_makes_searches_equal_also_when_views_and_samplers_are_forgotten(lab, monkeypatch):
    for module in (suggester, policies):
        monkeypatch.setattr(module, "KEPT", 1)
    for name in "ab":
        await lab.create(name, space=SPACE, sampler={"name": "tpe", "seed": 5, "n_startup_trials": 2})
    for value in (0.5, 0.4, 0.3, 0.2):
        for name in "ab":
            (lease,) = await lab.ask(1, studies=[name])
            await lab.complete(lease, value)
    params = [[trial.params for page in await lab.pages(name) for trial in page] for name in "ab"]
    assert params[0] == params[1]
