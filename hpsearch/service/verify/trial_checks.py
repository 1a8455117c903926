"""The checks of one trial: its history against its rows."""

from collections.abc import Iterator
from datetime import datetime
from math import isfinite

from hpsearch.service.verify.replay import Finding, Replay
from hpsearch.service.verify.row_checks import check_rows
from hpsearch.service.verify.timeline import Timeline
from hpsearch.service.verify.violation import Invariant
from hpsearch.storage.audit import TrialRecord
from hpsearch.study import Attempts, StudyAccount, StudyState
from hpsearch.trial import Attempt, Decision, End, Trial, TrialState, state_after

Pulse = tuple[datetime, datetime]
"""When the service was last seen, and the floor of all leases."""

_LEAST = {StudyState.PAUSED: Decision.RELEASE, StudyState.FINISHED: Decision.STOP}


def check_trial(study: StudyAccount, timeline: Timeline, record: TrialRecord, pulse: Pulse | None) -> Iterator[Finding]:
    """All findings about a trial."""
    replay = Replay(timeline)
    for event in record.events:
        yield from replay.feed(event)
    yield from _row(study, record.trial, replay)
    yield from _numbers(record)
    yield from _charges(study.definition.attempts, record, replay)
    yield from _open(study, record, pulse)
    yield from _reports(record, replay)
    yield from check_rows(study, record, replay)
    for attempt in record.attempts:
        yield from _lease(attempt, record, timeline, replay)


def _row(study: StudyAccount, trial: Trial, replay: Replay) -> Iterator[Finding]:
    """The trial's row says what its history says."""
    if replay.first is None or replay.last is None:
        yield Invariant.I3, None, trial.seq, f"is {trial.state.value}, but has no history"
        return
    last = replay.last
    if replay.state != trial.state:
        yield Invariant.I3, last.attempt, last.seq, f"is {trial.state.value}, but its history ends in {replay.state}"
    if trial.final_seq != (last.seq if trial.state.is_final else None):
        yield Invariant.I3, None, last.seq, f"final_seq is {trial.final_seq}, its last event has seq {last.seq}"
    if trial.state.is_final == (trial.finished_at is None):
        yield Invariant.I3, None, last.seq, f"is {trial.state.value}, finished_at is {trial.finished_at}"
    if not last.seq <= trial.seq <= study.seq:
        yield (
            Invariant.I3,
            None,
            trial.seq,
            f"its seq is not between its last event's {last.seq} and the study's {study.seq}",
        )
    if trial.view_seq > replay.first.seq:
        yield Invariant.I3, None, replay.first.seq, f"its parameters were computed later, at seq {trial.view_seq}"
    if trial.state is TrialState.COMPLETED and not (trial.values and all(map(isfinite, trial.values))):
        yield Invariant.I3, None, last.seq, f"is completed with the values {trial.values}"
    if trial.attempts != replay.latest:
        yield Invariant.I1, None, last.seq, f"counts {trial.attempts} attempts, its history has {replay.latest}"


def _numbers(record: TrialRecord) -> Iterator[Finding]:
    numbers = [attempt.number for attempt in record.attempts]
    if numbers != list(range(1, record.trial.attempts + 1)):
        yield Invariant.I1, None, None, f"its attempts are {numbers}, it counts {record.trial.attempts}"
    still_open = [attempt.number for attempt in record.attempts if attempt.is_open]
    if len(still_open) > 1:
        yield Invariant.I1, still_open[-1], None, f"attempts {still_open} are open at once"


def _charges(limits: Attempts, record: TrialRecord, replay: Replay) -> Iterator[Finding]:
    """Every end of an attempt was charged, and led where the table says."""
    errors = expiries = releases = 0
    for attempt in record.attempts:
        tried = replay.attempts.get(attempt.number)
        end = tried.end if tried else None
        if tried is None or end != attempt.end:
            yield Invariant.I3, attempt.number, None, f"its end is {attempt.end}, by its history {end}"
            continue
        if attempt.end is None:
            continue
        errors += attempt.end in (End.FAILED, End.FATAL)
        expiries += attempt.end is End.EXPIRED
        releases += attempt.end is End.RELEASED and attempt.decision is Decision.CONTINUE
        spent = {
            End.FAILED: errors >= limits.errors,
            End.EXPIRED: expiries >= limits.expiries,
            End.RELEASED: releases >= limits.releases,
        }.get(attempt.end, False)
        wanted = state_after(attempt.end, attempt.decision, spent=spent)
        if tried.led_to != wanted:
            seq = tried.spans[-1][1] if tried.spans else None
            said = f"{attempt.end.value} under {attempt.decision.value}{', spent,' if spent else ''}"
            yield Invariant.I3, attempt.number, seq, f"{said} made the trial {tried.led_to} instead of {wanted.value}"
    trial = record.trial
    if (trial.errors, trial.expiries, trial.releases) != (errors, expiries, releases):
        charged = f"{trial.errors} errors, {trial.expiries} expiries, {trial.releases} releases"
        yield Invariant.I3, None, None, f"was charged {charged}; there were {errors}, {expiries}, {releases}"


def _open(study: StudyAccount, record: TrialRecord, pulse: Pulse | None) -> Iterator[Finding]:
    """A trial runs if and only if its latest attempt is open, and that one has heard what is wanted of it."""
    running = record.trial.state is TrialState.RUNNING
    still_open = [attempt for attempt in record.attempts if attempt.is_open]
    if running and not still_open:
        yield Invariant.I7, None, None, "is running, but has no open attempt"
    for attempt in still_open:
        if not running:
            yield Invariant.I7, attempt.number, None, f"is open, but the trial is {record.trial.state.value}"
        if attempt.number != record.trial.attempts:
            yield Invariant.I2, attempt.number, None, f"is open, but attempt {record.trial.attempts} is the latest"
        least = _LEAST.get(study.state, Decision.CONTINUE)
        if attempt.decision.rank < least.rank and study.deleted_at is None:
            yield Invariant.I7, attempt.number, None, f"is told {attempt.decision.value} in a {study.state.value} study"
        if pulse is not None and max(attempt.expires_at, pulse[1]) < pulse[0]:
            yield Invariant.I7, attempt.number, None, f"is open, but it should have expired before {pulse[0]}"


def _reports(record: TrialRecord, replay: Replay) -> Iterator[Finding]:
    """Each was sent while its attempt could write; of several at one step the latest attempt's counts."""
    latest: dict[int, int] = {}
    for report in record.reports:
        latest[report.step] = max(latest.get(report.step, 0), report.attempt)
        tried = replay.attempts.get(report.attempt)
        if tried is None or not tried.could_write(report.seq):
            yield Invariant.I2, report.attempt, report.seq, f"reported step {report.step} while it could not write"
    for report in record.reports:
        if report.current != (report.attempt == latest[report.step]):
            said = "counts" if report.current else "does not count"
            message = f"its report of step {report.step} {said}, attempt {latest[report.step]} reported it last"
            yield Invariant.I2, report.attempt, report.seq, message
    for artifact in record.artifacts:
        if artifact.attempt not in replay.attempts:
            yield Invariant.I2, artifact.attempt, None, "told artifacts, but there was no such attempt"


def _lease(attempt: Attempt, record: TrialRecord, timeline: Timeline, replay: Replay) -> Iterator[Finding]:
    """One that expired did so after its end, which lies after its beginning and all that it reported, by a clock that may have been set back."""
    if attempt.end is not End.EXPIRED:
        return
    if attempt.ended_at is not None and attempt.ended_at <= attempt.expires_at:
        message = f"expired at {attempt.ended_at}, its lease ran until {attempt.expires_at}"
        yield Invariant.I6, attempt.number, None, message
    tried, events = replay.attempts.get(attempt.number), record.events
    if tried and tried.spans and attempt.expires_at <= timeline.earliest(attempt.started_at, tried.spans[0][0], events):
        yield Invariant.I6, attempt.number, None, f"its lease ended at {attempt.expires_at}, before it began"
    mine = [report for report in record.reports if report.attempt == attempt.number]
    last = max(mine, key=lambda report: report.seq, default=None)
    if last is not None and attempt.expires_at <= timeline.earliest(last.at, last.seq, events):
        message = f"its report of step {last.step} at {last.at} did not renew its lease"
        yield Invariant.I6, attempt.number, last.seq, message
