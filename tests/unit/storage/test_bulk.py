import math
from datetime import UTC, datetime

import pytest
from sqlalchemy import BigInteger, Boolean, Column, MetaData, String, Table, select

from hpsearch.storage.bulk import Bulk
from hpsearch.storage.types import Json, Moment, Real
from hpsearch_migrations import open_database

THINGS = Table(
    "things",
    MetaData(),
    Column("study", BigInteger, primary_key=True),
    Column("end", BigInteger, primary_key=True),
    Column("values", Json),
    Column("real", Real),
    Column("at", Moment),
    Column("is_good", Boolean),
    Column("text", String(100)),
)
INSERT = Bulk(THINGS, THINGS.c.keys())
UPDATE = Bulk(THINGS, ("values", "real", "text"), key=("study", "end"))
EMPTY = {"values": None, "real": None, "at": None, "is_good": None, "text": None}
FULL = {
    "values": {"z": [1, 2.5, None, "NaN"], "a": {"☃": True}},
    "real": 0.1,
    "at": datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
    "is_good": False,
    "text": 'it\'s "quoted" \\ %s ? ☃ null',
}


@pytest.fixture
def database(database_url):
    database = open_database(database_url)
    with database.write() as connection:
        THINGS.create(connection)
    yield database
    with database.write() as connection:
        THINGS.drop(connection)
    database.close()


def _row(end, **fields):
    return {"study": 2**62, "end": end, **EMPTY, **fields}


def _write(database, bulk, *rows):
    with database.write() as connection:
        bulk.write(connection, [dict(row) for row in rows])


def _stored(database):
    with database.read() as connection:
        return [dict(row._mapping) for row in connection.execute(select(THINGS).order_by(THINGS.c.end))]


def test_rows_come_back_as_they_were(database):
    rows = [_row(1, **FULL), _row(2), _row(3, values=[], is_good=True)]
    _write(database, INSERT, *rows)
    assert _stored(database) == rows
    assert list(_stored(database)[0]["values"]) == ["z", "a"], "in the order of their names"


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, 5e-324, 1.7976931348623157e308, 1e-7, 1e22, 3])
def test_every_double_comes_back(database, number):
    _write(database, INSERT, _row(1, real=number))
    assert repr(_stored(database)[0]["real"]) == repr(float(number))


def test_only_the_rows_of_the_key_are_updated_and_only_the_columns_named(database):
    _write(database, INSERT, _row(1, **FULL), _row(2, **FULL), _row(3, **FULL))
    _write(database, UPDATE, _row(1), _row(3, values={"new": 1}, real=math.inf, text="x"), _row(4))
    kept = {"at": FULL["at"], "is_good": FULL["is_good"]}
    assert _stored(database) == [
        _row(1, **kept),
        _row(2, **FULL),
        _row(3, **kept, values={"new": 1}, real=math.inf, text="x"),
    ]


def test_documents_that_are_missing_are_no_documents(database):
    _write(database, INSERT, _row(1))
    with database.read() as connection:
        assert connection.execute(select(THINGS.c["values"].is_(None))).scalar_one()


def test_nothing_is_written_without_rows(database):
    _write(database, INSERT)
    _write(database, UPDATE)
    assert _stored(database) == []
