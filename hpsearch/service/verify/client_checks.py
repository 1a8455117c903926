"""The checks of a database against its clients' logs: I5 and I9."""

from collections import Counter
from collections.abc import Iterable, Iterator

from hpsearch.service.verify.client_logs import ClientLogs, OfLease, repeated_grants, text_of, value_text
from hpsearch.service.verify.replay import Finding
from hpsearch.service.verify.told_checks import check_told
from hpsearch.service.verify.violation import Invariant, Violation
from hpsearch.storage.audit import StoredReport, TrialRecord
from hpsearch.study import StudyAccount
from hpsearch.trial import Attempt, Trial
from hpsearch.wire.journal import fingerprint


class ClientChecks:
    """Takes the trials one after the other, then says what the clients know that no trial has."""

    def __init__(self, logs: ClientLogs) -> None:
        self._logs = logs
        self._granted: Counter[tuple[str, str, str]] = Counter()
        self._seen: set[str] = set()
        self._enqueued: set[tuple[str, str]] = set()

    def leave_out(self, leases: Iterable[str], requests: Iterable[tuple[str, str]]) -> None:
        """Leases, and enqueueing requests by study, of studies that are not checked: what clients say of them is not missing."""
        self._seen.update(map(fingerprint, leases))
        self._enqueued.update(requests)

    def check_trial(self, study: StudyAccount, record: TrialRecord) -> Iterator[Finding]:
        """All findings about a trial."""
        for attempt in record.attempts:
            lease = fingerprint(attempt.token)
            self._seen.add(lease)
            self._granted[attempt.project, attempt.worker, attempt.request_id] += 1
            reports = [report for report in record.reports if report.attempt == attempt.number]
            said = self._logs.leases.get(lease) or OfLease()
            yield from self._grant(study, record.trial, attempt, said)
            yield from _reports(attempt, reports, said)
            yield from _end(attempt, said)
            if attempt.tell_digest is None or attempt.tell_digest in said.sent_ends:
                yield from check_told(record, attempt, said.sent_ends.get(attempt.tell_digest or ""))
        request = record.trial.request_id
        if request is not None:
            self._enqueued.add((study.name, request))
            known = self._logs.enqueued.get((study.name, request))
            if known is not None and record.trial.number not in known and study.deleted_at is None:
                numbers = ", ".join(map(str, sorted(known)))
                yield Invariant.I5, None, None, f"was enqueued by {request}, which was answered as trial {numbers}"

    def _grant(self, study: StudyAccount, trial: Trial, attempt: Attempt, said: OfLease) -> Iterator[Finding]:
        if (attempt.worker, attempt.request_id) not in self._logs.asked:
            message = f"was granted to request {attempt.request_id} of {attempt.worker}, which nobody sent"
            yield Invariant.I5, attempt.number, None, message
        stored = study.name, attempt.trial, attempt.number
        if said.granted is not None and said.granted != stored:
            yield Invariant.I5, attempt.number, None, f"its lease was answered as that of {_place(said.granted)}"
        elif said.handed_out not in (None, text_of(trial.params)):
            message = f"its parameters are {text_of(trial.params)}, it was handed out with {said.handed_out}"
            yield Invariant.I5, attempt.number, None, message

    def check_rest(self, study: str | None) -> Iterator[Violation]:
        """What was acknowledged and is nowhere, and what no server may answer; of one study where it is named."""
        for project, message in repeated_grants(self._granted, self._logs):
            yield Violation(Invariant.I5, "all", message, project=project)
        for lease, said in self._logs.leases.items():
            if said.granted is None or lease in self._seen or study not in (None, said.granted[0]):
                continue
            name, trial, attempt = said.granted
            yield Violation(Invariant.I5, name, "its grant was answered, but is not stored", trial, attempt)
        for (name, request), numbers in self._logs.enqueued.items():
            if (name, request) not in self._enqueued and study in (None, name):
                for trial in sorted(numbers):
                    yield Violation(Invariant.I5, name, f"{request} enqueued it, but it is not stored", trial)
        for message in self._logs.faults:
            yield Violation(Invariant.I9, study or "all", message)


def _reports(attempt: Attempt, reports: list[StoredReport], said: OfLease) -> Iterator[Finding]:
    stored = {report.step: value_text(report.value) for report in reports}
    for report in reports:
        metrics = said.sent_values.get(report.step, {}).get(stored[report.step])
        if metrics is None:
            message = f"its report {stored[report.step]} of step {report.step} was never sent"
            yield Invariant.I5, attempt.number, report.seq, message
        elif text_of(report.metrics) not in metrics:
            message = (
                f"its report of step {report.step} has the metrics {text_of(report.metrics)}, which were never sent"
            )
            yield Invariant.I5, attempt.number, report.seq, message
    for step, value in said.stored_values.items():
        if stored.get(step) != value:
            message = f"its report {value} of step {step} was acknowledged; stored is {stored.get(step, 'none')}"
            yield Invariant.I5, attempt.number, None, message


def _end(attempt: Attempt, said: OfLease) -> Iterator[Finding]:
    if attempt.tell_digest is not None and attempt.tell_digest not in said.sent_ends:
        yield Invariant.I5, attempt.number, None, "its end was never sent"
    if said.stored_end is not None and said.stored_end != attempt.tell_digest:
        found = "another" if attempt.tell_digest else "none"
        yield Invariant.I5, attempt.number, None, f"its end was acknowledged; stored is {found}"


def _place(granted: tuple[str, int, int]) -> str:
    return f"{granted[0]}, trial {granted[1]}, attempt {granted[2]}"
