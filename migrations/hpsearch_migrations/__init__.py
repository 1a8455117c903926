"""Schema migrations (Alembic), shipped in the wheel, and the way a server opens its database."""

from hpsearch_migrations.migrate import current, head, migrate, open_database, upgrade

__all__ = ["current", "head", "migrate", "open_database", "upgrade"]
