"""What one worker, or one project, may have at most."""

import pytest

from hpsearch.errors import LimitReached
from hpsearch.identity import Identity, Scope

pytestmark = pytest.mark.anyio


def limit(lab, **limits):
    lab.service._settings = lab.service._settings.model_copy(update=limits)


async def test_open_leases_of_a_worker(lab):
    limit(lab, leases_per_worker=3)
    await lab.create()
    first = await lab.ask(2)
    assert len(await lab.ask(5)) == 1
    with pytest.raises(LimitReached, match="'w' holds 3 leases"):
        await lab.ask(1)
    assert len(await lab.ask(5, worker="another")) == 3
    await lab.complete(first[0])
    assert len(await lab.ask(5)) == 1


async def test_repeats_are_answered_at_the_limit(lab):
    limit(lab, leases_per_worker=2)
    await lab.create()
    granted = await lab.ask(2, request_id="r")
    assert await lab.ask(2, request_id="r") == granted


async def test_a_queued_trial_counts_as_well(lab):
    limit(lab, leases_per_worker=1)
    await lab.create()
    for _ in range(2):
        await lab.enqueue(params={"x": 0.5})
    assert [lease.trial for lease in await lab.ask(5)] == [0]


async def test_studies_of_a_project(lab):
    limit(lab, studies_per_project=2)
    for name in ("a", "b"):
        await lab.create(name)
    with pytest.raises(LimitReached, match="project 'default' has 2 studies"):
        await lab.create("c")
    definition = (await lab.study("a")).definition
    assert not (await lab.service.create_study(definition))[1]  # it is there already
    other = Identity("other", Scope.USER, "other")
    assert (await lab.service.create_study(definition, other))[1]
    await lab.service.delete_study("a")
    await lab.create("c")
