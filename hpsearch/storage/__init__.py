"""Studies and trials in SQL: SQLite and PostgreSQL."""

from hpsearch.storage.database import Clock, Database
from hpsearch.storage.history import History
from hpsearch.storage.ledger import AttemptKey, Event, Ledger, TrialKey

__all__ = ["AttemptKey", "Clock", "Database", "Event", "History", "Ledger", "TrialKey"]
