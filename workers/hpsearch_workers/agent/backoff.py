"""Waits that grow while something keeps failing."""

import random

MOST_NAMED = 300.0
"""Seconds that a server can make us wait; it may have meant something else by more."""


class Backoff:
    """Doubles from `first` to `most` seconds, each wait shortened by up to a quarter so that many workers do not move in step."""

    def __init__(self, first: float, most: float, jitter: random.Random | None = None) -> None:
        self._first = first
        self._most = most
        self._jitter = jitter or random.Random()  # noqa: S311  # no secret
        self._failures = 0

    def failed(self, named: float | None = None) -> float:
        """Seconds to wait after one more failure; no less than the server named."""
        grown = self._first * 2.0 ** min(self._failures, 60)
        self._failures += 1
        return max(min(grown, self._most) * (1 - self._jitter.random() / 4), min(named or 0.0, MOST_NAMED))

    @property
    def is_failing(self) -> bool:
        """Whether the last thing told was a failure."""
        return self._failures > 0

    def succeeded(self) -> None:
        """The next failure begins anew."""
        self._failures = 0
