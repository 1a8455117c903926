"""Long polls: they end when their client goes away. (When the server stops, the service sends them home.)"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from fastapi import Request
from starlette.requests import ClientDisconnect

Result = TypeVar("Result")


async def while_connected(request: Request, work: Coroutine[Any, Any, Result]) -> Result:
    """The result of `work`; cancels it and raises ClientDisconnect when the client goes away before.

    The body of `request` must have been read. What was granted in the instant of going away is found again by repeating the ask.
    """
    working = asyncio.create_task(work)
    watching = asyncio.create_task(_until_disconnect(request))
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise ClientDisconnect
    finally:
        working.cancel()
        watching.cancel()
        await asyncio.wait({working, watching})


async def _until_disconnect(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
