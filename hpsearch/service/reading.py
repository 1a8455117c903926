"""What people and dashboards read of the service: one page, or one thing, a transaction."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from hpsearch.analysis import Table, pareto_front, selection
from hpsearch.errors import ArtifactNotFound, StudyNotFound, TrialNotFound
from hpsearch.identity import OWNER, Identity
from hpsearch.service import views
from hpsearch.service.cursors import (
    event_cursor,
    number_cursor,
    read_selection_cursor,
    read_study_cursor,
    selection_cursor,
    study_cursor,
)
from hpsearch.storage import Connection, Database, openings, queries
from hpsearch.storage.event_list import events_before, trial_events
from hpsearch.storage.failures import project_failures
from hpsearch.storage.study_list import SORTS, StudySelection, study_list
from hpsearch.storage.totals import Totals, totals
from hpsearch.study import StudyAccount, StudyState
from hpsearch.trial import Trial, TrialState
from hpsearch.wire.base import Page
from hpsearch.wire.changes import StudyEvent
from hpsearch.wire.studies import Best, StudyCounts, StudyPage, StudyView, TestRecord, WorkerView
from hpsearch.wire.trials import EventView, ReportView, TrialDetail, TrialView

Result = TypeVar("Result")
EXPORT_PAGE = 500
"""Trials read in one transaction of an export."""
STUDY_SORTS = tuple(SORTS)
"""What lists of studies are sorted by."""


class Reading(ABC):
    """The reading half of the service. Raises StudyNotFound, TrialNotFound, ArtifactNotFound, InvalidInput.

    What is not in the caller's project is not there.
    """

    _database: Database
    _term: timedelta
    """Of leases."""

    @abstractmethod
    async def _read(self, read: Callable[[Connection], Result]) -> Result:
        """Runs a short read transaction off the event loop."""

    @abstractmethod
    async def _analyse(self, study: StudyAccount, analyse: Callable[[Table], Result]) -> Result:
        """Computes something from the study's trials off the event loop."""

    async def list_studies(
        self,
        limit: int,
        cursor: str | None,
        who: Identity = OWNER,
        *,
        search: str = "",
        tags: Sequence[str] = (),
        states: Sequence[StudyState] = (),
        sort: str = "created_at",
    ) -> StudyPage:
        """The project's studies that have the text and all these tags, in an order of hpsearch.storage.study_list."""
        after = read_study_cursor(cursor, sort)
        wanted = StudySelection(who.project, search, tags, states)
        found = await self._read(lambda connection: study_list(self._database, connection, wanted, sort, after, limit))
        return StudyPage(
            items=[views.study_view(study) for study in found.studies],
            next_cursor=study_cursor(sort, found.last) if found.last else None,
            counts=StudyCounts.model_validate({state.value: count for state, count in found.counts.items()}),
        )

    async def version(self, name: str, who: Identity = OWNER) -> str | None:
        """What changes whenever the study or one of its trials does, and names no other study; None where there is none."""
        found = await self._read(lambda connection: queries.study_named(self._database, connection, who.project, name))
        return f"{found.id}.{found.seq}" if found else None

    async def get_study(self, name: str, who: Identity = OWNER) -> StudyView:
        """One study."""
        return views.study_view(await self._study(name, who))

    async def list_trials(
        self,
        name: str,
        *,
        states: Sequence[TrialState] = (),
        where: Sequence[str] = (),
        sort: str = "number",
        limit: int,
        cursor: str | None,
        who: Identity = OWNER,
    ) -> Page[TrialView]:
        """Trials of a study, filtered and sorted (see hpsearch.analysis.selection)."""
        wanted = selection.Selection(states, where, sort)
        after = read_selection_cursor(cursor)
        study = await self._study(name, who)
        numbers, last = await self._analyse(study, lambda table: selection.page(table, wanted, after, limit))
        found = await self._read(lambda connection: queries.trials_numbered(connection, study.id, numbers))
        by_number = {trial.number: trial for trial in found}
        items = [views.trial_view(study, by_number[number]) for number in numbers]
        return Page(items=items, next_cursor=selection_cursor(last) if last else None)

    async def get_trial(self, name: str, number: int, who: Identity = OWNER) -> TrialDetail:
        """One trial with its attempts."""

        def read(connection: Connection) -> TrialDetail:
            study, trial = self._numbered(connection, name, number, who)
            attempts = queries.attempts_of(connection, study.id, number)
            return views.trial_detail(study, trial, attempts, queries.artifact_names(connection, study.id, number))

        return await self._read(read)

    async def list_reports(
        self, name: str, number: int, limit: int, cursor: str | None, who: Identity = OWNER
    ) -> Page[ReportView]:
        """A trial's curve, in the order of the steps."""
        after = number_cursor(cursor)

        def read(connection: Connection) -> Page[ReportView]:
            study, _ = self._numbered(connection, name, number, who)
            found = queries.reports_after(connection, study.id, number, after, limit + 1)
            following = str(found[limit - 1].step) if len(found) > limit else None
            return Page(items=[views.report_view(report) for report in found[:limit]], next_cursor=following)

        return await self._read(read)

    async def trial_history(
        self, name: str, number: int, limit: int, cursor: str | None, who: Identity = OWNER
    ) -> Page[EventView]:
        """Every change of a trial, in order."""
        after = event_cursor(cursor)

        def read(connection: Connection) -> Page[EventView]:
            study, _ = self._numbered(connection, name, number, who)
            found = trial_events(connection, study.id, number, after, limit + 1)
            last = found[limit - 1] if len(found) > limit else None
            following = f"{last.seq}.{last.position}" if last else None
            return Page(items=[views.event_view(event) for event in found[:limit]], next_cursor=following)

        return await self._read(read)

    async def study_history(self, name: str, limit: int, cursor: str | None, who: Identity = OWNER) -> Page[StudyEvent]:
        """Every change of a study and its trials, the newest first."""
        before = event_cursor(cursor) if cursor is not None else None

        def read(connection: Connection) -> Page[StudyEvent]:
            study = self._named(connection, name, who)
            found = events_before(connection, study.id, before, limit + 1)
            last = found[limit - 1] if len(found) > limit else None
            following = f"{last.seq}.{last.position}" if last else None
            return Page(items=[views.study_event(event) for event in found[:limit]], next_cursor=following)

        return await self._read(read)

    async def get_artifact(self, name: str, number: int, artifact: str, who: Identity = OWNER) -> Any:
        """One artifact of a trial, JSON."""

        def read(connection: Connection) -> Any:
            study, _ = self._numbered(connection, name, number, who)
            found = queries.artifact(connection, study.id, number, artifact)
            if found is None:
                known = queries.artifact_names(connection, study.id, number)
                raise ArtifactNotFound(
                    f"trial {number} has no artifact {artifact!r}; it has {', '.join(known) or 'none'}"
                )
            return found[0]

        return await self._read(read)

    async def best(self, name: str, who: Identity = OWNER) -> Best:
        """The best completed trial; for several objectives the Pareto front."""
        study = await self._study(name, who)
        if len(study.definition.directions) == 1:
            numbers = [] if study.best_number is None else [study.best_number]
        else:
            numbers = await self._analyse(study, lambda table: [int(number) for number in pareto_front(table)])
        trials = await self._read(lambda connection: queries.trials_numbered(connection, study.id, numbers))
        return Best(trials=[views.trial_view(study, trial) for trial in trials])

    async def metric_names(self, name: str, who: Identity = OWNER) -> list[str]:
        """The names of the metrics that trials of a study were told to have."""
        return await self._analyse(await self._study(name, who), lambda table: sorted(table.metrics))

    async def export_trials(self, name: str, who: Identity = OWNER) -> AsyncIterator[list[TrialView]]:
        """All trials in pages, in the order of their numbers; each page as of its own moment. None is empty."""
        study = await self._study(name, who)
        after = -1
        while True:
            last = after

            def read(connection: Connection, last: int = last) -> list[TrialView]:
                found = queries.trials_after(connection, study.id, last, EXPORT_PAGE)
                return [views.trial_view(study, trial) for trial in found]

            page = await self._read(read)
            if not page:
                return
            yield page
            after = page[-1].number

    async def list_tests(self, name: str, who: Identity = OWNER) -> list[TestRecord]:
        """Who opened the test data, when, and what came out."""

        def read(connection: Connection) -> list[TestRecord]:
            study = self._named(connection, name, who)
            return [views.test_record(opening) for opening in openings.openings(connection, study.id)]

        return await self._read(read)

    async def list_workers(self, limit: int, cursor: str | None, who: Identity = OWNER) -> Page[WorkerView]:
        """Workers by name."""

        def read(connection: Connection) -> Page[WorkerView]:
            found = queries.worker_page(connection, who.project, cursor or "", limit + 1)
            failures = project_failures(connection, who.project)
            now = self._database.now(connection)
            items = [views.worker_view(row, failures, now, self._term) for row in found[:limit]]
            return Page(items=items, next_cursor=found[limit - 1]["name"] if len(found) > limit else None)

        return await self._read(read)

    async def totals(self) -> Totals:
        """What the whole database holds."""
        return await self._read(totals)

    async def _study(self, name: str, who: Identity) -> StudyAccount:
        return await self._read(lambda connection: self._named(connection, name, who))

    def _named(self, connection: Connection, name: str, who: Identity) -> StudyAccount:
        study = queries.study_named(self._database, connection, who.project, name)
        if study is None:
            raise StudyNotFound(f"there is no study {name!r}")
        return study

    def _numbered(self, connection: Connection, name: str, number: int, who: Identity) -> tuple[StudyAccount, Trial]:
        study = self._named(connection, name, who)
        trial = queries.trial_numbered(connection, study.id, number) if 0 <= number < study.next_number else None
        if trial is None:
            raise TrialNotFound(f"study {name!r} has no trial {number}")
        return study, trial
