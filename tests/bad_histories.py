"""Real histories (see histories.py), each tampered with in one place, and what a checker must say of it."""

from dataclasses import dataclass


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


LATER = 4_000_000_000_000_000  # microseconds: the year 2096


def bare(table: str) -> tuple[str, str]:
    """The table without its constraints."""
    return f"ALTER TABLE {table} RENAME TO old_{table}", f"CREATE TABLE {table} AS SELECT * FROM old_{table}"


def of(study: str, condition: str = "") -> str:
    """Where rows of a study are meant."""
    found = f"study_id = (SELECT id FROM studies WHERE name = '{study}' AND deleted_at IS NULL)"
    return f"WHERE {found} AND {condition}" if condition else f"WHERE {found}"


def set_back(seq: int, position: int) -> str:
    """The clock was set back at this place of the history of `busy`."""
    values = f"study_id, {seq}, {position}, NULL, NULL, 'active', 'active', 'clock_set_back', 'server', at"
    return f"INSERT INTO events SELECT {values} FROM events " + of("busy", "seq = 1")


BAD = [
    Bad(
        "two open attempts",
        (
            "DROP INDEX uq_attempts_open",
            'UPDATE attempts SET ended_at = NULL, "end" = NULL, expires_at = 9e15 ' + of("busy", "trial = 2"),
        ),
        "I1", "attempts [1, 2] are open at once", trial=2, attempt=2,
    ),
    Bad(
        "an attempt is missing",
        (*bare("attempts"), "DELETE FROM attempts " + of("busy", "trial = 2 AND number = 1")),
        "I1", "its attempts are [2], it counts 2", trial=2,
    ),
    Bad(
        "one token twice",
        (*bare("attempts"), "UPDATE attempts SET token = 'same' " + of("grid", "trial > 1")),
        "I1", "its token is that of another attempt too", study="grid", trial=2, attempt=1,
    ),
    Bad(
        "an attempt counted too often",
        ("UPDATE trials SET attempts = 3 " + of("busy", "number = 2"),),
        "I1", "counts 3 attempts, its history has 2", trial=2, seq=22,
    ),
    Bad(
        "the history begins with attempt 2",
        ("UPDATE events SET attempt = 2 " + of("busy", "trial = 3"),),
        "I1", "began after attempt 0", trial=3, attempt=2, seq=3,
    ),
    Bad(
        "a report of an attempt that was taken over",
        ("UPDATE reports SET seq = 20 " + of("busy", "trial = 2 AND attempt = 1 AND step = 3"),),
        "I2", "reported step 3 while it could not write", trial=2, attempt=1, seq=20,
    ),
    Bad(
        "a report between expiry and reopening",
        (
            "UPDATE events SET seq = seq + 100 " + of("busy", "trial = 2 AND seq > 14"),
            "UPDATE trials SET seq = seq + 100, final_seq = final_seq + 100 " + of("busy", "number = 2"),
            "UPDATE studies SET seq = seq + 100",
        ),
        "I2", "reported step 3 while it could not write", trial=2, attempt=1, seq=15,
    ),
    Bad(
        "two reports of one step count",
        ("UPDATE reports SET current = (1 = 1) " + of("busy", "trial = 2"),),
        "I2", "its report of step 1 counts, attempt 2 reported it last", trial=2, attempt=1, seq=12,
    ),
    Bad(
        "the end of an attempt that was taken over",
        ("UPDATE events SET attempt = 1 " + of("busy", "trial = 2 AND seq = 22"),),
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
            + of("busy", "seq = 33"),
        ),
        "I3", "left the final state completed for queued", trial=0, attempt=1, seq=33,
    ),
    Bad(
        "a transition that is none",
        ("UPDATE events SET to_state = 'pruned' " + of("busy", "trial = 5 AND seq = 24"),),
        "I3", "no rule leads from queued to pruned", trial=5, seq=24,
    ),
    Bad(
        "a history that leaps",
        ("UPDATE events SET from_state = 'paused' " + of("busy", "trial = 5 AND seq = 24"),),
        "I3", "went from paused to cancelled, but it was queued", trial=5, seq=24,
    ),
    Bad(
        "a state without history",
        (
            "UPDATE trials SET state = 'failed' " + of("busy", "number = 0"),
            "UPDATE studies SET failed = failed + 1, completed = completed - 1 WHERE name = 'busy'",
        ),
        "I3", "is failed, but its history ends in completed", trial=0, attempt=1, seq=7,
    ),
    Bad(
        "an event is lost",
        ("DELETE FROM events " + of("busy", "trial = 0 AND seq = 3"),),
        "I3", "its history lacks 1 events",
    ),
    Bad(
        "a fatal error was tried again",
        (
            "UPDATE events SET to_state = 'queued' " + of("busy", "trial = 3 AND seq = 9"),
            "UPDATE trials SET state = 'queued', final_seq = NULL, finished_at = NULL " + of("busy", "number = 3"),
        ),
        "I3", "fatal under continue made the trial queued instead of failed", trial=3, attempt=1, seq=9,
    ),
    Bad(
        "an end that history does not know",
        ("UPDATE attempts SET \"end\" = 'failed' " + of("busy", "trial = 0"),),
        "I3", "its end is failed, by its history completed", trial=0, attempt=1,
    ),
    Bad(
        "an expiry that was not charged",
        ("UPDATE trials SET expiries = 0 " + of("busy", "number = 2"),),
        "I3", "was charged 0 errors, 0 expiries, 0 releases; there were 0, 1, 0", trial=2,
    ),
    Bad(
        "a grant in a paused study",
        ("UPDATE events SET seq = 35 " + of("busy", "trial IS NULL AND seq = 28"),),
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
        ("UPDATE trials SET seq = 99 " + of("busy", "number = 0"),),
        "I3", "its seq is not between its last event's 7 and the study's 34", trial=0, seq=99,
    ),
    Bad(
        "a study that leaps",
        ("UPDATE events SET from_state = 'finished' " + of("busy", "trial IS NULL AND seq = 28"),),
        "I3", "went from finished to active, but it was paused", seq=28,
    ),
    Bad(
        "completed without a number",
        ("UPDATE trials SET \"values\" = '[\"NaN\"]' " + of("busy", "number = 0"),),
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
        (*bare("trials"), "UPDATE trials SET number = 8 " + of("busy", "number = 7")),
        "I4", "its 8 trials are numbered from 0 to 8", seq=34,
    ),
    Bad(
        "more trials than the budget allows",
        ("UPDATE studies SET budget = '{\"max_trials\": 7}' WHERE name = 'busy'",),
        "I4", "has 8 trials, its budget allows 7", seq=34,
    ),
    Bad(
        "a point of the grid twice",
        (*bare("trials"), "UPDATE trials SET grid_index = '1' " + of("grid", "number = 2")),
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
        ("UPDATE trials SET value = 0.9, \"values\" = '[0.9]' " + of("busy", "number = 0"),),
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
        ("UPDATE trials SET reason = 'diverged' " + of("failing", "number = 5"),),
        "I4", "counts 2 failures in a row, there were 0", study="failing", seq=11,
    ),
    Bad(
        "a trial that only history knows",
        (
            "INSERT INTO events SELECT study_id, 34, 1, 8, NULL, NULL, 'queued', 'enqueued', 'me', at FROM events "
            + of("busy", "seq = 34"),
        ),
        "I4", "its history knows a trial 8 of 8", seq=34,
    ),
    Bad(
        "numbers in the wrong order",
        ("UPDATE events SET seq = 1, position = 9 " + of("busy", "trial = 7 AND seq = 29"),),
        "I4", "got its number before the trial of the number before", trial=7, seq=1,
    ),
    Bad(
        "expired before its term",
        (f"UPDATE attempts SET expires_at = {LATER} " + of("busy", "\"end\" = 'expired'"),),
        "I6", "its lease ran until 2096", trial=2, attempt=1,
    ),
    Bad(
        "a report that did not renew",
        ("UPDATE attempts SET expires_at = started_at + 1 " + of("busy", "\"end\" = 'expired'"),),
        "I6", "its report of step 3 at", trial=2, attempt=1, seq=15,
    ),
    Bad(
        "a lease without a term",
        ("UPDATE attempts SET expires_at = started_at " + of("busy", "\"end\" = 'expired'"),),
        "I6", "its lease ended at", trial=2, attempt=1,
    ),
    Bad(
        "a report that did not renew after the clock was set back",
        (set_back(1, 1), "UPDATE attempts SET expires_at = started_at + 1 " + of("busy", "\"end\" = 'expired'")),
        "I6", "its report of step 3 at", trial=2, attempt=1, seq=15,
    ),
    Bad(
        "a lease that ended before the time that the clock was set back to",
        (set_back(33, 1), "UPDATE attempts SET expires_at = 1000 " + of("busy", "\"end\" = 'expired'")),
        "I6", "its lease ended at 1970", trial=2, attempt=1,
    ),
    Bad(
        "running without an attempt",
        ("UPDATE attempts SET ended_at = 1, \"end\" = 'released' " + of("paused", "trial = 1"),),
        "I7", "is running, but has no open attempt", study="paused", trial=1,
    ),
    Bad(
        "an attempt open without end",
        ('UPDATE attempts SET ended_at = NULL, "end" = NULL ' + of("busy", "trial = 0"),),
        "I7", "is open, but the trial is completed", trial=0, attempt=1,
    ),
    Bad(
        "an expiry forgotten",
        (
            f"UPDATE service SET last_seen = {LATER}",
            f"UPDATE attempts SET expires_at = {LATER} WHERE ended_at IS NULL",
            "UPDATE attempts SET expires_at = started_at + 1 " + of("active", "trial = 2"),
        ),
        "I7", "is open, but it should have expired before 2096", study="active", trial=2, attempt=1,
    ),
    Bad(
        "a worker that never hears of the pause",
        ("UPDATE attempts SET decision = 'continue' " + of("paused", "trial = 0"),),
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
            "UPDATE trials SET state = 'queued' " + of("busy", "number = 0"),
            "UPDATE studies SET queued = queued + 1, completed = completed - 1 WHERE name = 'busy'",
        ),
        "I7", "is finished, but 1 trials wait", seq=34,
    ),
    Bad(
        "paused trials that nothing moves",
        (
            "UPDATE trials SET state = 'paused' " + of("active", "state <> 'completed'"),
            "UPDATE studies SET queued = 0, running = 0, paused = 2, budget = '{\"max_trials\": 3}' "
            "WHERE name = 'active' AND deleted_at IS NULL",
        ),
        "I7", "nothing can move its 2 paused trials", study="active", seq=4,
    ),
]  # fmt: skip
