"""Studies and trials in SQL: SQLite and PostgreSQL."""
