"""The tables. Keys are natural: (study, number), (study, number, attempt), (study, number, attempt, step).

`seq` is the study's counter: one transaction takes one value, and every row that it changes carries it. So `seq > n` finds
what changed since n, for sampler views and live readers alike. The names of the columns are the fields of the values in
hpsearch.study and hpsearch.trial.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
    literal_column,
    text,
)

from hpsearch.storage.types import Document, Json, Moment, Real

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)
_Id = BigInteger().with_variant(Integer, "sqlite")


def _project() -> Column[str]:
    return Column("project", String(100), nullable=False, server_default="default")


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


studies = Table(
    "studies",
    metadata,
    Column("id", _Id, primary_key=True),
    _project(),
    Column("name", String(100), nullable=False),
    Column("objective", String(200), nullable=False),
    Column("definition", Json, nullable=False),
    Column("description", Text, nullable=False),
    Column("tags", Json, nullable=False, server_default="[]"),
    Column("search_text", Text, nullable=False, server_default=text("''")),
    Column("budget", Json, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("state", String(10), nullable=False),
    Column("reason", String(50)),
    Column("reason_detail", Text),
    Column("seq", BigInteger, nullable=False),
    Column("next_number", Integer, nullable=False),
    Column("grid_position", BigInteger, nullable=False),
    Column("failure_streak", Integer, nullable=False),
    *(
        Column(state, Integer, nullable=False)
        for state in ("queued", "running", "paused", "completed", "pruned", "failed", "cancelled")
    ),
    Column("best_number", Integer),
    Column("best_value", Real),
    Column("active_seconds", Real, nullable=False),
    Column("versions", Json, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("deleted_at", Moment),
    Index("uq_studies_project_name", "project", "name", unique=True, **_where("deleted_at IS NULL")),
    Index("ix_studies_active", "id", **_where("state = 'active' AND deleted_at IS NULL")),
    CheckConstraint(
        "queued + running + paused + completed + pruned + failed + cancelled = next_number", name="counts_add_up"
    ),
    CheckConstraint(
        "queued >= 0 AND running >= 0 AND paused >= 0 AND completed >= 0 AND pruned >= 0 AND failed >= 0 AND cancelled >= 0",
        name="counts_not_negative",
    ),
    sqlite_autoincrement=True,  # ids are never used again
)

is_active = and_(studies.c.state == literal_column("'active'"), studies.c.deleted_at.is_(None))
"""In the words of ix_studies_active: with a parameter for the state no database would dare to use it."""

trials = Table(
    "trials",
    metadata,
    Column("study_id", _Id, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("state", String(10), nullable=False),
    Column("params", Json, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("view_seq", BigInteger, nullable=False),
    Column("final_seq", BigInteger),
    Column("grid_index", String(1000)),  # a grid may have more points than any integer column holds
    Column("enqueued", Boolean, nullable=False),
    Column("request_id", String(100)),
    Column("request_digest", String(64)),
    Column("attempts", Integer, nullable=False),
    Column("errors", Integer, nullable=False),
    Column("expiries", Integer, nullable=False),
    Column("releases", Integer, nullable=False),
    Column("not_before", Moment),
    Column("value", Real),
    Column("values", Json),
    Column("metrics", Json, nullable=False),
    Column("best_step", BigInteger),
    Column("last_step", BigInteger),
    Column("error", Json),
    Column("reason", Text),
    Column("checkpoint_ref", Text),
    Column("checkpoint_step", BigInteger),
    Column("created_at", Moment, nullable=False),
    Column("started_at", Moment),
    Column("finished_at", Moment),
    ForeignKeyConstraint(["study_id"], ["studies.id"]),
    UniqueConstraint("study_id", "grid_index"),
    UniqueConstraint("study_id", "request_id"),
    Index("ix_trials_seq", "study_id", "seq"),
    Index("ix_trials_state", "study_id", "state", "number"),
    Index("ix_trials_value", "study_id", "value", "number"),
    Index("ix_trials_finished", "study_id", "finished_at", "number"),
    Index("ix_trials_waiting", "not_before", **_where("not_before IS NOT NULL")),
)

attempts = Table(
    "attempts",
    metadata,
    Column("study_id", _Id, primary_key=True, autoincrement=False),
    Column("trial", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("token", String(100), nullable=False),
    _project(),  # that of its study: workers of two projects may have one name
    Column("worker", String(100), nullable=False),
    Column("host", String(255)),  # as told with the ask; where the worker is now does not say where it was
    Column("request_id", String(100), nullable=False),
    Column("position", SmallInteger, nullable=False),
    Column("request_digest", String(64), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("end", String(10)),
    Column("decision", String(10), nullable=False),
    Column("decision_reason", Text),
    Column("decision_step", BigInteger),
    Column("tell_digest", String(64)),
    Column("error", Json),
    Column("best_step", BigInteger),
    Column("device_seconds", Real),
    Column("trace", Json),
    ForeignKeyConstraint(["study_id", "trial"], ["trials.study_id", "trials.number"]),
    UniqueConstraint("token"),
    UniqueConstraint("project", "worker", "request_id", "position", name="uq_attempts_request"),
    # One open attempt a trial, whatever the code does.
    Index("uq_attempts_open", "study_id", "trial", unique=True, **_where("ended_at IS NULL")),
    Index("ix_attempts_expires", "expires_at", **_where("ended_at IS NULL")),
    Index("ix_attempts_failed", "project", "worker", **_where("\"end\" IN ('failed', 'expired')")),
    Index("ix_attempts_worker", "project", "worker", **_where("ended_at IS NULL")),
)

is_failed = attempts.c.end.in_([literal_column("'failed'"), literal_column("'expired'")])
"""In the words of ix_attempts_failed, likewise."""

reports = Table(
    "reports",
    metadata,
    Column("study_id", _Id, primary_key=True, autoincrement=False),
    Column("trial", Integer, primary_key=True, autoincrement=False),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("step", BigInteger, primary_key=True, autoincrement=False),
    Column("value", Real, nullable=False),
    Column("metrics", Json, nullable=False),
    Column("at", Moment, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("current", Boolean, nullable=False),  # false once a later attempt has reported the same step
    Column("rung", BigInteger),  # where the pruner compares this value with those of other trials
    ForeignKeyConstraint(["study_id", "trial", "attempt"], ["attempts.study_id", "attempts.trial", "attempts.number"]),
    Index("ix_reports_rung", "study_id", "rung", "current", "value", "trial", **_where("rung IS NOT NULL")),
)

artifacts = Table(
    "artifacts",
    metadata,
    Column("study_id", _Id, primary_key=True, autoincrement=False),
    Column("trial", Integer, primary_key=True, autoincrement=False),
    Column("name", String(100), primary_key=True),
    Column("attempt", Integer, nullable=False),
    Column("content", Document, nullable=False),
    ForeignKeyConstraint(["study_id", "trial"], ["trials.study_id", "trials.number"]),
)

events = Table(
    "events",
    metadata,
    Column("study_id", _Id, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("trial", Integer),  # null: the study itself
    Column("attempt", Integer),
    Column("from_state", String(10)),
    Column("to_state", String(10)),
    Column("cause", String(50), nullable=False),
    Column("who", String(100), nullable=False),
    Column("at", Moment, nullable=False),
    ForeignKeyConstraint(["study_id"], ["studies.id"]),
    Index("ix_events_trial", "study_id", "trial", "seq", "position"),
)

tests = Table(
    "tests",
    metadata,
    Column("study_id", _Id, primary_key=True, autoincrement=False),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("trial", Integer, nullable=False),
    Column("who", String(100), nullable=False),
    Column("at", Moment, nullable=False),
    Column("metrics", Json),
    ForeignKeyConstraint(["study_id", "trial"], ["trials.study_id", "trials.number"]),
)

workers = Table(
    "workers",
    metadata,
    Column("name", String(100), nullable=False),
    Column("status", Json, nullable=False),
    Column("first_seen", Moment, nullable=False),
    Column("last_seen", Moment, nullable=False),
    _project(),
    PrimaryKeyConstraint("project", "name"),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("name", String(100), nullable=False),
    Column("scope", String(10), nullable=False),
    _project(),
    Column("studies", Json),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("last_used_at", Moment),
    Column("revoked_at", Moment),
    UniqueConstraint("digest"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("token_id", _Id, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    ForeignKeyConstraint(["token_id"], ["tokens.id"]),
    Index("ix_sessions_token", "token_id", "created_at"),
)

service = Table(
    "service",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("last_seen", Moment, nullable=False),
    Column("floor", Moment, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)
