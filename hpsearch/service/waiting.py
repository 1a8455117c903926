"""Asks that wait for work: woken by this process's commits, and by a look at the database for those of other replicas."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.5
"""Between two looks for what other replicas did."""


class Waiting:
    """One event that all waiting asks share; waiting holds neither thread nor connection."""

    def __init__(self, look: Callable[[], Awaitable[object]]) -> None:
        self._look = look
        self._event = asyncio.Event()
        self._waiters = 0
        self._looking: asyncio.Task[None] | None = None
        self._closed = False

    def wake(self) -> None:
        """There may be work: every waiting ask looks again."""
        self._event.set()
        self._event = asyncio.Event()

    @property
    def closed(self) -> bool:
        """Whether nobody waits any more: the service closes."""
        return self._closed

    @property
    def event(self) -> asyncio.Event:
        """Take it before you look for work, so that nothing that comes in between is missed."""
        return self._event

    async def wait(self, event: asyncio.Event, seconds: float) -> bool:
        """Waits for the event; false when the time is over, or the service closes."""
        if self._closed or seconds <= 0:
            return False
        if self._looking is None:
            self._looking = asyncio.create_task(self._look_again())
        self._waiters += 1
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return False
        finally:
            self._waiters -= 1
        return not self._closed

    async def _look_again(self) -> None:
        seen: object = None  # so the first look wakes: what came after an ask looked, and before this, is not missed
        while self._waiters:
            try:
                now = await self._look()
            except Exception as error:
                log.warning("look_failed", error=repr(error))
                now = seen
            if now != seen:
                seen = now
                self.wake()
            await asyncio.sleep(LOOK_SECONDS)
        self._looking = None

    async def close(self) -> None:
        """Sends all waiting asks home."""
        self._closed = True
        self.wake()
        if self._looking is not None:
            self._looking.cancel()
