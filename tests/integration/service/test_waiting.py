"""Asks that wait: what wakes them, and that nothing is lost between looking and waiting."""

import asyncio

import pytest
from lab import WHO

from hpsearch.errors import StudyNotFound, Unauthorized
from hpsearch.identity import OWNER, Identity
from hpsearch.service import waiting
from hpsearch.wire import verbs
from hpsearch.wire.tokens import TokenRequest

pytestmark = pytest.mark.anyio


@pytest.fixture
async def alone(lab):
    """No look for other replicas' work ever ends: what wakes is this process's own commit."""
    lab.service._waiting._look = asyncio.Event().wait


async def waits(lab, *, who=OWNER, worker="w", request_id="waits", **fields):
    """An ask that has found nothing and waits."""
    body = verbs.Ask(worker=worker, request_id=request_id, wait_seconds=60, **fields)
    asking = asyncio.ensure_future(lab.service.ask(body, who))
    async with asyncio.timeout(30):
        while not lab.service._waiting._waiters:
            await asyncio.sleep(0.001)
    return asking


async def leases_of(asking):
    async with asyncio.timeout(30):
        return [lease.trial for lease in (await asking).leases]


async def test_a_new_study_wakes(lab, alone):
    asking = await waits(lab)
    await lab.create()
    assert await leases_of(asking) == [0]


@pytest.mark.parametrize("how", ["enqueue", "extend", "resume", "release", "expire", "revive"])
async def test_new_work_wakes(lab, alone, how):
    await lab.create(budget={"max_trials": 1})
    lease = await lab.ask_one()
    if how == "resume":
        await lab.release(lease)
        await lab.patch(state="paused")
    elif how == "enqueue":
        await lab.patch(budget={"max_trials": 2})
        await lab.ask_one()
        await lab.patch(budget={"max_trials": 3}, state="paused")
    elif how == "revive":
        await lab.complete(lease)
    asking = await waits(lab)
    if how == "enqueue":
        await lab.enqueue(params={"x": 0.5})
        assert not asking.done()
    await {
        "enqueue": lambda: lab.patch(state="active"),
        "extend": lambda: lab.patch(budget={"max_trials": 2}),
        "resume": lambda: lab.patch(state="active"),
        "release": lambda: lab.release(lease),
        "expire": lab.expire,
        "revive": lambda: lab.patch(budget={"max_trials": 2}),
    }[how]()
    assert await leases_of(asking) == [{"enqueue": 2, "extend": 1, "revive": 1}.get(how, 0)]


async def test_the_end_of_the_studies_asked_for_wakes(lab, alone):
    await lab.create(budget={"max_trials": 1})
    lease = await lab.ask_one()
    asking = await waits(lab, studies=["s"])
    await lab.complete(lease)
    assert await leases_of(asking) == []
    assert (await asking).finished


async def test_the_deletion_of_the_study_asked_for_wakes(lab, alone):
    await lab.create()
    await lab.patch(state="paused")
    asking = await waits(lab, studies=["s"])
    await lab.service.delete_study("s", WHO)
    async with asyncio.timeout(30):
        with pytest.raises(StudyNotFound):
            await asking


async def holder(lab, **fields):
    """A token's holder who was let in, and the token."""
    made = await lab.service.create_token(TokenRequest(name="node", scope="worker", **fields))
    who = await lab.service.authenticate(made.token)
    assert isinstance(who, Identity)
    return who, made.token


async def test_who_was_shut_out_while_it_waited_is_granted_nothing(lab, alone):
    who, token = await holder(lab)
    asking = await waits(lab, who=who)
    await lab.service.revoke_token(who.token)
    await lab.create()
    async with asyncio.timeout(30):
        with pytest.raises(Unauthorized):
            await asking
    assert await lab.service.authenticate(token) is None
    assert (await lab.ask_one()).trial == 0


async def test_a_token_that_ends_while_its_holder_waits_grants_nothing(lab, alone):
    who, _ = await holder(lab, expires_seconds=5)
    asking = await waits(lab, who=who)
    lab.clock.forward(5)
    await lab.create()
    async with asyncio.timeout(30):
        with pytest.raises(Unauthorized):
            await asking
    assert (await lab.ask_one()).trial == 0


async def test_who_may_still_come_in_is_granted_what_it_waited_for(lab, alone):
    who, _ = await holder(lab)
    for number in range(2):
        asking = await waits(lab, who=who, request_id=f"r{number}")
        await lab.create(f"s{number}", budget={"max_trials": 1})
        assert await leases_of(asking) == [0]


async def test_one_trial_for_many_that_wait(lab, alone):
    await lab.create()
    await lab.patch(state="paused")
    asks = [await waits(lab, worker=f"w{number}") for number in range(5)]
    async with asyncio.timeout(30):
        while lab.service._waiting._waiters < len(asks):
            await asyncio.sleep(0.001)
    await lab.enqueue(params={"x": 0.5})
    await lab.patch(state="active", budget={"max_trials": 1})
    done, pending = await asyncio.wait(asks, return_when=asyncio.FIRST_COMPLETED)
    assert [len(asking.result().leases) for asking in done] == [1]
    await lab.service.stop_waiting()
    async with asyncio.timeout(30):
        assert [await leases_of(asking) for asking in pending] == [[]] * 4


async def test_a_retry_whose_time_has_come_wakes(lab, monkeypatch):
    monkeypatch.setattr(waiting, "LOOK_SECONDS", 0.01)
    await lab.create(budget={"max_trials": 1})
    await lab.fail(await lab.ask_one())
    asking = await waits(lab)
    lab.clock.forward(10)
    assert await leases_of(asking) == [0]


async def test_nobody_waits_for_a_service_that_closes(lab, alone):
    await lab.create()
    await lab.patch(state="paused")
    asking = await waits(lab)
    await lab.service.stop_waiting()
    assert await leases_of(asking) == []
    async with asyncio.timeout(30):
        assert (await lab.asked(wait_seconds=60)).leases == []


async def test_the_time_to_wait_ends(lab):
    assert (await lab.asked(wait_seconds=0.01)).leases == []


async def test_an_ask_that_gives_up_is_granted_nothing_later(lab, alone):
    await lab.create(budget={"max_trials": 1})
    lease = await lab.ask_one()
    asking = await waits(lab)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await lab.release(lease)
    assert (await lab.ask_one()).trial == 0


async def test_a_look_that_fails_is_no_end_of_looking(lab, monkeypatch):
    monkeypatch.setattr(waiting, "LOOK_SECONDS", 0.01)
    look = lab.service._waiting._look
    looks = []

    async def fail_once():
        looks.append(None)
        if len(looks) == 2:
            raise ConnectionError
        return await look()

    lab.service._waiting._look = fail_once
    await lab.create(budget={"max_trials": 1})
    await lab.fail(await lab.ask_one())
    asking = await waits(lab)
    async with asyncio.timeout(30):
        while len(looks) < 3:
            await asyncio.sleep(0.001)
    lab.clock.forward(10)
    assert await leases_of(asking) == [0]
