import pytest
from sqlalchemy import bindparam, insert, select

from hpsearch.storage.keys import ByKeys
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


BY_NAME = ByKeys(select(tokens.c.name), tokens.c.name)
BY_BOTH = ByKeys(select(tokens.c.name), tokens.c.digest, tokens.c.name)
BY_ID = ByKeys(select(tokens.c.id).where(tokens.c.scope == bindparam("scope")), tokens.c.id, lock=True)


@pytest.mark.parametrize("wanted", [[], NAMES, NAMES[2:4], ["a", "a", "missing"], ["x" * 100] * 40_000])
def test_rows_are_found_by_any_number_of_names(database, wanted):
    with database.read() as connection:
        found = [name for (name,) in BY_NAME.rows(connection, wanted)]
        assert sorted(found) == sorted(set(wanted) & set(NAMES))


def test_the_values_of_a_key_belong_together(database):
    with database.read() as connection:
        found = [name for (name,) in BY_BOTH.rows(connection, [("0", "a"), ("1", "a"), ("4", "☃")])]
        assert sorted(found) == ["a", "☃"]


def test_numbers_are_found_whatever_their_size_and_the_query_keeps_its_own_conditions(database):
    with database.write() as connection:
        ids = connection.execute(select(tokens.c.id)).scalars().all()
        wanted = [*ids[:3], 2**63 - 1]
        assert sorted(found for (found,) in BY_ID.rows(connection, wanted, scope="s")) == ids[:3]
        assert BY_ID.rows(connection, wanted, scope="t") == []
