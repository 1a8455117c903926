"""What a server's metrics say of its database."""

import pytest

pytestmark = pytest.mark.anyio


async def test_totals_are_those_of_all_studies(lab):
    await lab.create("a")
    await lab.create("b")
    await lab.create("gone")
    first, _ = await lab.ask(2, studies=("a",))
    await lab.ask(3, studies=("b",))
    await lab.complete(first)
    await lab.patch("b", state="paused")
    await lab.service.delete_study("gone")
    totals = await lab.service.totals()
    assert totals.studies == {"active": 1, "paused": 1, "finished": 0}
    assert {state: count for state, count in totals.trials.items() if count} == {"running": 4, "completed": 1}
    assert totals.open_leases == 4
