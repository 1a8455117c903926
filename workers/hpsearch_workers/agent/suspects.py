"""Finds the trial that kills its training process, among those that were in it together.

Nobody knows whose doing a death was when a process held several trials. Each of them is then let run only in half the company, and
again in half of that: whoever kills dies alone in the end, after at most 1 + log2(company) deaths, and the others have long ended.
"""

import sys
from collections.abc import Iterable, Sequence

UNLIMITED = sys.maxsize

Trial = tuple[str, int]
"""Name of the study, number of the trial."""


class Suspects:
    """The trials that were in a process that died, each with the most trials that may be in one process with it, itself included."""

    def __init__(self) -> None:
        self._limits: dict[Trial, int] = {}

    def limit(self, trials: Iterable[Trial]) -> int:
        """The most trials that a process with these may hold."""
        return min((self._limits.get(trial, UNLIMITED) for trial in trials), default=UNLIMITED)

    def died(self, together: Sequence[Trial]) -> None:
        """A process died that held these."""
        limit = max(1, len(together) // 2)
        self._limits.update(dict.fromkeys(together, limit))

    def ended(self, trial: Trial) -> None:
        """A trial ended otherwise: it is no suspect any more."""
        self._limits.pop(trial, None)
