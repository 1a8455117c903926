import asyncio

import pytest

from hpsearch.service import waiting
from hpsearch.service.waiting import Waiting

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
async def looking(monkeypatch):
    """A Waiting that looks at `seen` all the time."""
    monkeypatch.setattr(waiting, "LOOK_SECONDS", 0.0)

    class Looking(Waiting):
        def __init__(self):
            super().__init__(self.look)
            self.seen = 0
            self.looks = 0

        async def look(self):
            self.looks += 1
            return self.seen

    found = Looking()
    yield found
    await found.close()


async def test_what_came_before_the_first_look_wakes(looking):
    """An ask finds nothing, another replica commits, and only then does this process begin to look: it must not wait on."""
    event = looking.event
    looking.seen = 1
    async with asyncio.timeout(30):
        assert await looking.wait(event, 60)


async def test_each_change_wakes_once(looking):
    async with asyncio.timeout(30):
        always = asyncio.ensure_future(looking.wait(asyncio.Event(), 60))  # so looking goes on
        assert await looking.wait(looking.event, 60)  # the first look
        for _ in range(3):
            waiting_for_change = asyncio.ensure_future(looking.wait(looking.event, 60))
            looks = looking.looks
            while looking.looks < looks + 3:
                await asyncio.sleep(0)
            assert not waiting_for_change.done()
            looking.seen += 1
            assert await waiting_for_change
        always.cancel()


async def test_nobody_looks_while_nobody_waits(looking):
    async with asyncio.timeout(30):
        await looking.wait(looking.event, 60)
        while looking._looking is not None:
            await asyncio.sleep(0)
        looks = looking.looks
        for _ in range(5):
            await asyncio.sleep(0)
        assert looking.looks == looks
        looking.seen += 1
        assert await looking.wait(looking.event, 60)


async def test_what_wakes_between_looking_and_waiting_is_not_missed(looking):
    event = looking.event
    looking.wake()
    assert await looking.wait(event, 60)


async def test_closing_sends_home_now_and_later(looking):
    event = looking.event
    home = asyncio.ensure_future(looking.wait(event, 60))
    await asyncio.sleep(0)
    await looking.close()
    assert not await home
    assert not await looking.wait(looking.event, 60)
