"""What each migration makes of rows that are there: a database of the version before, filled, then brought up."""

import importlib
import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from databases import MEMORY
from sqlalchemy import JSON, text
from sqlalchemy.exc import IntegrityError

from hpsearch.storage import Database

module = importlib.import_module("hpsearch_migrations.migrate")
VERSIONS = Path(module.__file__).parent / "versions"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request):
    """A database without any table."""
    database = Database(MEMORY if request.param == "sqlite" else request.getfixturevalue("postgres").empty())
    yield database
    database.close()


@pytest.fixture
def migrate_to(monkeypatch, tmp_path, database):
    """Brings the database to a version by the migrations up to it."""

    @contextmanager
    def released(version):
        scripts = tmp_path / version
        (scripts / "versions").mkdir(parents=True)
        for path in VERSIONS.glob("*.py"):
            if path.name <= f"{version}_~":
                shutil.copy(path, scripts / "versions")
        config = Config()
        config.set_main_option("script_location", str(scripts))
        config.set_main_option("path_separator", "os")
        with monkeypatch.context() as patch:
            patch.setattr(module, "_scripts", lambda: ScriptDirectory.from_config(config))
            yield

    def migrate(version):
        with released(version):
            return module.migrate(database, only_empty=False)

    return migrate


def carry_out(database, *statements):
    with database.write() as connection:
        for statement in statements:
            connection.execute(text(statement), {"empty": "{}", "no": False})


STUDY = (
    "INSERT INTO studies (id, {0}name, objective, definition, description, budget, seed, state, seq, next_number, grid_position,"
    " failure_streak, queued, running, paused, completed, pruned, failed, cancelled, active_seconds, versions, created_at,"
    " updated_at) VALUES ({1}'s', 'o', :empty, '', :empty, 1, 'active', 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, :empty, 0, 0)"
)
TRIAL = (
    "INSERT INTO trials (study_id, number, state, params, seed, seq, view_seq, enqueued, attempts, errors, expiries, releases,"
    " metrics, created_at) VALUES (7, 0, 'running', :empty, 1, 1, 0, :no, 1, 0, 0, 0, :empty, 0)"
)
ATTEMPT = (
    "INSERT INTO attempts (study_id, trial, number, token, worker, request_id, position, request_digest, started_at, expires_at,"
    " decision) VALUES (7, 0, 1, 't', 'w', 'r', 0, '', 0, 0, 'continue')"
)
REPORT = (
    "INSERT INTO reports (study_id, trial, attempt, step, value, metrics, at, seq, current)"
    " VALUES (7, 0, 1, 1, 0.5, :empty, 0, 1, :no)"
)
WORKER = "INSERT INTO workers ({0}name, status, first_seen, last_seen) VALUES ({1}'w', :empty, 0, 0)"
TOKEN = "INSERT INTO tokens (digest, name, scope, created_at) VALUES ('d', 'admin', 'admin', 0)"


def test_0002_puts_what_is_there_into_the_default_project(database, migrate_to):
    assert migrate_to("0001") is None
    carry_out(database, STUDY.format("", "7, "), TRIAL, ATTEMPT, REPORT, WORKER.format("", ""), TOKEN)
    assert migrate_to("0002") == "0001"
    with database.read() as connection:
        found = [
            connection.execute(text(f"SELECT project FROM {table}")).scalars().all()
            for table in ("studies", "attempts", "workers", "tokens")
        ]
        assert found == [["default"]] * 4
        row = connection.execute(text("SELECT expires_at, last_used_at, revoked_at, studies FROM tokens")).one()
        assert row == (None,) * 4
        joined = "SELECT reports.value FROM reports JOIN attempts ON reports.attempt = attempts.number"
        assert connection.execute(text(joined)).scalars().all() == [0.5]


def test_after_0002_names_are_unique_within_a_project(database, migrate_to):
    migrate_to("0002")
    first = (STUDY.format("", "7, "), WORKER.format("", ""))
    carry_out(database, *first)
    for again in (STUDY.format("", "8, "), WORKER.format("", "")):
        with pytest.raises(IntegrityError):
            carry_out(database, again)
    carry_out(database, STUDY.format("project, ", "8, 'other', "), WORKER.format("project, ", "'other', "))


def test_0003_signs_nobody_in_and_keeps_the_tokens(database, migrate_to):
    migrate_to("0002")
    carry_out(database, TOKEN)
    assert migrate_to("0003") == "0002"
    with database.read() as connection:
        assert connection.execute(text("SELECT name FROM tokens")).scalars().all() == ["admin"]
        assert connection.execute(text("SELECT * FROM sessions")).all() == []
    session = "INSERT INTO sessions (digest, token_id, created_at, expires_at) VALUES ('{0}', {1}, 0, 1)"
    carry_out(database, session.format("a", 1))
    for wrong in (session.format("a", 1), session.format("b", 99)):
        with pytest.raises(IntegrityError):
            carry_out(database, wrong)


def test_0004_knows_no_host_of_the_attempts_that_are_there(database, migrate_to):
    migrate_to("0003")
    carry_out(database, STUDY.format("", "7, "), TRIAL, ATTEMPT, REPORT)
    assert migrate_to("0004") == "0003"
    with database.read() as connection:
        assert connection.execute(text("SELECT worker, host FROM attempts")).all() == [("w", None)]
    carry_out(database, f"UPDATE attempts SET host = '{'h' * 255}'")


def test_0005_finds_the_studies_that_are_there_by_name_and_description(database, migrate_to):
    migrate_to("0004")
    carry_out(database, STUDY.format("", "7, "), "UPDATE studies SET description = 'Größe NETS'")
    assert migrate_to("0005") == "0004"
    query = text("SELECT name, tags, search_text FROM studies")
    with database.read() as connection:
        [(name, tags, found)] = connection.execute(query.columns(tags=JSON())).all()
    assert (tags, found) == ([], f"{name.casefold()}\x1fgrösse nets")


def test_0006_keeps_what_was_reported(database, migrate_to):
    migrate_to("0005")
    carry_out(database, STUDY.format("", "7, "), TRIAL, ATTEMPT, REPORT)
    assert migrate_to("0006") == "0005"
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM reports")).scalar() == 1
