"""What became of a trial, change by change; and which hosts fail what others complete."""

import pytest

from hpsearch.errors import InvalidInput, TrialNotFound
from hpsearch.wire.verbs import Renew

pytestmark = pytest.mark.anyio


async def told(lab, number=0):
    page = await lab.service.trial_history("s", number, 100, None)
    return [(event.attempt, event.from_state, event.to_state, event.who) for event in page.items]


async def test_every_change_of_a_trial_says_who_and_which_attempt(lab):
    await lab.create()
    first = await lab.ask_one(worker="a")
    await lab.fail(first)
    await lab.pass_time(60)
    second = await lab.ask_one(worker="b")
    await lab.complete(second)
    assert await told(lab) == [
        (1, None, "running", "a"),
        (1, "running", "queued", "a"),
        (2, "queued", "running", "b"),
        (2, "running", "completed", "b"),
    ]


async def test_a_history_has_pages(lab):
    await lab.create()
    for _ in range(3):
        await lab.release(await lab.ask_one())
    whole = (await lab.service.trial_history("s", 0, 100, None)).items
    paged, cursor = [], None
    while True:
        page = await lab.service.trial_history("s", 0, 2, cursor)
        paged += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    assert paged == whole
    assert len(whole) == 6
    with pytest.raises(TrialNotFound):
        await lab.service.trial_history("s", 1, 2, None)
    for cursor in ("x", "1", "1.x", "-1.0"):
        with pytest.raises(InvalidInput, match="cursor"):
            await lab.service.trial_history("s", 0, 2, cursor)


async def test_a_host_that_fails_what_others_complete_is_known(lab):
    await lab.create(budget={"max_trials": 3})
    for worker, host in (("bad.0", "bad"), ("bad.1", "bad"), ("good", "good")):
        await lab.service.renew(Renew(worker=worker, leases=[], status={"host": host}))
    first, second, third = await lab.ask(3, worker="bad.0")
    await lab.fail(first)  # completed on the other host
    await lab.fail(second)  # completed on the same host
    await lab.fail(third, reason="diverged")  # the parameters' fault
    await lab.pass_time(60)
    again = {lease.trial: lease for lease in await lab.ask(1, worker="good")}
    again |= {lease.trial: lease for lease in await lab.ask(1, worker="bad.1")}
    for lease in again.values():
        await lab.complete(lease)
    views = (await lab.service.list_workers(100, None)).items
    assert {view.name: (view.failed, view.completed_elsewhere) for view in views} == {
        "bad.0": (2, 1),
        "bad.1": (0, 0),
        "good": (0, 0),
    }


async def test_an_expiry_is_a_failure_of_its_worker_too(lab):
    await lab.create()
    await lab.ask_one(worker="gone")
    await lab.expire()
    await lab.complete(await lab.ask_one(worker="here"))
    views = (await lab.service.list_workers(100, None)).items
    assert {view.name: (view.failed, view.completed_elsewhere) for view in views} == {"gone": (1, 1), "here": (0, 0)}
