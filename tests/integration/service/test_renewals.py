"""Renewals cost one statement, whoever sends them and however many there are; and what that statement does and leaves alone."""

import asyncio
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random

import psycopg
import pytest
from lab import TERM, WHO, Clock, gathering, lab_on
from replaying import rows
from sqlalchemy import event

from hpsearch.identity import Identity, Scope
from hpsearch.wire import verbs

pytestmark = pytest.mark.anyio

ELSEWHERE = Identity("w", Scope.WORKER, project="elsewhere")
OF_OTHERS = Identity("w", Scope.WORKER, studies=frozenset({"a", "b"}))
OF_MINE = Identity("w", Scope.WORKER, studies=frozenset({"b", "s"}))


@contextmanager
def statements(lab):
    """What the service's writing connections are told but to begin and to plan anew."""
    told = []

    def hear(connection, cursor, statement, parameters, context, executemany):
        if not statement.startswith(("BEGIN", "DISCARD")):
            told.append(statement)

    event.listen(lab.database.writer, "before_cursor_execute", hear)
    yield told
    event.remove(lab.database.writer, "before_cursor_execute", hear)


async def renew(lab, tokens, who=WHO, **fields):
    return (await lab.service.renew(verbs.Renew(worker="w", leases=tokens, **fields), who)).items


def ends(lab):
    """When each lease ends, in seconds from now."""
    found = rows(lab.database, "SELECT token, expires_at FROM attempts")
    now = lab.clock.now.timestamp()
    return {row["token"]: row["expires_at"] / 1e6 - now for row in found}


async def leases_of(lab, number):
    await lab.create()
    return [lease.lease for lease in await lab.ask(number)]


@pytest.mark.parametrize("number", [1, 64])
async def test_leases_of_one_request_are_one_statement(lab, number):
    tokens = await leases_of(lab, number)
    await renew(lab, [])  # the worker has been heard of
    lab.clock.forward(5)
    with statements(lab) as told:
        items = await renew(lab, tokens, status={"lanes": number})
    assert len(told) == 1, told
    assert [item.lease for item in items] == tokens
    assert {(item.decision, item.code) for item in items} == {("continue", None)}
    assert ends(lab) == dict.fromkeys(tokens, TERM)


async def test_requests_that_wait_are_one_statement(lab):
    tokens = await leases_of(lab, 64)
    lab.clock.forward(5)
    with statements(lab) as told:
        async with gathering(lab):
            doing = [asyncio.ensure_future(renew(lab, [token])) for token in tokens]
            await asyncio.sleep(0)
        answers = await asyncio.gather(*doing)
    assert len(told) == 1, told
    assert {(item.decision, item.code) for (item,) in answers} == {("continue", None)}
    assert ends(lab) == dict.fromkeys(tokens, TERM)


async def test_renewals_share_no_transaction_with_other_verbs(lab):
    """They lock no study: with a study's lock they could wait for each other."""
    await lab.create()
    first, second = await lab.ask(2)
    async with gathering(lab):
        acts = (lab.report(first, 1, 0.5), lab.renew(first), lab.report(second, 1, 0.5), lab.renew(second))
        doing = [asyncio.ensure_future(act) for act in acts]
        await asyncio.sleep(0)
    for answer in await asyncio.gather(*doing):
        assert (answer[0] if isinstance(answer, list) else answer).decision == "continue"
    (study,) = rows(lab.database, "SELECT seq FROM studies")
    assert study["seq"] == 3  # created, asked, and one for both reports


async def test_neither_renewals_nor_the_rest_wait_for_ever(lab):
    """They take turns, so none is carried out twice before the other."""
    await lab.create()
    tokens = [lease.lease for lease in await lab.ask(2)]
    order = []

    async def note(name, act):
        await act
        order.append(name)

    writer = lab.service._writer
    async with gathering(lab):
        doing = [asyncio.ensure_future(note("report", lab.report_all({"lease": tokens[0], "step": 1, "value": 0.5})))]
        doing += [asyncio.ensure_future(note("renewal", renew(lab, [token]))) for token in tokens]
        await asyncio.sleep(0)
        assert [len(queue) for queue in writer._queues] == [1, 2]
    await asyncio.gather(*doing)
    assert order == ["renewal", "renewal", "report"]
    assert writer._renewed is False


async def test_what_is_not_open_costs_a_look_more(lab):
    await lab.create()
    good, told_end = await lab.ask(2)
    await lab.complete(told_end)
    with statements(lab) as told:
        items = await renew(lab, [good.lease, told_end.lease, "unknown", good.lease])
    assert len(told) == 2, told
    assert [item.code for item in items] == [None, "lease_lost", "lease_unknown", None]
    with statements(lab) as told:
        assert await renew(lab, []) == []
    assert told == []


async def test_a_lease_is_renewed_for_whom_its_study_is_alone(lab):
    (token,) = await leases_of(lab, 1)
    lab.clock.forward(5)
    for who in (ELSEWHERE, OF_OTHERS):
        (item,) = await renew(lab, [token], who)
        assert (item.decision, item.code) == ("lost", "lease_unknown")
    assert ends(lab) == {token: TERM - 5}
    (item,) = await renew(lab, [token], OF_MINE)
    assert (item.decision, item.code) == ("continue", None)
    assert ends(lab) == {token: TERM}


async def test_callers_of_one_transaction_have_their_own_rights(lab):
    await lab.create("t")
    (other,) = await lab.ask()
    (token,) = await leases_of(lab, 1)
    callers = [OF_OTHERS, WHO, ELSEWHERE, OF_MINE]
    lab.clock.forward(5)
    async with gathering(lab):
        doing = [asyncio.ensure_future(renew(lab, [token, other.lease], who)) for who in callers]
        await asyncio.sleep(0)
    codes = [[item.code for item in answer] for answer in await asyncio.gather(*doing)]
    no = "lease_unknown"
    assert codes == [[no, no], [None, None], [no, no], [None, no]]
    lab.clock.forward(5)
    async with gathering(lab):
        doing = [asyncio.ensure_future(renew(lab, [token, other.lease], who)) for who in (ELSEWHERE, OF_MINE)]
        await asyncio.sleep(0)
    await asyncio.gather(*doing)
    assert ends(lab) == {token: TERM, other.lease: TERM - 5}


async def test_nothing_but_the_end_of_a_lease_is_changed(lab):
    await lab.create()
    mine, _ = await lab.ask(2)
    await lab.cancel(mine.trial)
    query = "SELECT * FROM attempts ORDER BY trial"
    before = rows(lab.database, query)
    lab.clock.forward(5)
    (item,) = await lab.renew(mine)
    assert (item.decision, item.reason) == ("cancel", "cancelled by somebody")
    after = rows(lab.database, query)
    assert after[0]["expires_at"] == before[0]["expires_at"] + 5_000_000
    after[0]["expires_at"] = before[0]["expires_at"]
    assert after == before


async def test_what_workers_tell_is_written_down_for_all_at_once(lab):
    """A worker that is new here at once; what it tells later when somebody looks, or the sweeper comes by."""
    await lab.create()
    with statements(lab) as told:
        await renew(lab, [], status={"lanes": 1})
    assert [statement.split()[0] for statement in told] in (["INSERT"], ["SELECT", "INSERT"])
    await lab.service.renew(verbs.Renew(worker="v", leases=[], status={"lanes": 2}))
    with statements(lab) as told:
        for lanes in (3, 4):
            await renew(lab, [], status={"lanes": lanes})
        await lab.service.renew(verbs.Renew(worker="v", leases=[]))
        assert told == []
        workers = (await lab.service.list_workers(9, None)).items
    assert sum("INSERT INTO workers" in statement for statement in told) == 1
    assert {worker.name: worker.status for worker in workers} == {"v": {"lanes": 2}, "w": {"lanes": 4}}


# PostgreSQL: its own clock, and other servers


@pytest.fixture
async def labs(anyio_backend, postgres_url):
    clock = Clock()
    async with lab_on(postgres_url, clock) as one, lab_on(postgres_url, clock) as other:
        yield one, other


async def blocked(lab):
    """Waits until a session of this database waits for a lock."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with asyncio.timeout(30):
        while True:
            with lab.database.read() as connection:
                if connection.exec_driver_sql(query).scalar_one():
                    return
            await asyncio.sleep(0.001)


def clock_of(lab):
    with lab.database.read() as connection:
        return connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()


@pytest.mark.postgres
async def test_terms_begin_by_the_clock_of_the_database_when_all_are_locked(anyio_backend, postgres_url):
    clock = Clock()
    clock.now = datetime.now(UTC) - timedelta(minutes=1)
    async with lab_on(postgres_url, clock) as lab:
        await lab.create()
        leases = await lab.ask(3)
        lab.database._clock = None
        with psycopg.connect(postgres_url) as elsewhere, statements(lab) as told:
            elsewhere.execute("SELECT * FROM attempts WHERE trial = 2 FOR UPDATE")
            renewing = asyncio.ensure_future(lab.renew(*leases))
            await blocked(lab)
            released = clock_of(lab)
            elsewhere.execute("UPDATE attempts SET decision = 'cancel' WHERE trial = 2")
            elsewhere.commit()
            assert [item.decision for item in await renewing] == ["continue", "continue", "cancel"]
        done = clock_of(lab)
        assert len(told) == 1, told
        found = {row["expires_at"] for row in rows(lab.database, "SELECT expires_at FROM attempts")}
        assert len(found) == 1
        assert released <= datetime.fromtimestamp(found.pop() / 1e6 - TERM, UTC) <= done


@pytest.mark.postgres
async def test_a_lease_that_ends_while_its_renewal_waits_is_lost(labs, postgres_url):
    one, _ = labs
    await one.create()
    leases = await one.ask(2)
    with psycopg.connect(postgres_url) as elsewhere:
        elsewhere.execute("UPDATE attempts SET ended_at = 1, \"end\" = 'completed' WHERE trial = 0")
        renewing = asyncio.ensure_future(one.renew(*leases))
        await blocked(one)
        elsewhere.commit()
        assert [item.code for item in await renewing] == ["lease_lost", None]
        elsewhere.execute('UPDATE attempts SET ended_at = NULL, "end" = NULL WHERE trial = 0')


@pytest.mark.postgres
async def test_attempts_are_locked_in_the_order_of_their_keys(labs, postgres_url):
    one, _ = labs
    await one.create()
    leases = await one.ask(12)
    connect = psycopg.connect
    with connect(postgres_url) as elsewhere, connect(postgres_url) as looking, statements(one) as told:
        elsewhere.execute("SELECT * FROM attempts WHERE trial = 0 FOR UPDATE")
        renewing = asyncio.ensure_future(one.renew(*reversed(leases)))
        await blocked(one)
        free = looking.execute("SELECT trial FROM attempts FOR UPDATE SKIP LOCKED").fetchall()
        looking.rollback()
        elsewhere.rollback()
        assert {item.decision for item in await renewing} == {"continue"}
    assert sorted(trial for (trial,) in free) == list(range(1, 12))
    order = "ORDER BY attempts.study_id, attempts.trial, attempts.number FOR UPDATE OF attempts"
    assert order in " ".join(told[0].split())  # with so few rows any plan may happen to have it


@pytest.mark.postgres
async def test_verbs_and_sweeps_of_two_servers_never_lock_each_other_out(labs):
    errors = []
    for lab in labs:
        event.listen(lab.database.writer, "handle_error", lambda context: errors.append(context.original_exception))
    await labs[0].create("s")
    await labs[0].create("t")
    leases = [lease for _ in range(2) for lease in await labs[0].ask(12)]
    random = Random(1)

    async def work(lab, place):
        for step in range(8):
            mine = random.sample(leases, 8)
            items = [{"lease": lease.lease, "step": 8 * place + step, "value": 0.5} for lease in mine]
            await (lab.renew(*mine) if (place + step) % 2 else lab.report_all(*items))

    async def sweep(lab):
        for _ in range(8):
            lab.clock.forward(1)
            await lab.service.sweep()

    await asyncio.gather(*(work(labs[place % 2], place) for place in range(12)), sweep(labs[0]), sweep(labs[1]))
    told = [labs[place % 2].complete(lease) for place, lease in enumerate(leases)]
    renewed = [labs[place % 2].renew(*random.sample(leases, 8)) for place in range(12)]
    await asyncio.gather(*told, *renewed)
    assert errors == []
