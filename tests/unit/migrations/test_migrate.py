import importlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from patience import SECONDS
from sqlalchemy import inspect, text

from hpsearch.errors import DatabaseHeld, DatabaseUnavailable, InvalidInput, MigrationNeeded
from hpsearch.storage import Database
from hpsearch.storage.database import SCHEMA_LOCK
from hpsearch.storage.tables import metadata
from hpsearch.storage.tokens import find_token
from hpsearch_migrations import current, head, open_database, upgrade
from hpsearch_migrations.__main__ import main

module = importlib.import_module("hpsearch_migrations.migrate")
RELEASED = Path(module.__file__).parent / "versions"
NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{down}"
branch_labels = depends_on = None


def upgrade():
    with op.batch_alter_table("trials", recreate="auto" if op.get_context().dialect.name != "sqlite" else "always") as table:
        table.add_column(sa.Column("mood", sa.Text(), nullable=False, server_default="good"))
{more}
"""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty_url(request):
    """The address of a database that has no table yet."""
    if request.param == "sqlite":
        return request.getfixturevalue("sqlite_url")
    return request.getfixturevalue("postgres").empty()


@pytest.fixture
def next_release(monkeypatch, tmp_path_factory):
    """Turns this release into a later one, whose next migration builds `trials` anew; `more` are further lines of it."""

    def become(more="pass"):
        scripts = tmp_path_factory.mktemp("scripts")
        versions = scripts / "versions"
        shutil.copytree(RELEASED, versions, ignore=shutil.ignore_patterns("__pycache__"))
        (versions / "9999_next.py").write_text(NEXT.format(revision="9999", down=head(), more=f"    {more}"))
        config = Config()
        config.set_main_option("script_location", str(scripts))
        config.set_main_option("path_separator", "os")
        monkeypatch.setattr(module, "_scripts", lambda: ScriptDirectory.from_config(config))

    return become


def version_of(database):
    with database.read() as connection:
        return current(connection)


def copies(url):
    path = Path(url.removeprefix("sqlite:///"))
    return (
        sorted(found for found in path.parent.iterdir() if not found.name.startswith(path.name + "-"))
        if url.startswith("sqlite")
        else []
    )


def add_rows(database):
    """A study with a trial that has an attempt: rows that refer to each other."""
    now, empty = 0, "{}"
    with database.write() as connection:
        connection.execute(
            text(
                "INSERT INTO studies (id, name, objective, definition, description, budget, seed, state, seq, next_number, grid_position,"
                " failure_streak, queued, running, paused, completed, pruned, failed, cancelled, active_seconds, versions, created_at,"
                " updated_at) VALUES (7, 's', 'o', :empty, '', :empty, 1, 'active', 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, :empty, 0, 0)"
            ),
            {"empty": empty},
        )
        connection.execute(
            text(
                "INSERT INTO trials (study_id, number, state, params, seed, seq, view_seq, enqueued, attempts, errors, expiries, releases,"
                " metrics, created_at) VALUES (7, 0, 'running', :empty, 1, 1, 0, :no, 1, 0, 0, 0, :empty, :now)"
            ),
            {"empty": empty, "now": now, "no": False},
        )
        connection.execute(
            text(
                "INSERT INTO attempts (study_id, trial, number, token, worker, request_id, position, request_digest, started_at, expires_at,"
                " decision) VALUES (7, 0, 1, 't', 'w', 'r', 0, '', 0, 0, 'continue')"
            )
        )


def attempts_and_moods(connection):
    query = "SELECT attempts.token, trials.mood FROM attempts JOIN trials ON attempts.trial = trials.number"
    return connection.execute(text(query)).all()


# A new database


def _differs(context, inspected_column, column, inspected, declared, rendered):
    """Alembic's comparison of defaults, but for JSON, which PostgreSQL does not compare."""
    return None if "::json" not in (inspected or "") else inspected.partition("::")[0].strip("'") != rendered.strip("'")


def test_a_new_database_is_what_the_tables_say(empty_url):
    database = open_database(empty_url)
    try:
        assert version_of(database) == head()
        with database.read() as connection:
            options = {"compare_type": True, "compare_server_default": _differs}
            assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []
    finally:
        database.close()


def _plain(sql):
    """Without what depends on which column came last: one that is added stands behind the constraints."""
    return " ".join(sql.replace('"', "").split()).replace("( ", "(").removesuffix(")").removesuffix(" ")


def schema(database):
    """Every table, index and constraint in the database's own words."""
    with database.read() as connection:
        if database.is_sqlite:
            rows = connection.exec_driver_sql(
                "SELECT name, sql FROM sqlite_master WHERE tbl_name <> 'alembic_version'"
            ).all()
            return {name: sorted(_plain(sql or "").split(", ")) for name, sql in rows}
        queries = (
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
            "SELECT conrelid::regclass::text || '.' || conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE connamespace = 'public'::regnamespace",
            "SELECT table_name || '.' || column_name, concat_ws(' ', data_type, character_maximum_length, is_nullable, column_default)"
            " FROM information_schema.columns WHERE table_schema = 'public'",
        )
        return {
            name: said for query in queries for name, said in connection.exec_driver_sql(query) if "alembic" not in name
        }


def test_migrations_and_tables_say_the_same_word_by_word(empty_url, request, tmp_path):
    """Conditions of indexes and checks too, which Alembic does not compare."""
    migrated = open_database(empty_url)
    try:
        found = schema(migrated)
    finally:
        migrated.close()
    url = f"sqlite:///{tmp_path / 'tables.db'}" if migrated.is_sqlite else request.getfixturevalue("postgres").empty()
    made = Database(url)
    try:
        with made.write() as connection:
            metadata.create_all(connection)
        assert schema(made) == found
    finally:
        made.close()


def test_in_memory():
    database = open_database("sqlite:///:memory:")
    assert version_of(database) == head()
    database.close()


def test_opening_again_changes_nothing(empty_url):
    open_database(empty_url).close()
    before = copies(empty_url)
    database = open_database(empty_url)
    add_rows(database)
    database.close()
    assert upgrade(empty_url) == (head(), head())
    assert copies(empty_url) == before


# Other versions


@pytest.mark.parametrize("version", ["9999", "0000"])
def test_a_version_that_this_release_does_not_know_is_left_alone(empty_url, version):
    database = open_database(empty_url)
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})
    database.close()
    before = copies(empty_url)
    for act in (open_database, upgrade):
        with pytest.raises(
            MigrationNeeded, match=f"version {version}, which is newer than this release; upgrade hpsearch"
        ):
            act(empty_url)
    assert copies(empty_url) == before
    database = Database(empty_url)
    assert version_of(database) == version
    database.close()


def test_tables_of_somebody_else_are_left_alone(empty_url):
    database = Database(empty_url)
    with database.write() as connection:
        connection.execute(text("CREATE TABLE trials (id INTEGER)"))
    database.close()
    with pytest.raises(MigrationNeeded, match="not hpsearch's; use another database"):
        open_database(empty_url)
    database = Database(empty_url)
    with database.read() as connection:
        assert inspect(connection).get_table_names() == ["trials"]
    database.close()


@pytest.mark.postgres
def test_an_older_postgresql_is_upgraded_by_command_only(postgres, next_release):
    url = postgres.empty()
    database = open_database(url)
    add_rows(database)
    database.close()
    was = head()
    next_release()
    with pytest.raises(MigrationNeeded, match=f"version {was}, this release needs 9999; run `hpsearch db upgrade`"):
        open_database(url)
    assert upgrade(url) == (was, "9999")
    database = open_database(url)
    with database.read() as connection:
        assert attempts_and_moods(connection) == [("t", "good")]
    database.close()


def test_an_older_sqlite_is_upgraded_after_a_copy(sqlite_url, next_release):
    database = open_database(sqlite_url)
    add_rows(database)
    database.close()
    before = copies(sqlite_url)
    was = head()
    next_release()
    database = open_database(sqlite_url)
    try:
        assert version_of(database) == "9999"
        with database.write() as connection:
            assert attempts_and_moods(connection) == [("t", "good")]
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1
    finally:
        database.close()
    (copy,) = set(copies(sqlite_url)) - set(before)
    assert copy.name.startswith(f"hpsearch.db.{was}.")
    assert copy.suffix == ".backup"
    with closing(sqlite3.connect(copy)) as old:
        assert old.execute("SELECT version_num FROM alembic_version").fetchall() == [(was,)]
        assert old.execute("SELECT token FROM attempts").fetchall() == [("t",)]
        assert "mood" not in str(old.execute("PRAGMA table_info(trials)").fetchall())


@pytest.mark.parametrize("more", ["raise ZeroDivisionError", 'op.execute("DELETE FROM studies")'])
def test_a_migration_that_fails_changes_nothing(empty_url, next_release, more):
    database = open_database(empty_url)
    add_rows(database)
    before = schema(database)
    was = version_of(database)
    database.close()
    next_release(more)
    with pytest.raises(Exception, match=r"nothing was changed|violates foreign key|^$|division"):
        upgrade(empty_url)
    database = Database(empty_url)
    assert (version_of(database), schema(database)) == (was, before)
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM studies")).scalar_one() == 1
    database.close()


# Several processes


@pytest.mark.postgres
def test_two_servers_open_a_new_postgresql_at_once(postgres):
    url = postgres.empty()
    database = Database(url)
    code = "import sys; from hpsearch_migrations import open_database; open_database(sys.argv[1]).close()"
    with database.write() as connection:
        database.lock_schema(connection)
        servers = [subprocess.Popen([sys.executable, "-c", code, url]) for _ in range(2)]
        waiting = f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = {SCHEMA_LOCK & 0xFFFFFFFF} AND NOT granted"
        until = time.monotonic() + 60
        while connection.execute(text(waiting)).scalar_one() < 2 and time.monotonic() < until:
            time.sleep(0.01)
    assert [server.wait(SECONDS) for server in servers] == [0, 0]
    assert version_of(database) == head()
    database.close()


def test_a_sqlite_file_is_held_by_one_process(sqlite_url, capsys, monkeypatch):
    held = open_database(sqlite_url)
    with pytest.raises(DatabaseHeld, match="another server process holds"):
        open_database(sqlite_url)
    assert command(monkeypatch, "upgrade", sqlite_url) == 4
    assert "another server process holds" in capsys.readouterr().err
    held.close()
    open_database(sqlite_url).close()


def test_a_sqlite_file_has_one_name(sqlite_url, tmp_path):
    open_database(sqlite_url).close()
    path = sqlite_url.removeprefix("sqlite:///")
    os.link(path, tmp_path / "other.db")
    for name in (sqlite_url, f"sqlite:///{tmp_path / 'other.db'}"):
        with pytest.raises(InvalidInput, match="has another name"):
            open_database(name)
    (tmp_path / "other.db").unlink()
    open_database(sqlite_url).close()


# The command


def command(monkeypatch, name, url, *more):
    monkeypatch.setattr(sys, "argv", ["hpsearch_migrations", name, "--database-url", url, *more])
    return main()


def test_the_command_upgrades_and_tells_the_version(empty_url, capsys, monkeypatch, next_release):
    assert command(monkeypatch, "upgrade", empty_url) == 0
    assert capsys.readouterr().out == f"before: None\nafter: {head()}\n"
    assert command(monkeypatch, "current", empty_url, "--json") == 0
    assert json.loads(capsys.readouterr().out) | {"database": ""} == {"database": "", "current": head(), "head": head()}
    was = head()
    next_release()
    assert command(monkeypatch, "upgrade", empty_url, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"before": was, "after": "9999"}


@pytest.mark.parametrize(
    ("url", "error", "code"),
    [
        ("mysql://localhost/x", InvalidInput, 2),
        ("nonsense", InvalidInput, 2),
        ("sqlite:////proc/no/such/place/x.db", InvalidInput, 2),
        ("postgresql://nobody@127.0.0.1:1/x", DatabaseUnavailable, 5),
    ],
)
def test_what_is_no_database(url, error, code, monkeypatch, capsys):
    with pytest.raises(error):
        open_database(url)
    assert command(monkeypatch, "upgrade", url) == code
    assert capsys.readouterr().err


def test_asking_for_the_version_creates_no_file(tmp_path, monkeypatch, capsys):
    file = tmp_path / "absent.db"
    assert command(monkeypatch, "current", f"sqlite:///{file}") == 2
    assert capsys.readouterr().err == f"database_url: there is no file {file}\n"
    assert not file.exists()


def test_a_file_that_is_no_database(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("not a database\n" * 1000)
    with pytest.raises(InvalidInput, match="is no SQLite database"):
        open_database(f"sqlite:///{path}")
    assert path.read_text().startswith("not a database")


def test_the_command_makes_an_admin_token(empty_url, capsys, monkeypatch):
    assert command(monkeypatch, "token", empty_url, "--json") == 0
    made = json.loads(capsys.readouterr().out)
    database = open_database(empty_url)
    with database.read() as connection:
        found = find_token(connection, made["token"])
    assert (found.id, found.name, found.scope, found.project) == (made["id"], "admin", "admin", "default")
    if database.path is not None:
        assert command(monkeypatch, "token", empty_url) == 4  # a server holds it
    database.close()
    assert command(monkeypatch, "token", empty_url, "--project", "no/such") == 2
