"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Creates every table."""
    op.create_table(
        "service",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.Column("floor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_service_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service")),
    )
    op.create_table(
        "studies",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("objective", sa.String(length=200), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("budget", sa.JSON(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=50), nullable=True),
        sa.Column("reason_detail", sa.Text(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("next_number", sa.Integer(), nullable=False),
        sa.Column("grid_position", sa.BigInteger(), nullable=False),
        sa.Column("failure_streak", sa.Integer(), nullable=False),
        sa.Column("queued", sa.Integer(), nullable=False),
        sa.Column("running", sa.Integer(), nullable=False),
        sa.Column("paused", sa.Integer(), nullable=False),
        sa.Column("completed", sa.Integer(), nullable=False),
        sa.Column("pruned", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("cancelled", sa.Integer(), nullable=False),
        sa.Column("best_number", sa.Integer(), nullable=True),
        sa.Column("best_value", sa.Float(53), nullable=True),
        sa.Column("active_seconds", sa.Float(53), nullable=False),
        sa.Column("versions", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "queued + running + paused + completed + pruned + failed + cancelled = next_number",
            name=op.f("ck_studies_counts_add_up"),
        ),
        sa.CheckConstraint(
            "queued >= 0 AND running >= 0 AND paused >= 0 AND completed >= 0 AND pruned >= 0 AND failed >= 0 AND cancelled >= 0",
            name=op.f("ck_studies_counts_not_negative"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_studies")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_studies_active",
        "studies",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state = 'active' AND deleted_at IS NULL"),
        postgresql_where=sa.text("state = 'active' AND deleted_at IS NULL"),
    )
    op.create_index(
        "uq_studies_name",
        "studies",
        ["name"],
        unique=True,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_table(
        "tokens",
        sa.Column("id", _ID, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_tokens_digest")),
    )
    op.create_table(
        "workers",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("status", sa.JSON(), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_workers")),
    )
    op.create_table(
        "events",
        sa.Column("study_id", _ID, autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("trial", sa.Integer(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=True),
        sa.Column("from_state", sa.String(length=10), nullable=True),
        sa.Column("to_state", sa.String(length=10), nullable=True),
        sa.Column("cause", sa.String(length=50), nullable=False),
        sa.Column("who", sa.String(length=100), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_events_studies")),
        sa.PrimaryKeyConstraint("study_id", "seq", "position", name=op.f("pk_events")),
    )
    op.create_index("ix_events_trial", "events", ["study_id", "trial", "seq", "position"], unique=False)
    op.create_table(
        "trials",
        sa.Column("study_id", _ID, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("view_seq", sa.BigInteger(), nullable=False),
        sa.Column("final_seq", sa.BigInteger(), nullable=True),
        sa.Column("grid_index", sa.String(length=1000), nullable=True),
        sa.Column("enqueued", sa.Boolean(), nullable=False),
        sa.Column("request_id", sa.String(length=100), nullable=True),
        sa.Column("request_digest", sa.String(length=64), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("errors", sa.Integer(), nullable=False),
        sa.Column("expiries", sa.Integer(), nullable=False),
        sa.Column("releases", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=True),
        sa.Column("value", sa.Float(53), nullable=True),
        sa.Column("values", sa.JSON(), nullable=True),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.Column("best_step", sa.BigInteger(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.JSON(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("checkpoint_ref", sa.Text(), nullable=True),
        sa.Column("checkpoint_step", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_trials_studies")),
        sa.PrimaryKeyConstraint("study_id", "number", name=op.f("pk_trials")),
        sa.UniqueConstraint("study_id", "grid_index", name=op.f("uq_trials_study_id_grid_index")),
        sa.UniqueConstraint("study_id", "request_id", name=op.f("uq_trials_study_id_request_id")),
    )
    op.create_index("ix_trials_finished", "trials", ["study_id", "finished_at", "number"], unique=False)
    op.create_index("ix_trials_seq", "trials", ["study_id", "seq"], unique=False)
    op.create_index("ix_trials_state", "trials", ["study_id", "state", "number"], unique=False)
    op.create_index("ix_trials_value", "trials", ["study_id", "value", "number"], unique=False)
    op.create_index(
        "ix_trials_waiting",
        "trials",
        ["not_before"],
        unique=False,
        sqlite_where=sa.text("not_before IS NOT NULL"),
        postgresql_where=sa.text("not_before IS NOT NULL"),
    )
    op.create_table(
        "artifacts",
        sa.Column("study_id", _ID, autoincrement=False, nullable=False),
        sa.Column("trial", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_id", "trial"], ["trials.study_id", "trials.number"], name=op.f("fk_artifacts_trials")
        ),
        sa.PrimaryKeyConstraint("study_id", "trial", "name", name=op.f("pk_artifacts")),
    )
    op.create_table(
        "attempts",
        sa.Column("study_id", _ID, autoincrement=False, nullable=False),
        sa.Column("trial", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("token", sa.String(length=100), nullable=False),
        sa.Column("worker", sa.String(length=100), nullable=False),
        sa.Column("request_id", sa.String(length=100), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("request_digest", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("end", sa.String(length=10), nullable=True),
        sa.Column("decision", sa.String(length=10), nullable=False),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("decision_step", sa.BigInteger(), nullable=True),
        sa.Column("tell_digest", sa.String(length=64), nullable=True),
        sa.Column("error", sa.JSON(), nullable=True),
        sa.Column("best_step", sa.BigInteger(), nullable=True),
        sa.Column("device_seconds", sa.Float(53), nullable=True),
        sa.Column("trace", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["study_id", "trial"], ["trials.study_id", "trials.number"], name=op.f("fk_attempts_trials")
        ),
        sa.PrimaryKeyConstraint("study_id", "trial", "number", name=op.f("pk_attempts")),
        sa.UniqueConstraint("token", name=op.f("uq_attempts_token")),
        sa.UniqueConstraint("worker", "request_id", "position", name=op.f("uq_attempts_worker_request_id_position")),
    )
    op.create_index(
        "ix_attempts_expires",
        "attempts",
        ["expires_at"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_attempts_worker",
        "attempts",
        ["worker"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "uq_attempts_open",
        "attempts",
        ["study_id", "trial"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "tests",
        sa.Column("study_id", _ID, autoincrement=False, nullable=False),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("trial", sa.Integer(), nullable=False),
        sa.Column("who", sa.String(length=100), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("metrics", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["study_id", "trial"], ["trials.study_id", "trials.number"], name=op.f("fk_tests_trials")
        ),
        sa.PrimaryKeyConstraint("study_id", "id", name=op.f("pk_tests")),
    )
    op.create_table(
        "reports",
        sa.Column("study_id", _ID, autoincrement=False, nullable=False),
        sa.Column("trial", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("attempt", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("step", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Float(53), nullable=False),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("rung", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["study_id", "trial", "attempt"],
            ["attempts.study_id", "attempts.trial", "attempts.number"],
            name=op.f("fk_reports_attempts"),
        ),
        sa.PrimaryKeyConstraint("study_id", "trial", "attempt", "step", name=op.f("pk_reports")),
    )
    op.create_index(
        "ix_reports_rung",
        "reports",
        ["study_id", "rung", "current", "trial", "value"],
        unique=False,
        sqlite_where=sa.text("rung IS NOT NULL"),
        postgresql_where=sa.text("rung IS NOT NULL"),
    )
