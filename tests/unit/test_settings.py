from pathlib import Path

import pytest

from hpsearch import settings
from hpsearch.errors import InvalidInput


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The configuration file of an account that has nothing else."""
    import os

    for name in [name for name in os.environ if name.startswith("HPSEARCH_")]:
        monkeypatch.delenv(name)
    for folder in ("CONFIG", "DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{folder}_HOME", str(tmp_path / folder))
    file = tmp_path / "CONFIG" / "hpsearch" / "config.toml"
    file.parent.mkdir(parents=True)
    return file


def test_defaults_lie_in_the_xdg_folders(tmp_path):
    found = settings.load()
    assert found.server == "http://127.0.0.1:8760"
    assert found.port == settings.DEFAULT_PORT
    assert found.database_url == f"sqlite:///{tmp_path}/DATA/hpsearch/hpsearch.db"
    assert found.spool == tmp_path / "STATE" / "hpsearch" / "spool"
    assert found.cache == tmp_path / "CACHE" / "hpsearch"
    assert found.lease_seconds == 120
    assert found.lanes is None


def test_the_environment_goes_before_the_file_and_the_file_before_the_defaults(config, monkeypatch):
    config.write_text('port = 1\nhost = "file"\nserver = "file"\n')
    monkeypatch.setenv("HPSEARCH_PORT", "2")
    monkeypatch.setenv("HPSEARCH_HOST", "environment")
    found = settings.load(port=3, host=None)
    assert (found.port, found.host, found.server, found.log_level) == (3, "environment", "file", "info")


def test_another_file_can_be_named(tmp_path, config, monkeypatch):
    config.write_text("port = 1\n")
    other = tmp_path / "other.toml"
    other.write_text("port = 2\n")
    monkeypatch.setenv("HPSEARCH_CONFIG_FILE", str(other))
    assert settings.load().port == 2


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("port", "x"),
        ("port", "65536"),
        ("lease_seconds", "0"),
        ("lease_seconds", "nan"),
        ("log_format", "xml"),
        ("keep_best", "-1"),
        ("lanes", "3"),
        ("lanes", "many"),
    ],
)
def test_a_wrong_option_is_named(option, value, config, monkeypatch):
    monkeypatch.setenv(f"HPSEARCH_{option.upper()}", value)
    with pytest.raises(InvalidInput) as error:
        settings.load()
    assert [found.field for found in error.value.fields] == [option]
    monkeypatch.delenv(f"HPSEARCH_{option.upper()}")
    config.write_text(f'{option} = "{value}"\n')
    with pytest.raises(InvalidInput, match=option):
        settings.load()


@pytest.mark.parametrize("lanes", settings.LANE_COUNTS)
def test_lanes_are_counted_in_powers_of_four(lanes, monkeypatch):
    monkeypatch.setenv("HPSEARCH_LANES", str(lanes))
    assert settings.load().lanes == lanes
    with pytest.raises(InvalidInput, match=r"lanes: must be one of 1, 4, 16, 64, 256"):
        settings.load(lanes=lanes + 1)


def test_a_file_that_is_no_toml_is_named(config):
    config.write_text("port = [\n")
    with pytest.raises(InvalidInput, match="is not TOML") as error:
        settings.load()
    assert [found.field for found in error.value.fields] == [str(config)]


def test_a_file_that_cannot_be_read_is_named(config):
    config.write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidInput, match="is not TOML"):
        settings.load()


def test_what_is_no_option_is_refused_and_named(config):
    config.write_text("port = 1\nservr = 'http://elsewhere'\n\n[worker]\nspool = '/tmp'\n")
    with pytest.raises(InvalidInput, match="did you mean server") as error:
        settings.load()
    assert [found.field for found in error.value.fields] == [f"{config}: servr", f"{config}: worker"]


def test_a_file_that_is_named_must_be_there(tmp_path, monkeypatch):
    monkeypatch.setenv("HPSEARCH_CONFIG_FILE", str(tmp_path / "absent.toml"))
    with pytest.raises(InvalidInput, match="there is no file") as error:
        settings.load()
    assert [found.field for found in error.value.fields] == ["HPSEARCH_CONFIG_FILE"]


def test_a_client_takes_its_token_from_the_environment_else_from_the_file(monkeypatch):
    assert settings.load().client_token() is None
    settings.token_file().write_text("  from-file\n")
    assert settings.load().client_token() == "from-file"
    monkeypatch.setenv("HPSEARCH_TOKEN", "from-environment")
    assert settings.load().client_token() == "from-environment"


def test_an_empty_token_file_is_no_token():
    settings.token_file().write_text("\n")
    assert settings.load().client_token() is None


def test_secrets_are_not_shown(monkeypatch):
    monkeypatch.setenv("HPSEARCH_TOKEN", "canary-1")
    monkeypatch.setenv("HPSEARCH_ADMIN_TOKEN", "canary-2")
    monkeypatch.setenv("HPSEARCH_DATABASE_URL", "postgresql://user:canary-3@host/name")
    assert "canary" not in repr(settings.load())


def test_every_option_has_a_description():
    assert all(field.description for field in settings.Settings.model_fields.values())


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("sqlite:////data/hp.db", "sqlite:////data/hp.db"),
        ("postgresql://me@db:5432/hp", "postgresql://me@db:5432/hp"),
        ("postgresql://me:a:b@c/d@db/hp", "postgresql://me:***@db/hp"),
        ("postgresql://db/hp?password=p&port=1", "postgresql://db/hp?password=***&port=1"),
        ("postgresql:///hp?host=a&SSLPassword=p", "postgresql:///hp?host=a&SSLPassword=***"),
        ("postgresql:///hp?passfile=/home/me/.pgpass", "postgresql:///hp?passfile=***"),
    ],
)
def test_an_address_is_shown_without_what_is_secret(address, shown):
    assert settings.without_secrets(address) == shown
