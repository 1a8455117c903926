"""What a worker has not delivered yet, on disk: the leases it holds, their reports, and how they ended.

One folder for each name of a worker, locked while one uses it. A worker that is killed leaves its spool behind; the next of that
name delivers what is in it.
"""

import fcntl
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from hpsearch.errors import Conflict
from hpsearch.wire.base import MAX_ITEMS
from hpsearch.wire.verbs import Ask, ReportItem, TellItem

KEEP_SECONDS = 7 * 86_400.0
"""What could not be delivered for so long is given up."""

Item = ReportItem | TellItem

# `unknown`: the server did not know the lease. It may be that of another database, so the lease is kept for another start.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS leases (
    token TEXT PRIMARY KEY, label TEXT NOT NULL, at REAL NOT NULL, unknown INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS items (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, token TEXT NOT NULL, is_tell INTEGER NOT NULL, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS items_of_lease ON items (token);
CREATE TABLE IF NOT EXISTS ask (body TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Pending:
    """An item to deliver; `label` names its trial for people."""

    seq: int
    label: str
    item: Item


class Spool:
    """Thread-safe. Everything that a method was given is on the disk when it returns."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        """Opens or creates the spool; raises Conflict while another process uses it."""
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._clock = clock
        self._guard = threading.Lock()
        self._lock_file = (folder / "lock").open("a")
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock_file.close()
            raise Conflict(f"a worker named {folder.name} is running already: {folder} is in use") from None
        self._db = sqlite3.connect(folder / "spool.db", check_same_thread=False, isolation_level=None)
        # Alone, SQLite needs no shared memory for its log, which network file systems do not have.
        self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.executescript(_SCHEMA)
        with self._transaction() as db:
            db.execute("UPDATE leases SET unknown = 0")

    def close(self) -> None:
        """Lets another worker have it."""
        with self._guard:
            self._db.close()
            self._lock_file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def asking(self, ask: Ask) -> None:
        """Keeps an ask whose answer may get lost; a repeat of it finds what was granted."""
        with self._transaction() as db:
            db.execute("DELETE FROM ask")
            db.execute("INSERT INTO ask VALUES (?)", (ask.model_dump_json(),))

    def unanswered_ask(self) -> Ask | None:
        """The ask whose answer was never kept."""
        with self._guard:
            row = self._db.execute("SELECT body FROM ask").fetchone()
        return None if row is None else Ask.model_validate_json(row[0])

    def hold(self, leases: Mapping[str, str]) -> None:
        """Keeps the answer of the ask: leases with the label of their trial."""
        with self._transaction() as db:
            db.execute("DELETE FROM ask")
            rows = [(token, label, self._clock()) for token, label in leases.items()]
            db.executemany("INSERT OR IGNORE INTO leases (token, label, at) VALUES (?, ?, ?)", rows)

    def add(self, items: Iterable[Item]) -> None:
        """Keeps items for delivery, in order; those of leases that are not held any more are dropped."""
        with self._transaction() as db:
            for item in items:
                known = db.execute("UPDATE leases SET at = ? WHERE token = ?", (self._clock(), item.lease)).rowcount
                if known:
                    row = (item.lease, isinstance(item, TellItem), item.model_dump_json(exclude_defaults=True))
                    db.execute("INSERT INTO items (token, is_tell, body) VALUES (?, ?, ?)", row)

    def pending(self, limit: int = MAX_ITEMS) -> list[Pending]:
        """The oldest items to deliver, in order."""
        query = """
            SELECT seq, label, is_tell, body FROM items JOIN leases USING (token)
            WHERE NOT unknown ORDER BY seq LIMIT ?
        """
        with self._guard:
            rows = self._db.execute(query, (limit,)).fetchall()
        return [Pending(seq, label, _parse(is_tell, body)) for seq, label, is_tell, body in rows]

    def delivered(self, pending: Iterable[Pending]) -> None:
        """Drops what the server has, and the leases whose end it has."""
        with self._transaction() as db:
            for one in pending:
                db.execute("DELETE FROM items WHERE seq = ?", (one.seq,))
                if isinstance(one.item, TellItem):
                    _forget(db, one.item.lease)

    def replace(self, pending: Pending, item: Item) -> None:
        """Puts another item in the place of one that the server refuses."""
        with self._transaction() as db:
            row = (item.model_dump_json(exclude_defaults=True), isinstance(item, TellItem), pending.seq)
            db.execute("UPDATE items SET body = ?, is_tell = ? WHERE seq = ?", row)

    def forget(self, token: str) -> None:
        """Drops a lease that is lost, with all its items."""
        with self._transaction() as db:
            _forget(db, token)

    def set_aside(self, token: str) -> None:
        """Leaves a lease that the server does not know for the next start."""
        with self._transaction() as db:
            db.execute("UPDATE leases SET unknown = 1 WHERE token = ?", (token,))

    def held(self) -> list[str]:
        """The leases that the server counts as ours, as far as we know."""
        return self._tokens("SELECT token FROM leases WHERE NOT unknown ORDER BY rowid")

    def untold(self) -> list[str]:
        """The leases whose end nobody has said yet."""
        told = "SELECT 1 FROM items WHERE items.token = leases.token AND is_tell"
        return self._tokens(f"SELECT token FROM leases WHERE NOT EXISTS ({told}) ORDER BY rowid")  # noqa: S608  # constant

    def give_up_old(self) -> list[str]:
        """Drops the ended leases that could not be delivered for KEEP_SECONDS; their labels."""
        query = "SELECT token, label FROM leases WHERE at < ? AND token IN (SELECT token FROM items WHERE is_tell)"
        with self._guard:
            old = self._db.execute(query, (self._clock() - KEEP_SECONDS,)).fetchall()
        for token, _ in old:
            self.forget(token)
        return [label for _, label in old]

    def _tokens(self, query: str) -> list[str]:
        with self._guard:
            return [token for (token,) in self._db.execute(query)]

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._guard, self._db:
            self._db.execute("BEGIN")
            yield self._db


def _forget(db: sqlite3.Connection, token: str) -> None:
    db.execute("DELETE FROM items WHERE token = ?", (token,))
    db.execute("DELETE FROM leases WHERE token = ?", (token,))


def _parse(is_tell: int, body: str) -> Item:
    return (TellItem if is_tell else ReportItem).model_validate_json(body)
