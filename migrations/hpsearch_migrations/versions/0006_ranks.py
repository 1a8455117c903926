"""The index of rungs in the order of their values, so that the value at a rank is found without reading all others."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_SOME = sa.text("rung IS NOT NULL")


def upgrade() -> None:
    """Only the order of the columns changes."""
    op.drop_index("ix_reports_rung", "reports")
    op.create_index(
        "ix_reports_rung",
        "reports",
        ["study_id", "rung", "current", "value", "trial"],
        unique=False,
        sqlite_where=_SOME,
        postgresql_where=_SOME,
    )
