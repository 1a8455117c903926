"""The host of each attempt, as its worker told it with the ask."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of the attempts that are there nobody knows where they ran."""
    op.add_column("attempts", sa.Column("host", sa.String(length=255), nullable=True))
