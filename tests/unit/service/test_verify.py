"""The checker finds nothing in real histories, and names what is wrong, and where, in each that was tampered with."""

import asyncio
import json
import shutil
from dataclasses import dataclass

import pytest
from histories import make_histories
from sqlalchemy import text

from hpsearch.errors import StudyNotFound
from hpsearch.service.verify import verify
from hpsearch.service.verify.__main__ import main
from hpsearch.storage import Database
from hpsearch_migrations import open_database


def _sql(url: str, *statements: str) -> None:
    database = Database(url)
    try:
        with database.write() as connection:
            for statement in statements:
                connection.execute(text(statement))
    finally:
        database.close()


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def original(request, tmp_path_factory):
    """The address of the histories; not to be written to."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('verify') / 'original.db'}"
    else:
        url = request.getfixturevalue("postgres").empty()
    asyncio.run(make_histories(url))
    return url


@pytest.fixture
def url(original, request, tmp_path):
    """The address of a copy."""
    if original.startswith("sqlite"):
        shutil.copy(original.removeprefix("sqlite:///"), tmp_path / "copy.db")
        return f"sqlite:///{tmp_path / 'copy.db'}"
    return request.getfixturevalue("postgres").copy(original)


def _check(url: str, study: str | None = None, *, replay: bool = False):
    database = Database(url, read_only=True)
    try:
        return verify(database, study, replay=replay)
    finally:
        database.close()


def test_real_histories_are_accepted(original):
    assert _check(original) == []
    assert _check(original, "busy") == []
    assert _check(original, replay=True) == []


@dataclass(frozen=True)
class Bad:
    """What was done to a real history, and the finding that must be among those of the study."""

    name: str
    statements: tuple[str, ...]
    invariant: str
    message: str
    study: str = "busy"
    trial: int | None = None
    attempt: int | None = None
    seq: int | None = None


BUSY = "study_id = (SELECT id FROM studies WHERE name = 'busy')"
LATER = 4_000_000_000_000_000  # microseconds: the year 2096


def _bare(table: str) -> tuple[str, str]:
    """The table without its constraints."""
    return f"ALTER TABLE {table} RENAME TO old_{table}", f"CREATE TABLE {table} AS SELECT * FROM old_{table}"


def _of(study: str, condition: str = "") -> str:
    found = f"study_id = (SELECT id FROM studies WHERE name = '{study}' AND deleted_at IS NULL)"
    return f"WHERE {found} AND {condition}" if condition else f"WHERE {found}"


def _set_back(seq: int, position: int) -> str:
    """The clock was set back at this place of the history of `pruned`."""
    values = f"study_id, {seq}, {position}, NULL, NULL, 'active', 'active', 'clock_set_back', 'server', at"
    return f"INSERT INTO events SELECT {values} FROM events " + _of("pruned", "seq = 1")


BAD = [
    Bad(
        "two open attempts",
        (
            "DROP INDEX uq_attempts_open",
            'UPDATE attempts SET ended_at = NULL, "end" = NULL, expires_at = 9e15 ' + _of("busy", "trial = 2"),
        ),
        "I1", "attempts [1, 2] are open at once", trial=2, attempt=2,
    ),
    Bad(
        "an attempt is missing",
        (*_bare("attempts"), "DELETE FROM attempts " + _of("busy", "trial = 2 AND number = 1")),
        "I1", "its attempts are [2], it counts 2", trial=2,
    ),
    Bad(
        "one token twice",
        (*_bare("attempts"), "UPDATE attempts SET token = 'same' " + _of("grid", "trial > 1")),
        "I1", "its token is that of another attempt too", study="grid", trial=2, attempt=1,
    ),
    Bad(
        "an attempt counted too often",
        ("UPDATE trials SET attempts = 3 " + _of("busy", "number = 2"),),
        "I1", "counts 3 attempts, its history has 2", trial=2, seq=22,
    ),
    Bad(
        "the history begins with attempt 2",
        ("UPDATE events SET attempt = 2 " + _of("busy", "trial = 3"),),
        "I1", "began after attempt 0", trial=3, attempt=2, seq=3,
    ),
    Bad(
        "a report of an attempt that was taken over",
        ("UPDATE reports SET seq = 20 " + _of("busy", "trial = 2 AND attempt = 1 AND step = 3"),),
        "I2", "reported step 3 while it could not write", trial=2, attempt=1, seq=20,
    ),
    Bad(
        "a report between expiry and reopening",
        (
            "UPDATE events SET seq = seq + 100 " + _of("busy", "trial = 2 AND seq > 14"),
            "UPDATE trials SET seq = seq + 100, final_seq = final_seq + 100 " + _of("busy", "number = 2"),
            "UPDATE studies SET seq = seq + 100",
        ),
        "I2", "reported step 3 while it could not write", trial=2, attempt=1, seq=15,
    ),
    Bad(
        "two reports of one step count",
        ("UPDATE reports SET current = (1 = 1) " + _of("busy", "trial = 2"),),
        "I2", "its report of step 1 counts, attempt 2 reported it last", trial=2, attempt=1, seq=12,
    ),
    Bad(
        "the end of an attempt that was taken over",
        ("UPDATE events SET attempt = 1 " + _of("busy", "trial = 2 AND seq = 22"),),
        "I2", "ended the trial, but attempt 2 was the latest", trial=2, attempt=1, seq=22,
    ),
    Bad(
        "artifacts of nobody",
        ("UPDATE artifacts SET attempt = 7",),
        "I2", "told artifacts, but there was no such attempt", trial=0, attempt=7,
    ),
    Bad(
        "a final state is left",
        (
            "INSERT INTO events SELECT study_id, 33, 1, 0, 1, 'completed', 'queued', 'expired', 'server', at FROM events "
            + _of("busy", "seq = 33"),
        ),
        "I3", "left the final state completed for queued", trial=0, attempt=1, seq=33,
    ),
    Bad(
        "a transition that is none",
        ("UPDATE events SET to_state = 'pruned' " + _of("busy", "trial = 5 AND seq = 24"),),
        "I3", "no rule leads from queued to pruned", trial=5, seq=24,
    ),
    Bad(
        "a history that leaps",
        ("UPDATE events SET from_state = 'paused' " + _of("busy", "trial = 5 AND seq = 24"),),
        "I3", "went from paused to cancelled, but it was queued", trial=5, seq=24,
    ),
    Bad(
        "a state without history",
        (
            "UPDATE trials SET state = 'failed' " + _of("busy", "number = 0"),
            "UPDATE studies SET failed = failed + 1, completed = completed - 1 WHERE name = 'busy'",
        ),
        "I3", "is failed, but its history ends in completed", trial=0, attempt=1, seq=7,
    ),
    Bad(
        "an event is lost",
        ("DELETE FROM events " + _of("busy", "trial = 0 AND seq = 3"),),
        "I3", "its history lacks 1 events",
    ),
    Bad(
        "a fatal error was tried again",
        (
            "UPDATE events SET to_state = 'queued' " + _of("busy", "trial = 3 AND seq = 9"),
            "UPDATE trials SET state = 'queued', final_seq = NULL, finished_at = NULL " + _of("busy", "number = 3"),
        ),
        "I3", "fatal under continue made the trial queued instead of failed", trial=3, attempt=1, seq=9,
    ),
    Bad(
        "an end that history does not know",
        ("UPDATE attempts SET \"end\" = 'failed' " + _of("busy", "trial = 0"),),
        "I3", "its end is failed, by its history completed", trial=0, attempt=1,
    ),
    Bad(
        "an expiry that was not charged",
        ("UPDATE trials SET expiries = 0 " + _of("busy", "number = 2"),),
        "I3", "was charged 0 errors, 0 expiries, 0 releases; there were 0, 1, 0", trial=2,
    ),
    Bad(
        "a grant in a paused study",
        ("UPDATE events SET seq = 35 " + _of("busy", "trial IS NULL AND seq = 28"),),
        "I3", "was granted while the study was paused", trial=6, attempt=2, seq=29,
    ),
    Bad(
        "a grant after the deletion",
        (
            "UPDATE events SET seq = 9 WHERE cause = 'ask' AND study_id = (SELECT id FROM studies WHERE deleted_at > 0)",
            "UPDATE studies SET seq = 9 WHERE deleted_at > 0",
        ),
        "I3", "was granted while the study was deleted", study="active (deleted, id 5)", trial=1, attempt=1, seq=9,
    ),
    Bad(
        "a row newer than its study",
        ("UPDATE trials SET seq = 99 " + _of("busy", "number = 0"),),
        "I3", "its seq is not between its last event's 7 and the study's 34", trial=0, seq=99,
    ),
    Bad(
        "a study that leaps",
        ("UPDATE events SET from_state = 'finished' " + _of("busy", "trial IS NULL AND seq = 28"),),
        "I3", "went from finished to active, but it was paused", seq=28,
    ),
    Bad(
        "completed without a number",
        ("UPDATE trials SET \"values\" = '[\"NaN\"]' " + _of("busy", "number = 0"),),
        "I3", "is completed with the values (nan,)", trial=0, seq=7,
    ),
    Bad(
        "a count that is wrong",
        ("UPDATE studies SET completed = completed + 1, failed = failed - 1 WHERE name = 'busy'",),
        "I4", "counts 4 completed trials, there are 3", seq=34,
    ),
    Bad(
        "a trial that is not there",
        ("UPDATE studies SET completed = completed + 1, next_number = next_number + 1 WHERE name = 'busy'",),
        "I4", "counts 9 trials, there are 8", seq=34,
    ),
    Bad(
        "a number left out",
        (*_bare("trials"), "UPDATE trials SET number = 8 " + _of("busy", "number = 7")),
        "I4", "its 8 trials are numbered from 0 to 8", seq=34,
    ),
    Bad(
        "more trials than the budget allows",
        ("UPDATE studies SET budget = '{\"max_trials\": 7}' WHERE name = 'busy'",),
        "I4", "has 8 trials, its budget allows 7", seq=34,
    ),
    Bad(
        "a point of the grid twice",
        (*_bare("trials"), "UPDATE trials SET grid_index = '1' " + _of("grid", "number = 2")),
        "I4", "point 1 of the grid has more than one trial", study="grid", seq=7,
    ),
    Bad(
        "another trial is said to be the best",
        ("UPDATE studies SET best_number = 2 WHERE name = 'busy'",),
        "I4", "its best is trial 2 with 0.3, that of its trials trial 0 with 0.3", seq=34,
    ),
    Bad(
        "a best value that no trial has",
        ("UPDATE studies SET best_value = 0.1 WHERE name = 'busy'",),
        "I4", "its best is trial 0 with 0.1, that of its trials trial 0 with 0.3", seq=34,
    ),
    Bad(
        "no best, but completed trials",
        ("UPDATE studies SET best_number = NULL, best_value = NULL WHERE name = 'grid'",),
        "I4", "its best is none, that of its trials trial 1 with 0.5", study="grid", seq=7,
    ),
    Bad(
        "the best of several that are equal, but not the first",
        ("UPDATE studies SET best_number = 3 WHERE name = 'grid'",),
        "I4", "its best is trial 3 with 0.5, that of its trials trial 1 with 0.5", study="grid", seq=7,
    ),
    Bad(
        "a best trial that was told later to be worse",
        ("UPDATE trials SET value = 0.9, \"values\" = '[0.9]' " + _of("busy", "number = 0"),),
        "I4", "its best is trial 0 with 0.3, that of its trials trial 6 with 0.5", seq=34,
    ),
    Bad(
        "failures that are counted too often",
        ("UPDATE studies SET failure_streak = 3 WHERE name = 'failing'",),
        "I4", "counts 3 failures in a row, there were 2", study="failing", seq=11,
    ),
    Bad(
        "failures that are forgotten",
        ("UPDATE studies SET failure_streak = 0 WHERE name = 'failing'",),
        "I4", "counts 0 failures in a row, there were 2", study="failing", seq=11,
    ),
    Bad(
        "a failure that became a divergence",
        ("UPDATE trials SET reason = 'diverged' " + _of("failing", "number = 5"),),
        "I4", "counts 2 failures in a row, there were 0", study="failing", seq=11,
    ),
    Bad(
        "a trial that only history knows",
        (
            "INSERT INTO events SELECT study_id, 34, 1, 8, NULL, NULL, 'queued', 'enqueued', 'me', at FROM events "
            + _of("busy", "seq = 34"),
        ),
        "I4", "its history knows a trial 8 of 8", seq=34,
    ),
    Bad(
        "numbers in the wrong order",
        ("UPDATE events SET seq = 1, position = 9 " + _of("busy", "trial = 7 AND seq = 29"),),
        "I4", "got its number before the trial of the number before", trial=7, seq=1,
    ),
    Bad(
        "expired before its term",
        (f"UPDATE attempts SET expires_at = {LATER} " + _of("busy", "\"end\" = 'expired'"),),
        "I6", "its lease ran until 2096", trial=2, attempt=1,
    ),
    Bad(
        "a report that did not renew",
        (f"UPDATE reports SET at = {LATER} " + _of("pruned", "step = 2"),),
        "I6", "its report of step 2 at 2096", study="pruned", trial=0, attempt=1, seq=4,
    ),
    Bad(
        "a lease without a term",
        ("UPDATE attempts SET expires_at = started_at " + _of("grid", "trial = 3"),),
        "I6", "its lease ended at", study="grid", trial=3, attempt=1,
    ),
    Bad(
        "a report that did not renew after the clock was set back",
        (_set_back(1, 1), f"UPDATE reports SET at = {LATER} " + _of("pruned", "step = 2")),
        "I6", "its report of step 2 at 2096", study="pruned", trial=0, attempt=1, seq=4,
    ),
    Bad(
        "a lease that ended before the time that the clock was set back to",
        (_set_back(4, 0), "UPDATE attempts SET expires_at = 1000 " + _of("pruned", "trial = 0")),
        "I6", "its lease ended at 1970", study="pruned", trial=0, attempt=1,
    ),
    Bad(
        "running without an attempt",
        ("UPDATE attempts SET ended_at = 1, \"end\" = 'released' " + _of("paused", "trial = 1"),),
        "I7", "is running, but has no open attempt", study="paused", trial=1,
    ),
    Bad(
        "an attempt open without end",
        ('UPDATE attempts SET ended_at = NULL, "end" = NULL ' + _of("busy", "trial = 0"),),
        "I7", "is open, but the trial is completed", trial=0, attempt=1,
    ),
    Bad(
        "an expiry forgotten",
        (
            f"UPDATE service SET last_seen = {LATER}",
            f"UPDATE attempts SET expires_at = {LATER} WHERE ended_at IS NULL",
            "UPDATE attempts SET expires_at = started_at + 1 " + _of("active", "trial = 2"),
        ),
        "I7", "is open, but it should have expired before 2096", study="active", trial=2, attempt=1,
    ),
    Bad(
        "a worker that never hears of the pause",
        ("UPDATE attempts SET decision = 'continue' " + _of("paused", "trial = 0"),),
        "I7", "is told continue in a paused study", study="paused", trial=0, attempt=1,
    ),
    Bad(
        "a study that does not end",
        ("UPDATE studies SET state = 'active', reason = NULL WHERE name = 'grid'",),
        "I7", "is active, but finished by grid_exhausted", study="grid", seq=7,
    ),
    Bad(
        "a trial that waits for ever",
        (
            "UPDATE trials SET state = 'queued' " + _of("busy", "number = 0"),
            "UPDATE studies SET queued = queued + 1, completed = completed - 1 WHERE name = 'busy'",
        ),
        "I7", "is finished, but 1 trials wait", seq=34,
    ),
    Bad(
        "paused trials that nothing moves",
        (
            "UPDATE trials SET state = 'paused' " + _of("active", "state <> 'completed'"),
            "UPDATE studies SET queued = 0, running = 0, paused = 2, budget = '{\"max_trials\": 3}' "
            "WHERE name = 'active' AND deleted_at IS NULL",
        ),
        "I7", "nothing can move its 2 paused trials", study="active", seq=4,
    ),
]  # fmt: skip


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_bad_histories_are_rejected_for_their_reason(url, bad):
    _sql(url, *bad.statements)
    found = _check(url)
    named = [
        violation
        for violation in found
        if violation.invariant.name == bad.invariant and bad.message in violation.message
    ]
    places = [(violation.study, violation.trial, violation.attempt, violation.seq) for violation in named]
    assert (bad.study, bad.trial, bad.attempt, bad.seq) in places, [str(violation) for violation in found]
    assert {violation.study for violation in found} == {bad.study}, "only what was tampered with"


@pytest.mark.parametrize(
    ("study", "trial", "change"),
    [
        ("busy", 1, "UPDATE trials SET params = '{\"x\": 0.125}' "),
        ("grid", 2, 'UPDATE trials SET params = \'{"a": "x", "b": 2}\' '),
        ("grid", 3, 'UPDATE trials SET params = \'{"a": "y", "b": 2.0}\' '),
        ("searched", 10, "UPDATE trials SET params = '{\"x\": 0.125}' "),
    ],
)
def test_what_was_not_suggested_is_found_by_computing_it_again(url, study, trial, change):
    _sql(url, change + _of(study, f"number = {trial}"))
    assert _check(url) == []
    found = _check(url, replay=True)
    assert {(violation.invariant.name, violation.study) for violation in found} == {("I8", study)}
    (first, *_) = [violation for violation in found if "computed again they are {" in violation.message]
    assert first.trial == trial


def test_a_suggestion_never_saw_less_than_the_one_before_it(url):
    _sql(url, "UPDATE trials SET view_seq = 9 " + _of("searched", "number = 13"))
    assert [(found.invariant.name, found.trial, found.seq) for found in _check(url, replay=True)] == [("I8", 13, 9)]


def test_suggestions_are_computed_again_under_equal_versions_only(url, capsys):
    _sql(url, "UPDATE studies SET versions = '{\"optuna\": \"1.2.3\"}' WHERE name = 'searched'")
    assert main(["--database-url", url]) == 0
    assert main(["busy", "--database-url", url, "--replay"]) == 0
    capsys.readouterr()
    assert main(["--database-url", url, "--replay"]) == 4
    assert "study 'searched' was searched under optuna 1.2.3, here is" in capsys.readouterr().err


def test_leases_may_end_earlier_by_a_clock_that_was_set_back(url):
    """As far as it was: two minutes before the report, and the lease was renewed then."""
    minutes = 2 * 60 * 1_000_000
    _sql(
        url,
        _set_back(5, 9).replace(", at FROM", f", at - {minutes} FROM"),
        f"UPDATE attempts SET expires_at = expires_at - {minutes} + 1 " + _of("pruned", "trial = 0"),
    )
    assert [violation for violation in _check(url) if violation.invariant.name == "I6"] == []


def test_only_the_study_that_was_asked_for_is_checked(url):
    _sql(url, "UPDATE studies SET budget = '{\"max_trials\": 1}' WHERE name = 'busy'")
    assert _check(url, "grid") == []
    assert [violation.invariant.name for violation in _check(url, "busy")] == ["I4"]
    with pytest.raises(StudyNotFound):
        _check(url, "nothing")


def test_pages_are_checked_to_the_last(url, monkeypatch):
    monkeypatch.setattr("hpsearch.service.verify.walk.PAGE", 3)
    assert _check(url) == []
    _sql(url, "UPDATE events SET to_state = 'pruned', from_state = 'queued' " + _of("busy", "trial = 7 AND seq = 32"))
    assert {violation.trial for violation in _check(url)} == {7}


def test_a_database_is_checked_while_a_server_holds_it(url, capsys):
    database = open_database(url)
    try:
        assert main(["--database-url", url]) == 0
        with database.write() as connection:
            connection.execute(text("UPDATE service SET last_seen = last_seen"))
    finally:
        database.close()
    assert "all invariants hold" in capsys.readouterr().err


def test_the_command_says_where(url, capsys):
    _sql(url, "UPDATE trials SET attempts = 3 " + _of("busy", "number = 2"))
    assert main(["busy", "--database-url", url]) == 1
    out = capsys.readouterr().out
    assert "I1 busy, trial 2, seq 22: counts 3 attempts, its history has 2\n" in out
    assert main(["busy", "--database-url", url, "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    first = document["violations"][0]
    assert (first["invariant"], first["study"], first["trial"], first["seq"]) == ("I1", "busy", 2, 22)


def test_the_command_tells_its_outcomes_apart(original, tmp_path, capsys):
    assert main(["--database-url", original, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"violations": []}
    assert main(["nothing", "--database-url", original]) == 3
    assert main(["--database-url", f"sqlite:///{tmp_path / 'nothing.db'}"]) == 2
    assert not list(tmp_path.iterdir()), "a checker creates nothing"
    (tmp_path / "empty.db").touch()
    assert main(["--database-url", f"sqlite:///{tmp_path / 'empty.db'}"]) == 2
    assert "not of this release" in capsys.readouterr().err
