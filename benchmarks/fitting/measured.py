"""What one side took."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Any


@dataclass(frozen=True)
class Measured:
    """One side: seconds before its first trial (compilation, start of processes), seconds of all trials, and each one's last validation loss.

    Where every trial compiles, that is in `seconds`.
    """

    name: str
    startup: float
    seconds: float
    losses: Sequence[float]

    @property
    def rate(self) -> float:
        """Trials a second, compilation included."""
        return len(self.losses) / (self.startup + self.seconds)

    @property
    def rate_once_compiled(self) -> float:
        return len(self.losses) / self.seconds

    def row(self) -> dict[str, Any]:
        return {
            "side": self.name,
            "trials": len(self.losses),
            "startup_seconds": self.startup,
            "seconds": self.seconds,
            "trials_per_second": self.rate,
            "trials_per_second_once_compiled": self.rate_once_compiled,
            "val_loss": mean(self.losses),
        }


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds, and what it returned."""
    begin = time.perf_counter()
    result = work()
    return time.perf_counter() - begin, result
