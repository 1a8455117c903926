"""How often one token may ask: a bucket for each, which fills up again as time passes."""

import time
from collections.abc import Callable

BURST_SECONDS = 10.0
"""A token that was quiet may send what so many seconds allow at once."""


class Rates:
    """The buckets of one process. `per_second`: requests that a token may send in the long run."""

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._clock = clock
        self._left: dict[int, tuple[float, float]] = {}

    def take(self, token: int) -> bool:
        """Takes one request out of the token's bucket; false when it is empty."""
        now, most = self._clock(), self._per_second * BURST_SECONDS
        left, since = self._left.get(token, (most, now))
        left = min(most, left + (now - since) * self._per_second)
        self._left[token] = (left - 1 if left >= 1 else left, now)
        return left >= 1
