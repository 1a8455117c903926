"""Tags of studies, and the text that studies are found by."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Studies that are there have no tags; they are found by name and description."""
    op.add_column("studies", sa.Column("tags", sa.JSON(), server_default="[]", nullable=False))
    op.add_column("studies", sa.Column("search_text", sa.Text(), server_default=sa.text("''"), nullable=False))
    studies = sa.table(
        "studies", sa.column("id"), sa.column("name"), sa.column("description"), sa.column("search_text")
    )
    connection = op.get_bind()
    found = connection.execute(sa.select(studies.c.id, studies.c.name, studies.c.description)).all()
    change = sa.update(studies).where(studies.c.id == sa.bindparam("key")).values(search_text=sa.bindparam("text"))
    texts = [{"key": row.id, "text": f"{row.name}\x1f{row.description}".casefold()} for row in found]
    if texts:
        connection.execute(change, texts)
