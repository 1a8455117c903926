"""Which version a database has, and how it gets the present one."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from hpsearch.errors import MigrationNeeded
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
    """The schema version of the database; None for one that is empty. Raises MigrationNeeded when it is not one of ours."""
    version = MigrationContext.configure(connection).get_current_revision()
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
    with database.write() as connection:
        database.lock_schema(connection)
        before = current(connection)
        if before == head():
            return before
        known = {script.revision for script in _scripts().walk_revisions()}
        if before is not None and before not in known:
            raise MigrationNeeded(
                f"the database has schema version {before}, which is newer than this release; upgrade hpsearch"
            )
        if before is not None and only_empty:
            raise MigrationNeeded(
                f"the database has schema version {before}, this release needs {head()}; run `hpsearch db upgrade`"
            )
        _run(connection)
        return before


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
        if version in (None, head()):
            return
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        source: Any = connection.connection.dbapi_connection
        with closing(sqlite3.connect(f"{database.path}.{version}.{stamp}.backup")) as target:
            source.backup(target)
