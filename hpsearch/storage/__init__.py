"""Studies and trials in SQL: SQLite and PostgreSQL."""

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from hpsearch.storage.database import Clock, Database
from hpsearch.storage.history import History
from hpsearch.storage.ledger import AttemptKey, Event, Ledger, TrialKey
from hpsearch.storage.openings import TestOpening

__all__ = [
    "AttemptKey",
    "Clock",
    "Connection",
    "DBAPIError",
    "Database",
    "Event",
    "History",
    "Ledger",
    "TestOpening",
    "TrialKey",
]
