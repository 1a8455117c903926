"""Whoever computes lets commands pass first, but not for ever."""

import asyncio
import time

import pytest
from lab import gathering

pytestmark = pytest.mark.anyio


async def test_nobody_waits_while_there_is_nothing_to_do(lab):
    await lab.create()
    await asyncio.wait_for(asyncio.to_thread(lab.service._writer.let_pass, 60), 30)


async def test_a_command_under_way_is_waited_for_but_only_so_long(lab):
    async with gathering(lab):
        begin = time.monotonic()
        await asyncio.to_thread(lab.service._writer.let_pass, 0.05)
        assert time.monotonic() - begin >= 0.05


async def test_a_command_that_ends_ends_the_wait(lab):
    async with gathering(lab):
        waiting = asyncio.create_task(asyncio.to_thread(lab.service._writer.let_pass, 60))
    await asyncio.wait_for(waiting, 30)
