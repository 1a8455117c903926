"""Waits that grow while something keeps failing."""

import random


class Backoff:
    """Doubles from `first` to `most` seconds, each wait shortened by up to a quarter so that many workers do not move in step."""

    def __init__(self, first: float, most: float, jitter: random.Random | None = None) -> None:
        self._first = first
        self._most = most
        self._jitter = jitter or random.Random()  # noqa: S311  # no secret
        self._failures = 0

    def failed(self) -> float:
        """Seconds to wait after one more failure."""
        grown = self._first * 2.0 ** min(self._failures, 60)
        self._failures += 1
        return min(grown, self._most) * (1 - self._jitter.random() / 4)

    @property
    def is_failing(self) -> bool:
        """Whether the last thing told was a failure."""
        return self._failures > 0

    def succeeded(self) -> None:
        """The next failure begins anew."""
        self._failures = 0
