"""How often one token may ask, or one address sign in: a bucket for each, which fills up again as time passes."""

import time
from collections.abc import Callable, Hashable

BURST_SECONDS = 10.0
"""Who was quiet may send what so many seconds allow at once."""
MOST_BUCKETS = 10_000
"""Then all are full again: who has so many addresses has as many bursts anyway."""


class Rates:
    """The buckets of one process. `per_second`: requests that each caller may send in the long run."""

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._clock = clock
        self._left: dict[Hashable, tuple[float, float]] = {}

    def take(self, caller: Hashable) -> bool:
        """Takes one request out of the caller's bucket; false when it is empty."""
        now, most = self._clock(), self._per_second * BURST_SECONDS
        left, since = self._left.get(caller, (most, now))
        left = min(most, left + (now - since) * self._per_second)
        if len(self._left) >= MOST_BUCKETS and caller not in self._left:
            self._left.clear()
        self._left[caller] = (left - 1 if left >= 1 else left, now)
        return left >= 1
