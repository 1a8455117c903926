"""Commands gathered in one transaction: a bad neighbour harms nobody, and an unknown outcome is told apart from a failure."""

import asyncio
from contextlib import contextmanager
from dataclasses import replace

import pytest
from lab import WHO, gathering, study_of
from sqlalchemy import exc

from hpsearch import errors
from hpsearch.identity import Scope
from hpsearch.service import writer
from hpsearch.service.commands.command import Again, Batch, Command
from hpsearch.service.commands.studies import CreateStudy
from hpsearch.storage import Ledger
from hpsearch.wire.tokens import TokenRequest

pytestmark = pytest.mark.anyio


class Twice(Command):
    """Stores a trial that is there already: a real unique violation, when the ledger is written."""

    def __init__(self, name="s"):
        self.name = name

    def prepare(self, batch):
        self.study_id = batch.ledger.find_study("default", self.name)
        return (self.study_id,)

    def run(self, batch):
        batch.ledger.add_trial(batch.ledger.trial((self.study_id, 0)))


class Unbalanced(Twice):
    """Breaks a check of the database."""

    def run(self, batch):
        study = batch.ledger.study(self.study_id)
        batch.ledger.put_study(replace(study, next_number=study.next_number + 1))


class Broken(Command):
    def run(self, batch):
        raise ZeroDivisionError


class BrokenEarly(Command):
    def prepare(self, batch):
        raise ZeroDivisionError

    def run(self, batch):
        raise AssertionError


class Refused(Command):
    def run(self, batch):
        raise errors.InvalidInput.at("field", "is wrong")


class NeverContent(Command):
    def run(self, batch):
        raise Again


def submit(lab, command):
    return asyncio.ensure_future(lab.service._writer.submit(command))


async def neighbours(lab, *commands):
    """A report, an ask, a tell and a renewal of one transaction with these commands between them; what became of the commands."""
    await lab.create(budget={"max_trials": 9})
    first, second, third = await lab.ask(3)
    async with gathering(lab):
        good = [asyncio.ensure_future(lab.report(first, 1, 0.5)), asyncio.ensure_future(lab.ask(2, request_id="again"))]
        bad = [submit(lab, command) for command in commands]
        good += [asyncio.ensure_future(lab.complete(second, 0.25)), asyncio.ensure_future(lab.renew(third))]
        await asyncio.sleep(0)
    reported, leases, told, renewed = await asyncio.gather(*good)
    assert (reported.decision, told.accepted, renewed[0].decision) == ("continue", True, "continue")
    assert [lease.trial for lease in leases] == [3, 4]
    assert await lab.ask(2, request_id="again") == leases
    assert await lab.counts() == {"running": 4, "completed": 1}
    assert [report.step for report in (await lab.service.list_reports("s", 0, 9, None)).items] == [1]
    return await asyncio.gather(*bad, return_exceptions=True)


@pytest.mark.parametrize("command", [Twice, Unbalanced, Broken, BrokenEarly, NeverContent])
async def test_a_command_that_fails_harms_nobody(lab, command, logs):
    (found,) = await neighbours(lab, command())
    assert isinstance(found, errors.InternalError)
    told = [line["command"] for line in logs if line["event"] == "command_failed"]
    assert told == ([] if command is NeverContent else [command.__name__])


async def test_a_refused_command_changes_nothing(lab):
    (found,) = await neighbours(lab, Refused())
    assert found.fields == (errors.FieldError("field", "is wrong"),)


async def test_many_bad_neighbours(lab):
    found = await neighbours(lab, Broken(), Twice(), Refused(), Twice(), BrokenEarly())
    assert [type(error).__name__ for error in found] == ["InternalError"] * 2 + ["InvalidInput"] + ["InternalError"] * 2


async def test_a_batch_is_carried_out_in_one_transaction_and_in_order(lab):
    await lab.create()
    lease = await lab.ask_one()
    before = await lab.study()
    async with gathering(lab):
        doing = [asyncio.ensure_future(lab.report(lease, step, 0.5)) for step in range(20)] + [
            asyncio.ensure_future(lab.complete(lease)),
            asyncio.ensure_future(lab.report(lease, 20, 0.5)),
        ]
        await asyncio.sleep(0)
    answers = await asyncio.gather(*doing)
    assert [answer.code for answer in answers] == [None] * 21 + ["lease_lost"]
    assert (await lab.study()).seq == before.seq + 1


async def test_a_batch_is_bounded(lab, monkeypatch):
    monkeypatch.setattr(writer, "MOST_COMMANDS", 3)
    monkeypatch.setattr(writer, "MOST_ITEMS", 5)
    await lab.create()
    leases = await lab.ask(9)
    seq = (await lab.study()).seq
    async with gathering(lab):
        doing = [asyncio.ensure_future(lab.report(leases[0], step, 0.5)) for step in range(7)]
        items = [{"lease": lease.lease, "step": 9, "value": 0.5} for lease in leases]
        doing += [asyncio.ensure_future(lab.report_all(*items)), asyncio.ensure_future(lab.report(leases[0], 8, 0.5))]
        await asyncio.sleep(0)
    await asyncio.gather(*doing)
    assert (await lab.study()).seq == seq + 5  # 3, 3, 1 reports; one of nine items alone; one


@contextmanager
def commit_then_fail(lab, times, error):
    """The next transactions that write are committed, but nobody hears of it."""
    write = lab.database.write
    left = [times]

    @contextmanager
    def lossy():
        with write() as connection:
            yield connection
        if left[0] > 0:
            left[0] -= 1
            raise error

    lab.database.write = lossy
    try:
        yield
    finally:
        lab.database.write = write


@pytest.mark.parametrize("times", [1, 3])
async def test_after_an_unknown_outcome_nothing_is_done_twice(lab, times):
    await lab.create(budget={"max_trials": 20})
    first, second, third = await lab.ask(3)
    gone = errors.DatabaseUnavailable("the connection was lost")
    with commit_then_fail(lab, times, gone):
        async with gathering(lab):
            doing = [
                asyncio.ensure_future(act)
                for act in (
                    lab.report(first, 1, 0.5),
                    lab.complete(second),
                    lab.fail(third),
                    lab.ask(4, request_id="a"),
                )
            ]
            await asyncio.sleep(0)
        reported, completed, failed, leases = await asyncio.gather(*doing)
        enqueued = await lab.enqueue(request_id="b", params={"x": 0.5})
    assert (reported.code, completed.accepted, failed.accepted) == (None, True, True)
    assert await lab.ask(4, request_id="a") == leases
    assert (await lab.enqueue(request_id="b", params={"x": 0.5})).number == enqueued.number
    trials = [trial for page in await lab.pages() for trial in page]
    assert len(trials) == 3 + 4 + 1
    assert [trial.attempts for trial in trials[:3]] == [1, 1, 1]


@pytest.mark.parametrize("times", [1, 3])
async def test_after_an_unknown_outcome_people_are_answered_as_if_nothing_had_been(lab, times):
    gone = errors.DatabaseUnavailable("the connection was lost")
    with commit_then_fail(lab, times, gone):
        token = await lab.service.create_token(TokenRequest(name="t", scope=Scope.VIEWER))
    assert (await lab.service.authenticate(token.token)).name == "t"
    with commit_then_fail(lab, times, gone):
        session = await lab.service.sign_in(token.token)
    assert (await lab.service.authenticate_session(session)).name == "t"
    with commit_then_fail(lab, times, gone):
        await lab.service.sign_out(session)
        await lab.service.revoke_token(token.id)
    await lab.create()
    with commit_then_fail(lab, times, gone):
        await lab.service.delete_study("s", WHO)
    with pytest.raises(errors.StudyNotFound):
        await lab.service.delete_study("s", WHO)


async def test_a_study_that_took_the_name_of_a_deleted_one_is_not_deleted_by_a_repeat(lab):
    await lab.create()
    write, other = lab.database.write, CreateStudy(study_of(name="s"), WHO, 10)

    @contextmanager
    def overtaken():
        lab.database.write = write
        with write() as connection:
            yield connection
        with write() as connection:
            ledger = Ledger(lab.database, connection)
            other.run(Batch(ledger))
            ledger.flush()
        raise errors.DatabaseUnavailable("the connection was lost")

    lab.database.write = overtaken
    await lab.service.delete_study("s", WHO)
    assert (await lab.study()).state == "active"


async def test_a_database_that_stays_away_is_said_so(lab):
    await lab.create()
    lease = await lab.ask_one()
    write = lab.database.write

    @contextmanager
    def away():
        raise errors.DatabaseUnavailable("gone")
        yield

    lab.database.write = away
    with pytest.raises(errors.DatabaseUnavailable):
        await lab.report(lease, 1, 0.5)
    lab.database.write = write
    assert (await lab.report(lease, 1, 0.5)).code is None


async def test_a_transaction_that_loses_against_another_is_repeated(lab):
    await lab.create()
    lease = await lab.ask_one()
    write = lab.database.write
    left = [4]

    @contextmanager
    def deadlocks():
        with write() as connection:
            yield connection
            if left[0] > 0:
                left[0] -= 1
                raise exc.OperationalError("UPDATE", {}, Exception("deadlock detected"))

    lab.database.write = deadlocks
    assert (await lab.report(lease, 1, 0.5)).code is None
    lab.database.write = write
    assert (await lab.trial(0)).last_step == 1


async def test_a_caller_that_goes_away_takes_nothing_with_it(lab):
    await lab.create()
    async with gathering(lab):
        going = asyncio.ensure_future(lab.ask(1, request_id="a"))
        staying = asyncio.ensure_future(lab.ask(1, request_id="b"))
        await asyncio.sleep(0)
        going.cancel()
        await asyncio.sleep(0)
    assert [lease.trial for lease in await staying] == [1]
    assert [lease.trial for lease in await lab.ask(1, request_id="a")] == [0]


async def test_a_closed_service_carries_out_what_waits_and_takes_no_more(lab):
    await lab.create()
    async with gathering(lab):
        asking = asyncio.ensure_future(lab.ask())
        await asyncio.sleep(0)
        closing = asyncio.ensure_future(lab.service._writer.close())
        await asyncio.sleep(0)
        with pytest.raises(errors.DatabaseUnavailable, match="shutting down"):
            await lab.ask()
    await closing
    assert len(await asking) == 1
