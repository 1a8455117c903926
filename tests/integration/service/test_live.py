"""What live readers follow."""

import asyncio

import pytest
from lab import WHO
from patience import SECONDS

from hpsearch.errors import StudyNotFound, Unauthorized
from hpsearch.identity import Identity, Scope
from hpsearch.service import live
from hpsearch.wire.tokens import TokenRequest

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(live, "GATHER_SECONDS", 0.0)


async def following(changes):
    """The next change; signs of life are passed over."""
    async with asyncio.timeout(SECONDS):
        return await anext(change async for change in changes if change is not None)


def told(change):
    return [(event.trial, event.from_state, event.to_state, event.cause) for event in change.events]


async def test_a_reader_gets_how_the_study_stands_then_what_happens(lab):
    await lab.create(budget={"max_trials": 2})
    changes = await lab.service.follow_study("s")
    first = await following(changes)
    assert (first.study, first.state, first.counts.total, first.events) == ("s", "active", 0, [])
    lease = await lab.ask_one(worker="w1")
    change = await following(changes)
    assert (change.seq, change.counts.running) == ((await lab.study()).seq, 1)
    assert told(change) == [(0, None, "running", "ask")]
    assert change.events[0].who == "w1"
    await lab.report(lease, 1, 0.5)  # no event, but a change all the same
    assert told(await following(changes)) == []
    await lab.complete(lease, 0.25)
    change = await following(changes)
    assert told(change) == [(0, "running", "completed", "completed")]
    assert (change.best_trial, change.best_value, change.counts.completed) == (0, 0.25, 1)
    await lab.patch(state="paused")
    change = await following(changes)
    assert change.state == "paused"
    assert [(event.trial, event.to_state, event.who) for event in change.events] == [(None, "paused", WHO.name)]
    await lab.patch(budget={"max_trials": 5})
    assert (change.budget.max_trials, (await following(changes)).budget.max_trials) == (2, 5)
    await changes.aclose()


async def test_a_broken_stream_goes_on_where_it_was(lab):
    await lab.create()
    await lab.ask(2)
    seq = (await lab.study()).seq
    (lease,) = await lab.ask(1)
    await lab.complete(lease, 0.5)
    change = await following(await lab.service.follow_study("s", seq))
    assert told(change) == [(2, None, "running", "ask"), (2, "running", "completed", "completed")]
    from_the_beginning = await following(await lab.service.follow_study("s", -1))
    assert [event.trial for event in from_the_beginning.events] == [None, 0, 1, 2, 2]


async def test_more_than_a_message_holds_is_said_to_be_incomplete(lab, monkeypatch):
    monkeypatch.setattr(live, "MOST_EVENTS", 2)
    await lab.create()
    seq = (await lab.study()).seq
    await lab.ask(3)
    change = await following(await lab.service.follow_study("s", seq))
    assert (len(change.events), change.complete, change.counts.running) == (2, False, 3)


async def test_a_deleted_study_ends_its_stream(lab):
    await lab.create()
    changes = await lab.service.follow_study("s")
    assert not (await following(changes)).deleted
    await lab.service.delete_study("s")
    assert (await following(changes)).deleted
    with pytest.raises(StopAsyncIteration):
        await anext(changes)
    with pytest.raises(StudyNotFound):
        await lab.service.follow_study("s")


async def test_without_a_change_there_are_signs_of_life(lab, monkeypatch):
    monkeypatch.setattr(live, "SIGN_SECONDS", 0.0)
    await lab.create()
    changes = await lab.service.follow_study("s")
    await anext(changes)
    assert await anext(changes) is None
    assert await anext(changes) is None
    studies = lab.service.follow_project()
    assert (await anext(studies)).study == "s"
    assert await anext(studies) is None


async def test_streams_end_when_the_service_closes(lab):
    await lab.create()
    changes, studies = await lab.service.follow_study("s"), lab.service.follow_project()
    await anext(changes)
    await anext(studies)
    await lab.service.stop_waiting()
    for stream in (changes, studies):
        with pytest.raises(StopAsyncIteration):
            await anext(stream)


async def test_a_token_that_is_revoked_ends_what_it_reads(lab):
    await lab.create()
    made = await lab.service.create_token(TokenRequest(name="reader", scope=Scope.VIEWER))
    who = await lab.service.authenticate(made.token)
    changes = await lab.service.follow_study("s", who=who)
    await anext(changes)
    await lab.service.revoke_token(made.id)
    await lab.ask(1)
    assert (await following(changes)).counts.running == 1
    with pytest.raises(Unauthorized):
        await anext(changes)


async def test_a_project_is_followed_as_a_whole_and_alone(lab):
    await lab.create("a")
    await lab.create("gone")
    await lab.service.delete_study("gone")
    elsewhere = Identity("else", Scope.USER, project="elsewhere")
    changes, theirs = lab.service.follow_project(), lab.service.follow_project(elsewhere)
    assert (await following(changes)).study == "a"
    await lab.create("b")
    assert ((change := await following(changes)).study, change.events) == ("b", [])
    await lab.ask(1, studies=["a"])
    assert ((change := await following(changes)).study, change.counts.running) == ("a", 1)
    lab.clock.forward(3600)
    await lab.service.delete_study("b")
    assert ((change := await following(changes)).study, change.deleted) == ("b", True)
    waiting = asyncio.ensure_future(anext(theirs))
    await lab.ask(1, studies=["a"])
    await following(changes)
    assert not waiting.done()
    waiting.cancel()
    await asyncio.wait([waiting])
    await theirs.aclose()
    await changes.aclose()
