"""Reports as pruners and repeats need them: stored ones together with those that the ledger has still to write."""

from collections.abc import Iterable

from sqlalchemy import select

from hpsearch.storage.codec import report_from_row
from hpsearch.storage.keys import ByKeys
from hpsearch.storage.ledger import AttemptKey, Ledger, TrialKey
from hpsearch.storage.tables import reports
from hpsearch.trial import Report

_STORED = ByKeys(select(reports), reports.c.study_id, reports.c.trial, reports.c.attempt, reports.c.step)


class History:
    """The reports of the trials that one transaction works on."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._at_rung: dict[tuple[int, int], dict[int, float]] = {}

    def stored(self, keys: Iterable[tuple[AttemptKey, int]]) -> dict[tuple[AttemptKey, int], Report]:
        """The reports that there are of these attempts and steps."""
        wanted = sorted({(*attempt, step) for attempt, step in keys})
        found = {
            ((row.study_id, row.trial, row.attempt), row.step): report_from_row(row)
            for row in _STORED.rows(self._ledger.connection, wanted)
        }
        for study_id, trial, attempt, step in wanted:
            fresh = self._ledger.changes.reports.get((study_id, trial, attempt, step))
            if fresh is not None:
                found[(study_id, trial, attempt), step] = fresh.report
        return found

    def values(self, trial: TrialKey) -> dict[int, float]:
        """The value at each step of a trial, in the order of the steps; the latest attempt's wins."""
        query = (
            select(reports.c.step, reports.c.value)
            .where(reports.c.study_id == trial[0], reports.c.trial == trial[1], reports.c.current)
            .order_by(reports.c.attempt)
        )
        values = dict(self._ledger.connection.execute(query).all())
        for (study_id, number, _, step), new in self._ledger.changes.reports.items():
            if (study_id, number) == trial:
                values[step] = new.report.value
        return dict(sorted(values.items()))

    def others(self, trial: TrialKey, rung: int) -> list[float]:
        """The values at this rung of the other trials of the study."""
        key = (trial[0], rung)
        if key not in self._at_rung:
            query = select(reports.c.trial, reports.c.value).where(
                reports.c.study_id == trial[0], reports.c.rung == rung, reports.c.current
            )
            self._at_rung[key] = dict(self._ledger.connection.execute(query).all())
        values = dict(self._at_rung[key])
        for (study_id, number, _, _), new in self._ledger.changes.reports.items():
            if (study_id, new.rung) == key:
                values[number] = new.report.value
        values.pop(trial[1], None)
        return list(values.values())
