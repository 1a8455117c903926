import math

import pytest
import sqlalchemy as sa

from hpsearch.storage.types import Real


@pytest.mark.parametrize("value", [0.1, math.inf, -math.inf, math.nan, 5e-324, None])
def test_every_double_survives_sqlite(value):
    table = sa.Table("numbers", sa.MetaData(), sa.Column("value", Real))
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        table.create(connection)
        connection.execute(table.insert(), [{"value": value}])
        found = connection.execute(sa.select(table.c.value)).scalar_one()
        missing = connection.execute(sa.select(table.c.value.is_(None))).scalar_one()
    engine.dispose()
    assert repr(found) == repr(value)
    assert missing == (value is None)
