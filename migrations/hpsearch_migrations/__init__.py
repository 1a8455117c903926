"""Schema migrations (Alembic), shipped in the wheel."""
