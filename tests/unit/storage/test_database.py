import traceback
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from databases import open_quickly
from kinds import KINDS
from sqlalchemy import insert, select
from sqlalchemy.exc import DBAPIError

from hpsearch.storage import Database
from hpsearch.storage.tables import workers

NOW = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture
def database(database_url):
    database = open_quickly(database_url)
    yield database
    database.close()


with_readers = pytest.mark.parametrize("database_url", KINDS[1:], indirect=True)
"""In memory reads go through the writer's connection."""


def note(connection, name):
    connection.execute(insert(workers).values(name=name, status={}, first_seen=NOW, last_seen=NOW))


def names(connection):
    return connection.execute(select(workers.c.name).order_by(workers.c.name)).scalars().all()


def test_a_block_that_raises_leaves_nothing_behind(database):
    with suppress(ZeroDivisionError), database.write() as connection:
        note(connection, "a")
        raise ZeroDivisionError
    with database.write() as connection:
        note(connection, "b")
    with database.read() as connection:
        assert names(connection) == ["b"]


@with_readers
def test_readers_cannot_write(database):
    with pytest.raises(DBAPIError), database.read() as connection:
        note(connection, "a")


@with_readers
def test_a_read_is_as_of_one_moment(database):
    with database.read() as reading:
        assert names(reading) == []
        with database.write() as writing:
            note(writing, "a")
        assert names(reading) == []
    with database.read() as reading:
        assert names(reading) == ["a"]


def test_the_clock_is_the_one_that_was_given_else_the_database_s(database_url):
    database = open_quickly(database_url, lambda: NOW)
    with database.read() as connection:
        assert database.now(connection) == NOW
    database._clock = None
    with database.read() as connection:
        assert abs((database.now(connection) - datetime.now(UTC)).total_seconds()) < 60
    database.close()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:secret@host/name", "postgresql://me:***@host/name"),
        ("postgresql://host/name?password=secret", "postgresql://host/name?password=***"),
        ("sqlite:////tmp/a.db", "sqlite:////tmp/a.db"),
    ],
)
def test_its_name_tells_no_password(url, shown, tmp_path):
    if url.startswith("sqlite"):
        url = shown = f"sqlite:///{tmp_path / 'a.db'}"
    database = Database(url)
    assert (str(database), repr(database)) == (shown, f"Database('{shown}')")
    database.close()


@pytest.mark.parametrize(
    ("value", "told"), [("canary", "InvalidTextRepresentation"), ("9" * 30, "NumericValueOutOfRange")]
)
def test_what_postgres_says_of_a_value_is_not_repeated(postgres_url, value, told):
    database = open_quickly(postgres_url)
    with pytest.raises(DBAPIError, match=told) as caught, database.read() as connection:
        connection.exec_driver_sql("SELECT CAST(%s::text AS int)", (value,))
    database.close()
    said = "".join(traceback.format_exception(caught.value))
    assert value not in said
    assert "SELECT CAST" in said
