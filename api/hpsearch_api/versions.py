"""Answers that stay the same while a study does: entity tags, and 304 for who has the answer already (RFC 9110, section 13.1.2)."""

import re
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response

from hpsearch import __version__
from hpsearch.space import NAME_PATTERN
from hpsearch_api.access import GuardedRoute
from hpsearch_api.state import service_of, who

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
_TAG = re.compile(r'"[^"]*"')


class VersionedRoute(GuardedRoute):
    """A route that answers from the trials of the study in its path, and from nothing else that changes."""

    def get_route_handler(self) -> Handler:
        """What the framework does, unless the study is as it was when the client read it last."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            tag = await _tag(request)
            if tag is None:
                return await handle(request)
            headers = {"ETag": f"W/{tag}", "Cache-Control": "private, no-cache"}
            # The tag is older than what is answered, or as old: at worst a client reads the same again.
            if tag in _TAG.findall(request.headers.get("if-none-match", "")):
                return Response(status_code=304, headers=headers)
            response = await handle(request)
            if response.status_code == 200:
                response.headers.update(headers)
            return response

        return answer


async def _tag(request: Request) -> str | None:
    """The tag of the study's present state; None where there is no study."""
    name = request.path_params["study"]
    if not re.fullmatch(NAME_PATTERN, name):
        return None
    version = await service_of(request).version(name, who(request))
    return version and f'"{__version__}.{version}"'
