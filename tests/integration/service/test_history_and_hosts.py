"""What became of a trial, change by change; and which hosts fail what others complete."""

import pytest
from sqlalchemy import select

from hpsearch.errors import InvalidInput, RequestIdReused, TrialNotFound
from hpsearch.service.digest import digest
from hpsearch.storage.tables import attempts
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


async def seen(lab):
    """Each worker with its failures, and each host with its: failed, completed elsewhere, and whether it is suspected."""
    views = (await lab.service.list_workers(100, None)).items
    workers = {view.name: (view.failed, view.completed_elsewhere) for view in views}
    hosts = {one.host: one for view in views for one in view.hosts}
    return workers, {
        host: (one.failed, one.completed_elsewhere, one.suspicion is not None) for host, one in hosts.items()
    }


async def test_an_attempt_keeps_the_host_and_the_reason_of_its_failure(lab):
    await lab.create()
    await lab.fail(await lab.ask_one(worker="a", host="node-1"), reason="killed")
    await lab.pass_time(60)
    await lab.ask_one(worker="a", host="node-2")
    await lab.expire()
    await lab.fail(await lab.ask_one(worker="a"), reason="diverged")
    detail = await lab.service.get_trial("s", 0)
    assert detail.state == "failed"
    assert [(one.host, one.error and one.error.reason, one.end) for one in detail.history] == [
        ("node-1", "killed", "failed"),
        ("node-2", None, "expired"),
        (None, "diverged", "fatal"),
    ]
    events = (await lab.service.trial_history("s", 0, 100, None)).items
    assert [(event.cause, event.host, event.reason) for event in events] == [
        ("ask", "node-1", None),
        ("failed", "node-1", "killed"),
        ("ask", "node-2", None),
        ("expired", "node-2", None),
        ("ask", None, None),
        ("fatal", None, "diverged"),
    ]


async def test_the_host_belongs_to_the_request(lab):
    await lab.create()
    first = await lab.ask_one(request_id="r", host="node-1")
    assert (await lab.ask_one(request_id="r", host="node-1")).lease == first.lease
    for other in ({"host": "node-2"}, {}):
        with pytest.raises(RequestIdReused):
            await lab.ask_one(request_id="r", **other)


async def test_an_ask_without_a_host_has_the_digest_that_it_had_before_there_were_hosts(lab):
    """A repeat across an upgrade of the server is the same request."""
    await lab.create()
    await lab.ask_one(request_id="r")
    with lab.database.read() as connection:
        found = connection.execute(select(attempts.c.request_digest, attempts.c.host)).one()
    body = {"worker": "w", "request_id": "r", "count": 1, "studies": None, "objectives": None}
    assert found == (digest(body), None)


async def test_a_host_that_fails_what_others_complete_is_known(lab):
    await lab.create(budget={"max_trials": 3})
    first, second, third = await lab.ask(3, worker="bad.0", host="bad")
    await lab.fail(first)  # completed on the other host
    await lab.fail(second)  # completed on the same host
    await lab.fail(third, reason="diverged")  # the parameters' fault
    await lab.pass_time(60)
    again = {lease.trial: lease for lease in await lab.ask(1, worker="good", host="good")}
    again |= {lease.trial: lease for lease in await lab.ask(1, worker="bad.1", host="bad")}
    for lease in again.values():
        await lab.complete(lease)
    for name in ("bad.0", "bad.1", "good"):
        await lab.service.renew(Renew(worker=name, leases=[], status={"host": name.partition(".")[0]}))
    assert await seen(lab) == ({"bad.0": (2, 1), "bad.1": (0, 0), "good": (0, 0)}, {"bad": (2, 1, False)})


async def fail_and_complete(lab, fails, completes):
    """A trial that one worker fails and another completes; each a name and a host."""
    await lab.fail(await lab.ask_one(worker=fails[0], host=fails[1]))
    await lab.pass_time(60)
    await lab.complete(await lab.ask_one(worker=completes[0], host=completes[1]))


async def test_the_host_where_it_failed_is_blamed_wherever_its_worker_is_now(lab):
    await lab.create(budget={"max_trials": 2})
    for _ in range(2):
        await fail_and_complete(lab, ("w", "bad"), ("x", "good"))
    for name in ("w", "x"):
        await lab.service.renew(Renew(worker=name, leases=[], status={"host": "good"}))
    assert await seen(lab) == ({"w": (2, 2), "x": (0, 0)}, {"bad": (2, 2, True)})


async def test_a_worker_that_moved_completes_elsewhere_what_it_failed(lab):
    await lab.create(budget={"max_trials": 2})
    await fail_and_complete(lab, ("w", "old"), ("w", "new"))
    await fail_and_complete(lab, ("w", "new"), ("v", "new"))
    assert await seen(lab) == ({"w": (2, 1), "v": (0, 0)}, {"old": (1, 1, False), "new": (1, 0, False)})


async def test_what_workers_of_a_host_did_adds_up_and_each_says_so(lab):
    await lab.create(budget={"max_trials": 2})
    await fail_and_complete(lab, ("bad.0", "bad"), ("good", "good"))
    await fail_and_complete(lab, ("bad.1", "bad"), ("good", "good"))
    await lab.ask(1, worker="bad.2", host="bad")
    await lab.service.renew(Renew(worker="bad.2", leases=[], status={"host": "bad"}))
    views = {view.name: view for view in (await lab.service.list_workers(100, None)).items}
    said = "bad failed 2 trials that other hosts completed: look at that machine."
    for name in ("bad.0", "bad.1", "bad.2"):
        assert [(one.host, one.failed, one.suspicion) for one in views[name].hosts] == [("bad", 2, said)]
    assert views["good"].hosts == []
    (page,) = (await lab.service.list_workers(1, "bad.1")).items  # one page knows what those before it failed
    assert page.hosts[0].suspicion == said


async def test_an_expiry_is_a_failure_of_its_worker_too(lab):
    await lab.create()
    await lab.ask_one(worker="gone")
    await lab.expire()
    await lab.complete(await lab.ask_one(worker="here"))
    assert await seen(lab) == ({"gone": (1, 1), "here": (0, 0)}, {"gone": (1, 1, False)})
