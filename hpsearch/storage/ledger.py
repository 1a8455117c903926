"""The accounts that one write transaction works on: loaded under locks, changed as values, written back together.

Lock order: studies by id, then attempts by their key; every change of a trial is made under its study's lock. The clock is
read after the locks. Many commands share one ledger; each sees what those before it changed, and the rows are written once.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, or_, select

from hpsearch.identity import Identity
from hpsearch.storage.codec import attempt_from_row, study_to_row, trial_from_row
from hpsearch.storage.database import Database
from hpsearch.storage.flush import Changes, NewReport
from hpsearch.storage.keys import ByKeys
from hpsearch.storage.offers import Offer, offers
from hpsearch.storage.tables import attempts, studies, trials
from hpsearch.study import StudyAccount, StudyState
from hpsearch.trial import Attempt, Report, Trial, TrialState

TrialKey = tuple[int, int]
AttemptKey = tuple[int, int, int]
RequestKey = tuple[str, str, str]
"""Project, worker and request_id of an ask."""

_ATTEMPT_KEY = (attempts.c.study_id, attempts.c.trial, attempts.c.number)
_LEASES = ByKeys(
    select(attempts.c.token, *_ATTEMPT_KEY, studies.c.project, studies.c.name, studies.c.deleted_at).join(
        studies, studies.c.id == attempts.c.study_id
    ),
    attempts.c.token,
)
_GRANTED = ByKeys(
    select(attempts).order_by(attempts.c.position), attempts.c.project, attempts.c.worker, attempts.c.request_id
)
_OPEN_LEASES = ByKeys(
    select(attempts.c.project, attempts.c.worker, func.count())
    .where(attempts.c.ended_at.is_(None))
    .group_by(attempts.c.project, attempts.c.worker),
    attempts.c.project,
    attempts.c.worker,
)
_STATES = ByKeys(
    select(studies.c.name, studies.c.state).where(studies.c.deleted_at.is_(None)), studies.c.project, studies.c.name
)
_LOCKED_STUDIES = ByKeys(select(studies).order_by(studies.c.id), studies.c.id, lock=True)
_LOCKED_ATTEMPTS = ByKeys(select(attempts).order_by(*_ATTEMPT_KEY), *_ATTEMPT_KEY, lock=True)
_TRIALS = ByKeys(select(trials), trials.c.study_id, trials.c.number)
_GRID_POINTS = ByKeys(select(trials.c.grid_index), trials.c.study_id, trials.c.grid_index)


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a study's history; without a trial it is about the study."""

    study_id: int
    trial: int | None
    attempt: int | None
    before: str | None
    after: str | None
    cause: str
    who: str


class Ledger:
    """The accounts of one write transaction. Nothing is stored before `flush`."""

    def __init__(self, database: Database, connection: Connection) -> None:
        self.database = database
        self.connection = connection
        self.granted: dict[RequestKey, list[Attempt]] = {}
        self.changes = Changes()
        self._deleted: set[int] = set()
        self._studies: dict[int, StudyAccount] = {}
        self._trials: dict[TrialKey, Trial] = {}
        self._attempts: dict[AttemptKey, Attempt] = {}
        self._tokens: dict[str, AttemptKey] = {}
        self._open_leases: dict[tuple[str, str], int] = {}
        self._homes: dict[str, tuple[str, str]] = {}
        self._bumped: set[int] = set()
        self._now: datetime | None = None

    @property
    def now(self) -> datetime:
        """The time of this transaction, read once; call it after the locks."""
        if self._now is None:
            self._now = self.database.steady_now(self.connection)
        return self._now

    # Finding and locking

    def locate(self, tokens: Collection[str]) -> dict[str, AttemptKey]:
        """Where each lease is, without locks; unknown ones are left out. Remembers which studies are deleted."""
        for token, study_id, trial, number, project, study, deleted_at in _LEASES.rows(self.connection, tokens):
            self._tokens[token] = (study_id, trial, number)
            self._homes[token] = (project, study)
            if deleted_at is not None:
                self._deleted.add(study_id)
        return {token: self._tokens[token] for token in tokens if token in self._tokens}

    def lock_studies(self, ids: Iterable[int]) -> None:
        """Loads these studies and holds them to the end of the transaction."""
        wanted = sorted(set(ids) - self._studies.keys())
        for row in _LOCKED_STUDIES.rows(self.connection, wanted):
            self._studies[row.id] = self.database.account(row)

    def lock_attempts(self, keys: Iterable[AttemptKey]) -> None:
        """Loads these attempts and holds them."""
        wanted = sorted(set(keys) - self._attempts.keys())
        self._keep_attempts(_LOCKED_ATTEMPTS.rows(self.connection, wanted))

    def lock_open_attempts(self, study_id: int) -> list[Attempt]:
        """All open attempts of a study, as this transaction has them."""
        query = select(attempts).where(attempts.c.study_id == study_id, attempts.c.ended_at.is_(None))
        self._keep_attempts(self._rows(query.order_by(attempts.c.trial), lock=True))
        return [attempt for attempt in self._attempts.values() if attempt.study_id == study_id and attempt.is_open]

    def load_trials(self, keys: Iterable[TrialKey]) -> None:
        """Loads these trials; their study is locked."""
        wanted = set(keys) - self._trials.keys()
        self._keep_trials(_TRIALS.rows(self.connection, wanted))

    def load_granted(self, requests: Collection[RequestKey]) -> None:
        """Loads what these asks were granted before, into `granted`; without locks, see `latest`."""
        wanted = set(requests) - self.granted.keys()
        for row in _GRANTED.rows(self.connection, wanted):
            attempt = attempt_from_row(row)
            self.granted.setdefault((attempt.project, attempt.worker, attempt.request_id), []).append(attempt)

    def load_open_leases(self, workers: Collection[tuple[str, str]]) -> None:
        """Counts the open leases of these workers (project and name), without locks."""
        for project, worker, count in _OPEN_LEASES.rows(self.connection, workers):
            self._open_leases[project, worker] = count

    def open_leases(self, project: str, worker: str) -> int:
        """Those that were counted, and those granted since in this transaction."""
        return self._open_leases.get((project, worker), 0)

    def count_studies(self, project: str) -> int:
        """The studies of a project that are not deleted, without locks."""
        mine = (studies.c.project == project, studies.c.deleted_at.is_(None))
        return self.connection.execute(select(func.count()).select_from(studies).where(*mine)).scalar_one()

    def find_study(self, project: str, name: str) -> int | None:
        """The id of the study of this name that is not deleted, without locks."""
        query = select(studies.c.id).where(
            studies.c.project == project, studies.c.name == name, studies.c.deleted_at.is_(None)
        )
        return self.connection.execute(query).scalar()

    def peek_offers(self, project: str) -> list[Offer]:
        """The active studies of a project in the order of their creation, without locks."""
        return offers(self.database, self.connection, project)

    def peek_states(self, project: str, names: Collection[str]) -> dict[str, StudyState]:
        """The states of these studies, without locks; missing ones are left out."""
        keys = [(project, name) for name in names]
        return {name: StudyState(state) for name, state in _STATES.rows(self.connection, keys)}

    # Reading what is held

    def study(self, study_id: int) -> StudyAccount:
        """A study as it stands in this transaction; read without a lock unless it was locked before."""
        if study_id not in self._studies:
            row = self.connection.execute(select(studies).where(studies.c.id == study_id)).one()
            return self.database.account(row)
        return self._studies[study_id]

    def is_deleted(self, study_id: int) -> bool:
        """Whether the study of a located lease is deleted; as of the lock where there is one."""
        held = self._studies.get(study_id)
        return study_id in self._deleted or (held is not None and held.deleted_at is not None)

    def trial(self, key: TrialKey) -> Trial | None:
        """A trial of a locked study as it stands in this transaction; None when there is none."""
        if key not in self._trials:
            self.load_trials([key])
        return self._trials.get(key)

    def leased(self, token: str, who: Identity) -> Attempt | None:
        """The attempt of a located lease; None for one that is unknown, or of a study that is not for this caller."""
        home = self._homes.get(token)
        return self.attempt(token) if home is not None and who.may_work_on(*home) else None

    def attempt(self, token: str) -> Attempt | None:
        """The attempt of a located lease, loaded before; None for an unknown lease."""
        key = self._tokens.get(token)
        return self._attempts.get(key) if key else None

    def attempt_at(self, key: AttemptKey) -> Attempt:
        """An attempt that was loaded before."""
        return self._attempts[key]

    def latest(self, attempt: Attempt) -> Attempt:
        """The same attempt as it stands now in this transaction; itself where it was only read."""
        return self._attempts.get(attempt.key, attempt)

    def open_attempt(self, trial: Trial) -> Attempt:
        """The open attempt of a running trial."""
        key = (*trial.key, trial.attempts)
        self.lock_attempts([key])
        return self._attempts[key]

    def queued(self, study_id: int, most: int) -> list[Trial]:
        """Up to `most` queued trials whose time has come, lowest number first; those that this transaction queued among them."""
        changed = [trial for trial in self.changes.all_trials() if trial.study_id == study_id]
        query = (
            select(trials)
            .where(trials.c.study_id == study_id, trials.c.state == TrialState.QUEUED.value)
            .where(or_(trials.c.not_before.is_(None), trials.c.not_before <= self.now))
            .order_by(trials.c.number)
            .limit(most + len(changed))
        )
        found = {trial.number: trial for trial in (*self._keep_trials(self._rows(query)), *changed)}
        ready = (
            trial
            for _, trial in sorted(found.items())
            if trial.state is TrialState.QUEUED and (trial.not_before is None or trial.not_before <= self.now)
        )
        return list(islice(ready, most))

    def unfinished(self, study_id: int, states: Sequence[TrialState]) -> list[Trial]:
        """The trials of a locked study in these states."""
        query = select(trials).where(
            trials.c.study_id == study_id, trials.c.state.in_([state.value for state in states])
        )
        self._keep_trials(self._rows(query.order_by(trials.c.number)))
        return [trial for key, trial in self._trials.items() if key[0] == study_id and trial.state in states]

    def enqueued_by(self, study_id: int, request_id: str) -> Trial | None:
        """The trial that this request enqueued before."""
        query = select(trials).where(trials.c.study_id == study_id, trials.c.request_id == request_id)
        found = self._keep_trials(self._rows(query))
        mine = (trial for key, trial in self._trials.items() if key[0] == study_id and trial.request_id == request_id)
        return found[0] if found else next(mine, None)

    def taken_grid_points(self, study_id: int, indices: Collection[int]) -> set[int]:
        """Which of these points of the grid have a trial."""
        wanted = [(study_id, str(index)) for index in indices]
        stored = {int(index) for (index,) in _GRID_POINTS.rows(self.connection, wanted)}
        fresh = {
            trial.grid_index
            for key, trial in self._trials.items()
            if key[0] == study_id and trial.grid_index is not None
        }
        return stored | (fresh & set(indices))

    # Changing

    def seq(self, study_id: int) -> int:
        """The seq that this transaction takes for the study; taken at its first change."""
        if study_id not in self._bumped:
            self._bumped.add(study_id)
            study = self._studies[study_id]
            self.put_study(replace(study, seq=study.seq + 1, updated_at=self.now))
        return self._studies[study_id].seq

    def create_study(self, study: StudyAccount) -> StudyAccount:
        """A new study, stored at once, since the database gives it its id."""
        study_id = self.connection.execute(
            insert(studies).values(study_to_row(study)).returning(studies.c.id)
        ).scalar_one()
        study = replace(study, id=study_id)
        self._studies[study_id] = study
        self._bumped.add(study_id)
        return study

    def put_study(self, study: StudyAccount) -> None:
        """Changes a locked study."""
        self._studies[study.id] = study
        self.changes.studies[study.id] = study

    def add_trial(self, trial: Trial) -> None:
        """A new trial, which carries the transaction's seq."""
        self._trials[trial.key] = trial
        self.changes.new_trials[trial.key] = trial

    def put_trial(self, trial: Trial, **changes: Any) -> Trial:
        """Changes fields of a trial; it takes the transaction's seq."""
        seq = self.seq(trial.study_id)
        state: TrialState = changes.get("state", trial.state)
        final = seq if state.is_final and trial.final_seq is None else trial.final_seq
        trial = replace(trial, **changes, seq=seq, final_seq=final)
        self._trials[trial.key] = trial
        self.changes.put_trial(trial)
        return trial

    def add_attempt(self, attempt: Attempt) -> None:
        """A new attempt."""
        self._attempts[attempt.key] = attempt
        self._tokens[attempt.token] = attempt.key
        self.granted.setdefault((attempt.project, attempt.worker, attempt.request_id), []).append(attempt)
        self.changes.new_attempts[attempt.key] = attempt
        worker = (attempt.project, attempt.worker)
        self._open_leases[worker] = self._open_leases.get(worker, 0) + 1

    def put_attempt(self, attempt: Attempt) -> None:
        """Changes an attempt."""
        self._attempts[attempt.key] = attempt
        self.changes.put_attempt(attempt)

    def add_report(self, attempt: Attempt, report: Report, rung: int | None) -> None:
        """A new report of an attempt; it takes the place of earlier attempts' reports of the same step."""
        self.changes.add_report(attempt, NewReport(report, self.seq(attempt.study_id), rung))

    def add_artifacts(self, attempt: Attempt, content: dict[str, Any]) -> None:
        """What an attempt told besides numbers; it takes the place of earlier artifacts of these names."""
        for name, document in content.items():
            self.changes.artifacts[(*attempt.key[:2], name)] = (attempt.number, document)

    def event(self, event: Event) -> None:
        """A line of history, under this transaction's seq."""
        self.seq(event.study_id)
        self.changes.events.append(event)

    def flush(self) -> None:
        """Writes everything that changed."""
        if self.changes:
            seqs = {study_id: study.seq for study_id, study in self._studies.items()}
            self.changes.write(self.connection, seqs, self.now)
            self.changes = Changes()

    # Rows

    def _rows(self, query: Select[Any], *, lock: bool = False) -> Sequence[Row[Any]]:
        if lock and not self.database.is_sqlite:
            query = query.with_for_update()
        return self.connection.execute(query).all()

    def _keep_trials(self, rows: Iterable[Row[Any]]) -> list[Trial]:
        found = (trial_from_row(row) for row in rows)
        return [self._trials.setdefault(trial.key, trial) for trial in found]

    def _keep_attempts(self, rows: Iterable[Row[Any]]) -> None:
        for row in rows:
            attempt = attempt_from_row(row)
            self._attempts.setdefault(attempt.key, attempt)
            self._tokens[attempt.token] = attempt.key
