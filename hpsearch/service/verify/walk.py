"""The walk over a database: one study after the other, its trials in pages, each page as of one moment."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from hpsearch.errors import StudyNotFound
from hpsearch.service.verify.client_checks import ClientChecks
from hpsearch.service.verify.client_logs import ClientLogs
from hpsearch.service.verify.study_checks import check_study, name_of
from hpsearch.service.verify.suggestions import check_suggestions
from hpsearch.service.verify.timeline import Timeline
from hpsearch.service.verify.trial_checks import check_trial
from hpsearch.service.verify.violation import Invariant, Violation
from hpsearch.storage import Database, audit
from hpsearch.storage.audit import Suggested
from hpsearch.study import StudyAccount

PAGE = 500
"""Trials read in one transaction."""


Watch = Callable[[int, int], None]
"""Told how many trials have been looked at, and how many there are."""


def verify(
    database: Database,
    study: str | None = None,
    client_logs: Sequence[Path] = (),
    *,
    project: str | None = None,
    replay: bool = False,
    watch: Watch = lambda done, total: None,
) -> list[Violation]:
    """What does not hold in this database, in a project, or in the studies of a name; raises StudyNotFound.

    Servers may go on meanwhile: what is compared with each other is read in one transaction, and no transaction is long.
    With logs, which must be those of all clients that ever ran trials, the database is compared with what they sent and were answered;
    then nothing may go on meanwhile. With `replay` every suggestion is computed again, which takes as long as it took the first time;
    raises Conflict where the libraries here are not those that the study was searched under.
    """
    checks = ClientChecks(ClientLogs(client_logs)) if client_logs else None
    with database.read() as connection:
        ids = audit.studies_to_check(connection, study, project)
        studies = [audit.account_of(database, connection, study_id) for study_id in ids]
        if checks and (study, project) != (None, None):
            checks.leave_out(
                audit.leases_of_others(connection, set(ids)), audit.requests_of_others(connection, set(ids))
            )
    if not ids and (study, project) != (None, None):
        named = "study" if study is None else f"study {study!r}"
        raise StudyNotFound(f"there is no {named}" + ("" if project is None else f" in the project {project!r}"))
    total = sum(account.next_number for account in studies) * (2 if replay else 1)
    found: list[Violation] = []
    done = 0
    for account in studies:
        walks = [_study(database, account.id, checks)]
        if replay:
            walks.append(check_suggestions(account, _suggested(database, account)))
        for walk in walks:
            for step in walk:
                if step is None:
                    done += 1
                    watch(done, total)
                else:
                    found.append(replace(step, project=account.project))
    return found + list(checks.check_rest(study)) if checks else found


def _study(database: Database, study_id: int, checks: ClientChecks | None) -> Iterator[Violation | None]:
    """What does not hold; None after each trial."""
    with database.read() as connection:
        record = audit.study_record(database, connection, study_id)
    yield from check_study(record)
    after, place = -1, (0, 0)
    while True:
        with database.read() as connection:
            account = audit.account_of(database, connection, study_id)
            timeline = Timeline(audit.study_events(connection, study_id))
            pulse = audit.pulse_times(connection)
            page = audit.trial_records(connection, study_id, after, PAGE, contents=checks is not None)
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
            yield None
        if len(page) < PAGE:
            return
        after = page[-1].trial.number


def _suggested(database: Database, study: StudyAccount) -> Iterator[Suggested]:
    """The trials that it had when it was read: what their suggestions saw has not changed since."""
    after = -1
    while True:
        with database.read() as connection:
            page = audit.suggested(connection, study, after, PAGE)
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1].number
