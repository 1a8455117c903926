"""Projects, to which studies, workers and attempts belong; tokens that end, and are for something."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _project() -> sa.Column[str]:
    # The default is for what is there already.
    return sa.Column("project", sa.String(length=100), server_default="default", nullable=False)


def upgrade() -> None:
    """Everything that is there belongs to the project `default`; every token stays what it was, an admin's."""
    not_deleted = sa.text("deleted_at IS NULL")
    op.add_column("studies", _project())
    op.drop_index("uq_studies_name", "studies")
    op.create_index(
        "uq_studies_project_name",
        "studies",
        ["project", "name"],
        unique=True,
        sqlite_where=not_deleted,
        postgresql_where=not_deleted,
    )
    with op.batch_alter_table("workers") as workers:
        workers.add_column(_project())
        workers.drop_constraint("pk_workers", type_="primary")
        workers.create_primary_key("pk_workers", ["project", "name"])
    is_open = sa.text("ended_at IS NULL")
    op.drop_index("ix_attempts_worker", "attempts")
    with op.batch_alter_table("attempts") as attempts:
        attempts.add_column(_project())
        attempts.drop_constraint("uq_attempts_worker_request_id_position", type_="unique")
        attempts.create_unique_constraint("uq_attempts_request", ["project", "worker", "request_id", "position"])
    op.create_index(
        "ix_attempts_worker", "attempts", ["project", "worker"], sqlite_where=is_open, postgresql_where=is_open
    )
    is_failed = sa.text("\"end\" IN ('failed', 'expired')")
    op.create_index(
        "ix_attempts_failed", "attempts", ["project", "worker"], sqlite_where=is_failed, postgresql_where=is_failed
    )
    op.add_column("tokens", _project())
    op.add_column("tokens", sa.Column("studies", sa.JSON(), nullable=True))
    for name in ("expires_at", "last_used_at", "revoked_at"):
        op.add_column("tokens", sa.Column(name, sa.BigInteger(), nullable=True))
