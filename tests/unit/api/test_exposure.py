import pytest
from databases import MEMORY, open_quickly
from pydantic import SecretStr

from hpsearch.errors import InvalidInput
from hpsearch.service.access import register_first_token
from hpsearch.settings import Settings
from hpsearch_api import exposure


@pytest.fixture
def database():
    database = open_quickly(MEMORY)
    yield database
    database.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_loopback_needs_no_token(database, host):
    exposure.check(database, Settings(host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7", "", "fe80::1", "no.such.host.invalid"])
def test_beyond_it_somebody_must_have_chosen_one(database, host, tmp_path):
    with pytest.raises(InvalidInput, match="HPSEARCH_ADMIN_TOKEN") as caught:
        exposure.check(database, Settings(host=host))
    assert [found.field for found in caught.value.fields] == ["host"]
    given = Settings(host=host, admin_token=SecretStr("an-admin-token-of-the-tests"))
    exposure.check(database, given)
    exposure.check(database, Settings(host=host, admin_token_file=tmp_path / "token"))
    register_first_token(database, given)
    exposure.check(database, Settings(host=host))
