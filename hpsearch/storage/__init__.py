"""Studies and trials in SQL: SQLite and PostgreSQL."""

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from hpsearch.storage.database import Clock, Database
from hpsearch.storage.history import History
from hpsearch.storage.ledger import AttemptKey, Event, Ledger, RequestKey, TrialKey
from hpsearch.storage.offers import Offer
from hpsearch.storage.openings import TestOpening
from hpsearch.storage.renewals import NotRenewed, Renewals, Renewed
from hpsearch.storage.workers import WorkerKey

__all__ = [
    "AttemptKey",
    "Clock",
    "Connection",
    "DBAPIError",
    "Database",
    "Event",
    "History",
    "Ledger",
    "NotRenewed",
    "Offer",
    "Renewals",
    "Renewed",
    "RequestKey",
    "TestOpening",
    "TrialKey",
    "WorkerKey",
]
