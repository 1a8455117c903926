import asyncio

import pytest
from starlette.requests import ClientDisconnect

from hpsearch_api.polls import while_connected

pytestmark = pytest.mark.anyio


class Request:
    """A request whose client sends what the test says."""

    def __init__(self, *messages):
        self.messages = asyncio.Queue()
        for message in messages:
            self.messages.put_nowait(message)

    async def receive(self):
        return {"type": await self.messages.get()}


class Work:
    """Takes until the test says so; remembers whether it was cancelled."""

    def __init__(self):
        self.began = asyncio.Event()
        self.may_end = asyncio.Event()
        self.cancelled = False

    async def run(self):
        self.began.set()
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        return "done"


@pytest.fixture(autouse=True)
async def nothing_is_left_running(anyio_backend):
    yield
    assert not [
        task for task in asyncio.all_tasks() if task.get_coro().__name__ in {"run", "broken", "_until_disconnect"}
    ]


async def test_the_result_of_the_work():
    work = Work()
    work.may_end.set()
    assert await while_connected(Request("http.request"), work.run()) == "done"
    assert not work.cancelled


async def test_a_client_that_goes_away_ends_the_work():
    work = Work()
    with pytest.raises(ClientDisconnect):
        await while_connected(Request("http.request", "http.disconnect"), work.run())
    assert work.cancelled


async def test_what_the_work_raises():
    async def broken():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await while_connected(Request(), broken())


async def test_cancelled_from_outside_it_ends_the_work_too():
    work = Work()
    waiting = asyncio.create_task(while_connected(Request(), work.run()))
    await work.began.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert work.cancelled
