"""Two servers on one PostgreSQL database."""

import asyncio
from contextlib import suppress
from random import Random
from threading import Event

import psycopg
import pytest
from domain import study_of
from lab import TERM, WHO, Clock, gathering, lab_on
from replaying import in_one_order, replayed

from hpsearch.errors import StudyOver, TrialFinal
from hpsearch.service import suggester, waiting
from hpsearch.storage.turns import take_turn

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]
SPACE = {"x": {"type": "int", "low": 1, "high": 1000}}


@pytest.fixture
async def labs(anyio_backend, postgres_url):
    clock = Clock()
    async with lab_on(postgres_url, clock) as one, lab_on(postgres_url, clock) as other:
        yield one, other


@pytest.mark.parametrize("sampler", ["random", "tpe", "grid"])
async def test_budgets_are_exact_and_suggestions_replay(labs, sampler):
    one, other = labs
    await one.create(sampler={"name": sampler, "seed": 1}, space=SPACE, budget={"max_trials": 40})
    for lab in labs:
        await lab.complete(await lab.ask_one(worker=f"first-{id(lab)}"))
    asks = [labs[number % 2].ask(2, worker=f"w{number}") for number in range(32)]
    leases = [lease for answer in await asyncio.gather(*asks) for lease in answer]
    assert sorted(lease.trial for lease in leases) == list(range(2, 40))
    await asyncio.gather(*(labs[lease.trial % 2].complete(lease) for lease in leases))
    assert (await other.study()).reason == "max_trials"
    trials, again = replayed(one.database)
    assert [in_one_order(trial["params"]) for trial in trials] == again


async def test_equal_asks_at_both_are_one(labs):
    one, _ = labs
    await one.create()
    for number in range(10):
        a, b = await asyncio.gather(*(lab.asked(2, request_id=f"again-{number}") for lab in labs))
        assert a.leases == b.leases
    assert (await one.study()).counts.total == 20


async def test_equal_creations_and_enqueues_at_both_are_one(labs):
    for number in range(5):
        definition = study_of(name=f"s{number}", objective="mine:train")
        answers = await asyncio.gather(*(lab.service.create_study(definition, WHO) for lab in labs))
        assert sorted(created for _, created in answers) == [False, True]
        views = await asyncio.gather(*(lab.enqueue(f"s{number}", request_id="a", params={"x": 0.5}) for lab in labs))
        assert [view.number for view in views] == [0, 0]


async def test_a_lease_is_good_everywhere(labs):
    one, other = labs
    await one.create()
    lease = await one.ask_one(request_id="again")
    assert (await other.report(lease, 1, 0.5)).decision == "continue"
    assert await other.ask(1, request_id="again") == [lease]
    told = await other.complete(lease)
    assert await one.complete(lease) == told
    assert (await one.report(lease, 2, 0.5)).code == "lease_lost"


async def test_both_sweep_at_once(labs):
    one, _ = labs
    await one.create()
    await one.pass_time(TERM)
    await one.ask(3)
    await one.pass_time(TERM)
    one.clock.forward(1)
    assert sum(await asyncio.gather(*(lab.service.sweep() for lab in labs))) == 3
    assert (await one.study()).active_seconds == 2 * TERM + 1


async def test_work_that_the_other_brings_wakes(labs, monkeypatch):
    monkeypatch.setattr(waiting, "LOOK_SECONDS", 0.01)
    one, other = labs
    asking = asyncio.ensure_future(other.asked(wait_seconds=60))
    async with asyncio.timeout(30):
        while not other.service._waiting._waiters:
            await asyncio.sleep(0.001)
        await one.create()
        assert [lease.trial for lease in (await asking).leases] == [0]


async def until(lab, condition):
    """Waits until PostgreSQL's own view of its sessions says so."""
    async with asyncio.timeout(30):
        while True:
            with lab.database.read() as connection:
                query = f"SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND {condition}"
                if connection.exec_driver_sql(query).scalar_one():
                    return
            await asyncio.sleep(0.001)


async def test_a_decision_made_while_a_batch_waits_for_its_locks_is_seen(labs, postgres_url):
    """The batch has read the attempt for a repeated ask before the other server cancels it."""
    one, _ = labs
    await one.create()
    lease = await one.ask_one(request_id="again")
    with psycopg.connect(postgres_url) as elsewhere:
        elsewhere.execute("SELECT id FROM studies FOR UPDATE")
        async with gathering(one):
            repeating = asyncio.ensure_future(one.ask(1, request_id="again"))
            reporting = asyncio.ensure_future(one.report(lease, 1, 0.5))
            await asyncio.sleep(0)
        await until(one, "wait_event_type = 'Lock'")
        elsewhere.execute("UPDATE attempts SET decision = 'cancel'")
    assert (await reporting).decision == "cancel"
    assert await repeating == [lease]
    assert (await one.renew(lease))[0].decision == "cancel"


async def test_a_lease_that_is_renewed_while_a_sweep_waits_for_its_locks_goes_on(labs, postgres_url):
    one, other = labs
    await one.create()
    await one.pass_time(TERM)
    lease = await one.ask_one()
    await one.pass_time(TERM)
    one.clock.forward(1)
    with psycopg.connect(postgres_url) as elsewhere:
        elsewhere.execute("SELECT id FROM studies FOR UPDATE")
        sweeping = asyncio.ensure_future(one.service.sweep())
        await until(one, "wait_event_type = 'Lock'")
        assert (await other.renew(lease))[0].decision == "continue"
    assert await sweeping == 0
    assert (await one.report(lease, 1, 0.5)).decision == "continue"


async def test_a_turn_that_is_taken_while_its_ask_gives_up_is_given_back(labs, monkeypatch):
    one, other = labs
    await one.create(sampler={"name": "tpe"})
    taken, may_go = Event(), Event()

    def take_slowly(*arguments):
        turn = take_turn(*arguments)
        taken.set()
        assert may_go.wait(30)
        return turn

    monkeypatch.setattr(suggester, "take_turn", take_slowly)
    asking = asyncio.ensure_future(one.ask())
    await asyncio.to_thread(taken.wait, 30)
    asking.cancel()
    await asyncio.sleep(0)
    may_go.set()
    with pytest.raises(asyncio.CancelledError):
        await asking
    monkeypatch.undo()
    async with asyncio.timeout(30):
        assert (await other.ask_one()).trial == 0


async def test_an_ask_that_gives_up_waiting_for_its_turn_leaves_none_behind(labs, monkeypatch):
    one, other = labs
    view = await one.create(sampler={"name": "tpe"})
    with one.database.read() as connection:
        study_id = connection.exec_driver_sql("SELECT id FROM studies").scalar_one()
    turn = take_turn(one.database, study_id)
    tried = []
    monkeypatch.setattr(suggester, "take_turn", lambda *arguments: tried.append(take_turn(*arguments)))
    asking = asyncio.ensure_future(other.ask())
    async with asyncio.timeout(30):
        while len(tried) < 2:
            await asyncio.sleep(0.001)
    monkeypatch.undo()
    assert not any(tried)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    turn.end()
    async with asyncio.timeout(30):
        assert [(await lab.ask_one()).trial for lab in labs] == [0, 1]
    assert view.counts.total == 0


async def test_a_turn_ends_with_its_connection(labs):
    one, other = labs
    await one.create(sampler={"name": "tpe"})
    with one.database.read() as connection:
        study_id = connection.exec_driver_sql("SELECT id FROM studies").scalar_one()
    turn = take_turn(one.database, study_id)
    with other.database.write() as connection:
        pid = turn.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        connection.exec_driver_sql(f"SELECT pg_terminate_backend({pid}, 10000)")
    turn.end()
    assert (await one.ask_one()).trial == 0


async def work(lab, name, random, study="s"):
    """A worker that does anything until its study is finished."""
    held = []
    while True:
        asked = await lab.asked(random.randint(1, 3), worker=name, studies=[study])
        if asked.finished:
            return
        held += asked.leases
        random.shuffle(held)
        for lease in [held.pop() for _ in range(random.randint(0, len(held)))]:
            how = random.random()
            if how < 0.6:
                await lab.report(lease, random.randint(0, 3), random.random())
                await lab.complete(lease, random.random())
            elif how < 0.8:
                await lab.release(lease)
            elif how < 0.9:
                await lab.fail(lease, random.choice(["exception", "diverged"]))
        if held:
            await lab.renew(*held)


async def people(lab, random):
    while (await lab.study()).state != "finished":
        how = random.random()
        await lab.pass_time(10)
        if how < 0.2:
            with suppress(StudyOver):  # finished meanwhile
                await lab.patch(state="paused")
                await lab.patch(state="active")
        elif how < 0.4:
            number = random.randint(0, 59)
            if number < (await lab.study()).counts.total and (await lab.trial(number)).state in ("queued", "running"):
                await cancel(lab, number)


async def cancel(lab, number):
    with suppress(TrialFinal):
        await lab.cancel(number)


@pytest.mark.parametrize("sampler", ["random", "tpe"])
async def test_a_search_of_many_workers_at_both(labs, sampler):
    one, other = labs
    await one.create(sampler={"name": sampler}, budget={"max_trials": 60}, pruner={"name": "asha"})
    random = Random(1)
    workers = [work(labs[number % 2], f"w{number}", Random(number)) for number in range(6)]
    await asyncio.gather(*workers, people(other, random))
    counts = (await one.study()).counts
    assert (counts.total, counts.final) == (60, 60)
    trials, again = replayed(one.database)
    assert [in_one_order(trial["params"]) for trial in trials] == again
