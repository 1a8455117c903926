"""What is heard of workers: that of a new one is written down at once, all else every few seconds, for all of them together."""

from collections.abc import Mapping
from typing import Any

from hpsearch.service.commands.command import Batch, Command
from hpsearch.storage import WorkerKey

Heard = Mapping[WorkerKey, Mapping[str, Any] | None]
"""Workers, each with the last status that it told, if any."""

MOST_KNOWN = 10_000
"""Workers that are remembered; beyond it some are written down at once again."""


class WorkerNews:
    """Of one process, and lost with it: a renewal tells the same again."""

    def __init__(self) -> None:
        self._known: set[WorkerKey] = set()
        self._pending: dict[WorkerKey, Mapping[str, Any] | None] = {}

    def hear(self, worker: WorkerKey, status: Mapping[str, Any] | None) -> Heard:
        """What the command that it came with is to write down; the rest is kept."""
        if worker not in self._known:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known.add(worker)
            return {worker: status}
        self._pending[worker] = self._pending.get(worker) if status is None else status
        return {}

    def take(self) -> Heard:
        """What was kept."""
        pending, self._pending = self._pending, {}
        return pending


class NoteWorkers(Command[None]):
    """Writes down what was heard, and nothing else."""

    def __init__(self, heard: Heard) -> None:
        self.heard = heard

    def run(self, batch: Batch) -> None:
        """Nothing more to do."""
