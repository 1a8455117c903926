"""How a worker's lanes were used in the last minutes, and what came of it."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

WINDOW_SECONDS = 300.0
_INTERVAL = 5.0
"""Between two marks from which the last minutes may be counted."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Since the start of the worker, at some time; or the differences of two."""

    at: float
    lane_seconds: float = 0.0
    busy_seconds: float = 0.0
    device_seconds: float = 0.0
    trials: int = 0


class Lately:
    """Adds up as time goes by. May be called from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._lanes = self._busy = 0
        self._now = Totals(clock())
        self._marks = deque([self._now])

    def lanes(self, lanes: int, busy: int) -> None:
        """From now on there are so many, and so many of them have a trial."""
        with self._guard:
            self._advance()
            self._lanes, self._busy = lanes, min(busy, lanes)

    def ended(self, device_seconds: float) -> None:
        """An attempt has ended that used so much of the device."""
        with self._guard:
            self._advance()
            now = self._now
            self._now = replace(now, device_seconds=now.device_seconds + device_seconds, trials=now.trials + 1)

    def totals(self) -> Totals:
        """Of the last WINDOW_SECONDS and what belongs to them until the last look before, or since the start; `at`: how many seconds that were."""
        with self._guard:
            self._advance()
            now, first = self._now, self._marks[0]
            return Totals(
                now.at - first.at,
                now.lane_seconds - first.lane_seconds,
                now.busy_seconds - first.busy_seconds,
                now.device_seconds - first.device_seconds,
                now.trials - first.trials,
            )

    def _advance(self) -> None:
        at, now = self._clock(), self._now
        passed = at - now.at
        self._now = replace(
            now,
            at=at,
            lane_seconds=now.lane_seconds + passed * self._lanes,
            busy_seconds=now.busy_seconds + passed * self._busy,
        )
        if at - self._marks[-1].at >= _INTERVAL:
            self._marks.append(self._now)
        while len(self._marks) > 1 and at - self._marks[1].at >= WINDOW_SECONDS:
            self._marks.popleft()
