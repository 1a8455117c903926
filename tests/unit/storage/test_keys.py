import pytest
from sqlalchemy import insert, select

from hpsearch.storage.keys import among, one_of
from hpsearch.storage.tables import tokens
from hpsearch_migrations import open_database

NAMES = ["a", "", 'quote " and \\', "it's", "☃", "[1]", "null", "x" * 100]


@pytest.fixture
def database(database_url):
    database = open_database(database_url)
    with database.write() as connection:
        rows = [
            {"digest": str(n), "name": name, "scope": "s", "created_at": database.now(connection)}
            for n, name in enumerate(NAMES)
        ]
        connection.execute(insert(tokens), rows)
    yield database
    database.close()


@pytest.mark.parametrize("wanted", [[], NAMES, NAMES[2:4], ["a", "a", "missing"], ["x" * 100] * 40_000])
def test_rows_are_found_by_any_number_of_names(database, wanted):
    with database.read() as connection:
        found = connection.execute(select(tokens.c.name).where(one_of(connection, tokens.c.name, wanted))).scalars()
        assert sorted(found) == sorted(set(wanted) & set(NAMES))


def test_the_values_of_a_key_belong_together(database):
    with database.read() as connection:
        columns = (tokens.c.digest, tokens.c.name)
        query = select(tokens.c.name).where(among(connection, columns, [("0", "a"), ("1", "a"), ("4", "☃")]))
        assert sorted(connection.execute(query).scalars()) == ["a", "☃"]


def test_numbers_are_found_whatever_their_size(database):
    with database.read() as connection:
        ids = connection.execute(select(tokens.c.id)).scalars().all()
        query = select(tokens.c.id).where(one_of(connection, tokens.c.id, [*ids[:3], 2**63 - 1]))
        assert sorted(connection.execute(query).scalars()) == ids[:3]
