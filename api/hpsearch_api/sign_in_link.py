"""The link by which whoever starts a server signs in without a token: once, within five minutes.

Its code is kept in the memory of the process that printed it, and opens that one alone: a link names its process by its address.
"""

import time
from collections.abc import Callable
from hmac import compare_digest
from secrets import token_urlsafe

from hpsearch_api.pages import LOGIN

LINK_SECONDS = 300.0


class SignInLink:
    """The code of one process; there is none before `draw`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._code: str | None = None
        self._until = 0.0

    def draw(self) -> str:
        """Path and query of a new link, of 256 random bits; one drawn before ends."""
        self._code, self._until = token_urlsafe(32), self._clock() + LINK_SECONDS
        return f"{LOGIN}?code={self._code}"

    def take(self, code: str) -> bool:
        """Whether this is the code, in time; then it is spent."""
        if self._code is None or self._clock() >= self._until or not compare_digest(code.encode(), self._code.encode()):
            return False
        self._code = None
        return True
