import os
import stat

import pytest
from databases import open_quickly
from pydantic import SecretStr

from hpsearch.errors import InvalidInput
from hpsearch.identity import Identity, Scope
from hpsearch.service import access
from hpsearch.service.access import Doorkeeper, register_first_token
from hpsearch.settings import Settings, token_file
from hpsearch.storage.tokens import find_token

GIVEN = "a-token-that-was-given"


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


@pytest.fixture
def database():
    database = open_quickly("sqlite:///:memory:")
    yield database
    database.close()


def owner(database, token):
    with database.read() as connection:
        identity = Doorkeeper().check(database, connection, token)
        return identity and identity.name


def test_the_token_of_the_settings_goes_first(database, folder):
    file = folder / "file"
    file.write_text("another-token-in-a-file\n")
    register_first_token(database, Settings(admin_token=SecretStr(GIVEN), admin_token_file=file))
    assert owner(database, GIVEN) == "admin"
    assert owner(database, "another-token-in-a-file") is None
    assert not token_file().exists()


def test_then_the_token_of_the_file_that_the_settings_name(database, folder):
    file = folder / "file"
    file.write_text(f"{GIVEN}\n")
    register_first_token(database, Settings(admin_token_file=file))
    assert owner(database, GIVEN) == "admin"


def test_then_the_token_of_the_account(database):
    token_file().parent.mkdir(parents=True)
    token_file().write_text(f"{GIVEN}\n")
    register_first_token(database, Settings())
    assert owner(database, GIVEN) == "admin"


def test_then_a_new_one_that_only_the_account_can_read(database):
    register_first_token(database, Settings())
    token = token_file().read_text().strip()
    assert len(token) >= 32
    assert stat.S_IMODE(token_file().stat().st_mode) == 0o600
    assert owner(database, token) == "admin"
    assert owner(database, "") is None


def test_a_crash_while_it_is_written_leaves_no_file(database, monkeypatch):
    def crash(file):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", crash)
        with pytest.raises(KeyboardInterrupt):
            register_first_token(database, Settings())
    assert not token_file().exists()
    register_first_token(database, Settings())
    assert owner(database, token_file().read_text().strip()) == "admin"
    assert list(token_file().parent.iterdir()) == [token_file()]


def test_of_two_at_once_the_first_wins(database, monkeypatch):
    def overtake(source, target):
        token_file().write_text(GIVEN)
        raise FileExistsError

    monkeypatch.setattr(os, "link", overtake)
    register_first_token(database, Settings())
    assert owner(database, GIVEN) == "admin"


def test_a_database_that_has_a_token_keeps_it(database):
    register_first_token(database, Settings(admin_token=SecretStr(GIVEN)))
    register_first_token(database, Settings(admin_token=SecretStr("another-token-for-later")))
    assert owner(database, "another-token-for-later") is None
    assert not token_file().exists()


@pytest.mark.parametrize(
    "token", ["", "short", "has a space in the middle", "has-\N{SNOWMAN}-a-snowman-in-it", "tab\tinside-of-the-token"]
)
def test_tokens_that_cannot_travel_in_a_header_are_refused(database, folder, token):
    with pytest.raises(InvalidInput, match="admin_token: must have at least 16 printable ASCII characters"):
        register_first_token(database, Settings(admin_token=SecretStr(token)))
    (folder / "file").write_text(token)
    with pytest.raises(InvalidInput, match="admin_token_file: must have"):
        register_first_token(database, Settings(admin_token_file=folder / "file"))
    with pytest.raises(InvalidInput, match="admin_token_file: cannot be read: No such file"):
        register_first_token(database, Settings(admin_token_file=folder / "missing"))
    register_first_token(database, Settings(admin_token=SecretStr(GIVEN)))
    assert owner(database, GIVEN) == "admin"


def test_a_token_is_remembered_for_a_while(database, monkeypatch):
    register_first_token(database, Settings(admin_token=SecretStr(GIVEN)))
    now = [100.0]
    monkeypatch.setattr(access.time, "monotonic", lambda: now[0])
    doorkeeper = Doorkeeper()
    assert doorkeeper.remembered(GIVEN) is None
    with database.read() as connection:
        doorkeeper.check(database, connection, GIVEN)
        doorkeeper.check(database, connection, "unknown")
    assert doorkeeper.remembered(GIVEN) == Identity("admin", Scope.ADMIN, token=1)
    assert doorkeeper.remembered("unknown") is None
    now[0] += access.REMEMBERED_SECONDS
    assert doorkeeper.remembered(GIVEN) is None


def test_what_was_read_before_a_revocation_is_not_remembered_after_it(database):
    register_first_token(database, Settings(admin_token=SecretStr(GIVEN)))

    def find(connection, token):
        found = find_token(connection, token)
        doorkeeper.forget()  # another thread revoked it since
        return found

    doorkeeper = Doorkeeper(find)
    with database.read() as connection:
        assert doorkeeper.check(database, connection, GIVEN) is not None
    assert doorkeeper.remembered(GIVEN) is None
