"""Which version a database has, and how it gets the present one."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect
from sqlalchemy.exc import DatabaseError, OperationalError

from hpsearch.errors import InvalidInput, MigrationNeeded
from hpsearch.storage import Clock, Database
from hpsearch.storage.tables import metadata


def _scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def head() -> str:
    """The schema version of this release."""
    version = _scripts().get_current_head()
    assert version is not None
    return version


def current(connection: Connection) -> str | None:
    """The schema version of the database; None for one that is empty.

    Raises MigrationNeeded when it is not one of ours, InvalidInput for a file that is no database.
    """
    try:
        version = MigrationContext.configure(connection).get_current_revision()
    except DatabaseError as error:
        if isinstance(error, OperationalError):
            raise
        raise InvalidInput.at("database_url", f"is no SQLite database: {error.orig}") from None
    if version is None and set(inspect(connection).get_table_names()) & set(metadata.tables):
        raise MigrationNeeded("the database has tables of these names that are not hpsearch's; use another database")
    return version


def open_database(url: str, clock: Clock | None = None) -> Database:
    """Opens a database to serve it. An empty one and SQLite are migrated, under a lock; another PostgreSQL must be up to date.

    Raises InvalidInput, DatabaseHeld, DatabaseUnavailable, or MigrationNeeded, which says what to run.
    """
    database = Database(url, clock)
    try:
        migrate(database, only_empty=not database.is_sqlite)
    except BaseException:
        database.close()
        raise
    return database


def upgrade(url: str) -> tuple[str | None, str]:
    """Brings any database to the version of this release; returns the versions before and after."""
    database = Database(url)
    try:
        return migrate(database, only_empty=False), head()
    finally:
        database.close()


def migrate(database: Database, *, only_empty: bool) -> str | None:
    """Brings the database to this release's version, in one transaction under the schema lock; returns the version before.

    Raises MigrationNeeded when it is newer, or, with `only_empty`, older.
    """
    if database.path is not None:
        _keep_copy(database)
    with _resting_foreign_keys(database), database.write() as connection:
        database.lock_schema(connection)
        before = current(connection)
        if before == head():
            return before
        if before is not None and not _is_older(before):
            raise MigrationNeeded(
                f"the database has schema version {before}, which is newer than this release; upgrade hpsearch"
            )
        if before is not None and only_empty:
            raise MigrationNeeded(
                f"the database has schema version {before}, this release needs {head()}; run `hpsearch db upgrade`"
            )
        _run(connection)
        if database.is_sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first()):
            raise MigrationNeeded(f"a row of {broken[0]} would lose its row of {broken[2]}; nothing was changed")
        return before


def _is_older(version: str) -> bool:
    return version in {script.revision for script in _scripts().walk_revisions()} - {head()}


@contextmanager
def _resting_foreign_keys(database: Database) -> Iterator[None]:
    """SQLite changes a table by building it anew and dropping the old one, which foreign keys would prevent."""
    if not database.is_sqlite:
        yield
        return
    _switch_foreign_keys(database, "OFF")
    try:
        yield
    finally:
        _switch_foreign_keys(database, "ON")


def _switch_foreign_keys(database: Database, to: str) -> None:
    """Outside a transaction, where alone SQLite listens; the writer has one connection."""
    with closing(database.writer.raw_connection()) as connection, closing(connection.cursor()) as cursor:
        cursor.execute(f"PRAGMA foreign_keys = {to}")


def _run(connection: Connection) -> None:
    scripts = _scripts()

    def steps(version: str | tuple[str, ...], _: MigrationContext) -> list[RevisionStep]:
        return scripts._upgrade_revs("head", version)  # type: ignore[arg-type]  # as alembic.command.upgrade does

    with EnvironmentContext(Config(), scripts, fn=steps, destination_rev="head") as environment:
        environment.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
        environment.run_migrations()


def _keep_copy(database: Database) -> None:
    """Copies an older SQLite database beside itself before it is changed, by SQLite's own backup."""
    with database.read() as connection:
        version = current(connection)
        if version is None or not _is_older(version):
            return
        copy = Path(f"{database.path}.{version}.{datetime.now(UTC):%Y%m%dT%H%M%SZ}.backup")
        unfinished = copy.with_suffix(".unfinished")
        source: Any = connection.connection.dbapi_connection
        with closing(sqlite3.connect(unfinished)) as target:
            source.backup(target)
        unfinished.rename(copy)
