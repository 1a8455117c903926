"""A database that goes away, and comes back."""

import asyncio

import psycopg
import pytest
from lab import gathering, lab_on

from hpsearch.errors import DatabaseUnavailable
from hpsearch.service.commands.command import Command

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]


@pytest.fixture
async def lab(anyio_backend, postgres_url):
    async with lab_on(postgres_url) as lab:
        yield lab


@pytest.fixture
def outage(postgres, postgres_url):
    """Ends every connection to the database and lets none in, until it is called with True."""
    name = psycopg.conninfo.conninfo_to_dict(postgres_url)["dbname"]

    def switch(*, open_again):
        with psycopg.connect(postgres.maintenance_url, autocommit=True) as connection:
            connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {open_again}')
            connection.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s", [name]
            )

    yield switch
    switch(open_again=True)


async def test_while_the_database_is_away_every_call_says_so_and_afterwards_all_is_well(lab, outage):
    await lab.service.ready()
    await lab.create(sampler={"name": "tpe"})
    first, second = await lab.ask(2)
    outage(open_again=False)
    for call in (
        lab.service.ready(),
        lab.report(first, 1, 0.5),
        lab.complete(first),
        lab.renew(first),
        lab.ask(),
        lab.service.sweep(),
        lab.study(),
        lab.enqueue(params={"x": 0.5}),
        lab.service.authenticate("x"),
    ):
        with pytest.raises(DatabaseUnavailable):
            await call
    outage(open_again=True)
    await lab.service.ready()
    assert (await lab.report(first, 1, 0.5)).decision == "continue"
    assert (await lab.complete(second)).accepted
    assert (await lab.ask_one()).trial == 2


class EndsItsConnection(Command):
    """Loses the connection in the middle of its transaction, the first time."""

    def __init__(self):
        self.times = 0

    def run(self, batch):
        self.times += 1
        if self.times == 1:
            batch.ledger.connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")
        return self.times


async def test_a_connection_that_breaks_in_a_transaction_costs_nothing(lab):
    await lab.create()
    lease = await lab.ask_one()
    async with gathering(lab):
        doing = [
            asyncio.ensure_future(act)
            for act in (lab.report(lease, 1, 0.5), lab.service._writer.submit(EndsItsConnection()), lab.ask(2))
        ]
        await asyncio.sleep(0)
    reported, times, leases = await asyncio.gather(*doing)
    assert (reported.code, times) == (None, 2)
    assert [lease.trial for lease in leases] == [1, 2]


async def test_a_turn_ends_when_its_connection_breaks(lab, outage):
    """The advisory lock of an ask that computes goes with the connection; the ask does not."""
    await lab.create(sampler={"name": "tpe"})
    compute = lab.service._suggester._compute

    def compute_meanwhile(*arguments):
        found = compute(*arguments)
        outage(open_again=True)
        return found

    lab.service._suggester._compute = compute_meanwhile
    assert (await lab.ask_one()).trial == 0
