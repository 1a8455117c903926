"""Definitions of studies, kept in memory: they never change, and cost more to validate than to read."""

from threading import Lock
from typing import Any

from sqlalchemy import Row

from hpsearch.storage.types import dumps
from hpsearch.study import Study

CHARACTERS = 4_000_000
"""JSON of definitions that are kept; in memory they take about five times as much."""


class Definitions:
    """The definitions that were read last; those that came first make room. Any thread may use it."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[Study, int]] = {}
        self._characters = 0
        self._lock = Lock()

    def of(self, row: Row[Any]) -> Study:
        """The definition of a row of `studies`."""
        kept = self._kept.get(row.id)
        return kept[0] if kept else self._keep(row.id, row.definition)

    def _keep(self, study_id: int, document: Any) -> Study:
        definition, size = Study.model_validate(document), len(dumps(document))
        with self._lock:
            if study_id in self._kept:  # another thread was quicker
                return self._kept[study_id][0]
            self._kept[study_id] = definition, size
            self._characters += size
            while self._characters > CHARACTERS:
                self._characters -= self._kept.pop(next(iter(self._kept)))[1]
        return definition
