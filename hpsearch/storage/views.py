"""What samplers see of a study, kept up to date by reading what changed."""

from sqlalchemy import Connection, select

from hpsearch.storage.codec import number_from_json
from hpsearch.storage.database import Database
from hpsearch.storage.tables import studies, trials
from hpsearch.study import Direction, StudyAccount
from hpsearch.trial import ErrorReason, FinishedTrial, PendingTrial, TrialState, View

_COLUMNS = (trials.c.number, trials.c.params, trials.c.state, trials.c["values"], trials.c.best_step, trials.c.error)


class ViewCache:
    """The view of one study. Each `read` costs in proportion to what changed since the last, under the index on seq."""

    def __init__(self, study_id: int) -> None:
        self._study_id = study_id
        self._seq = -1
        self._next_number = 0
        self._finished: dict[int, FinishedTrial] = {}
        self._pending: dict[int, PendingTrial] = {}
        self._tuple: tuple[FinishedTrial, ...] = ()

    def read(self, database: Database) -> tuple[StudyAccount, View]:
        """The study and its view, both as of one moment."""
        with database.read() as connection:
            row = connection.execute(select(studies).where(studies.c.id == self._study_id)).one()
            study = database.account(row)
            if study.seq > self._seq:
                self._catch_up(connection, study)
        return study, self._view()

    def _catch_up(self, connection: Connection, study: StudyAccount) -> None:
        directions = study.definition.directions
        query = select(*_COLUMNS).where(trials.c.study_id == self._study_id, trials.c.seq > self._seq)
        finished = False
        for number, params, state, values, step, error in connection.execute(query):
            outcome = outcome_of(number, params, TrialState(state), values, step, error, directions)
            if outcome is not None:
                self._finished[number] = outcome
                finished = True
            if TrialState(state).is_final:
                self._pending.pop(number, None)
            elif number not in self._pending:
                self._pending[number] = PendingTrial(number, params)
        if finished:
            self._finished = dict(sorted(self._finished.items()))
            self._tuple = tuple(self._finished.values())
        self._seq = study.seq
        self._next_number = study.next_number

    def _view(self) -> View:
        pending = tuple(self._pending[number] for number in sorted(self._pending))
        return View(self._seq, self._next_number, self._tuple, pending)


def outcome_of(
    number: int,
    params: dict[str, bool | int | float | str | None],
    state: TrialState,
    values: list[float | str] | None,
    step: int | None,
    error: dict[str, str] | None,
    directions: tuple[Direction, ...],
) -> FinishedTrial | None:
    """What counts of a trial: its values; infinities where it diverged; nothing of other failures, cancelled ones, or without a value."""
    if state is TrialState.FAILED and error is not None and error["reason"] == ErrorReason.DIVERGED:
        return FinishedTrial(number, params, tuple(direction.worst for direction in directions))
    if state not in (TrialState.COMPLETED, TrialState.PRUNED) or values is None:
        return None
    numbers = tuple(
        direction.worst if value != value else value
        for value, direction in zip(map(number_from_json, values), directions, strict=True)
    )
    return FinishedTrial(number, params, numbers, step if state is TrialState.PRUNED else None)
