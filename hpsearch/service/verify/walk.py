"""The walk over a database: one study after the other, its trials in pages, each page as of one moment."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from hpsearch.errors import StudyNotFound
from hpsearch.service.verify.client_checks import ClientChecks
from hpsearch.service.verify.client_logs import ClientLogs
from hpsearch.service.verify.study_checks import check_study, name_of
from hpsearch.service.verify.timeline import Timeline
from hpsearch.service.verify.trial_checks import check_trial
from hpsearch.service.verify.violation import Invariant, Violation
from hpsearch.storage import Database, audit

PAGE = 500
"""Trials read in one transaction."""


def verify(database: Database, study: str | None = None, client_logs: Sequence[Path] = ()) -> list[Violation]:
    """What does not hold in this database, or in one of its studies; raises StudyNotFound.

    Servers may go on meanwhile: what is compared with each other is read in one transaction, and no transaction is long.
    With logs, which must be those of all clients that ever ran trials, the database is compared with what they sent and were answered;
    then nothing may go on meanwhile.
    """
    checks = ClientChecks(ClientLogs(client_logs)) if client_logs else None
    with database.read() as connection:
        ids = audit.studies_to_check(connection, study)
    if study is not None and not ids:
        raise StudyNotFound(f"there is no study {study!r}")
    found = [violation for study_id in ids for violation in _study(database, study_id, checks)]
    return found + list(checks.check_rest(study)) if checks else found


def _study(database: Database, study_id: int, checks: ClientChecks | None) -> Iterator[Violation]:
    with database.read() as connection:
        record = audit.study_record(database, connection, study_id)
    yield from check_study(record)
    after, place = -1, (0, 0)
    while True:
        with database.read() as connection:
            account = audit.account_of(database, connection, study_id)
            timeline = Timeline(audit.study_events(connection, study_id))
            pulse = audit.pulse_times(connection)
            page = audit.trial_records(connection, study_id, after, PAGE)
        for trial in page:
            number = trial.trial.number
            findings = check_trial(account, timeline, trial, pulse)
            for invariant, attempt, seq, message in (
                *findings,
                *(checks.check_trial(account, trial) if checks else ()),
            ):
                yield Violation(invariant, name_of(account), message, number, attempt, seq)
            began = trial.events[0].place if trial.events else place
            if began < place:
                message = "got its number before the trial of the number before"
                yield Violation(Invariant.I4, name_of(account), message, number, seq=began[0])
            place = began
        if len(page) < PAGE:
            return
        after = page[-1].trial.number
