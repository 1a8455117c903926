"""Every option of hpsearch: HPSEARCH_* in the environment, over config.toml in the XDG config folder, over the defaults here."""

import os
import re
from pathlib import Path
from tomllib import TOMLDecodeError
from typing import Annotated, Literal

from platformdirs import PlatformDirs
from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from hpsearch.errors import FieldError, InvalidInput
from hpsearch.validation import field_errors, unknown

DIRS = PlatformDirs("hpsearch", appauthor=False)
"""XDG folders; they follow XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_STATE_HOME and XDG_CACHE_HOME at the time of the call."""

DEFAULT_PORT = 8760
LANE_COUNTS = (1, 4, 16, 64, 256)
"""Lanes that a program may have."""


def _lane_count(lanes: int | None) -> int | None:
    if lanes is not None and lanes not in LANE_COUNTS:
        raise ValueError(f"must be one of {', '.join(map(str, LANE_COUNTS))}")
    return lanes


def config_file() -> Path:
    """The configuration file: HPSEARCH_CONFIG_FILE, else config.toml in the XDG config folder."""
    return Path(os.environ.get("HPSEARCH_CONFIG_FILE") or DIRS.user_config_path / "config.toml")


def token_file() -> Path:
    """Where the first server on this account leaves its admin token (mode 0600), and clients look for one."""
    return DIRS.user_config_path / "token"


_PASSWORD = re.compile("(://[^:/@]*):.*@", re.DOTALL)
_SECRET_ITEM = re.compile("([?&][^=&]*(?:pass|secret|token)[^=&]*=)[^&]*", re.IGNORECASE)


def without_secrets(address: str) -> str:
    """A database's address as anybody may see it: `***` for the password, and for what its query has of that kind."""
    return _SECRET_ITEM.sub(r"\1***", _PASSWORD.sub(r"\1:***@", address))


class Settings(BaseSettings):
    """All options with their defaults; the field names are the names in config.toml, `HPSEARCH_` + upper case in the environment."""

    model_config = SettingsConfigDict(env_prefix="HPSEARCH_", extra="ignore", frozen=True)

    # client and workers
    server: str = Field(default=f"http://127.0.0.1:{DEFAULT_PORT}", description="Address of the server.")
    token: SecretStr | None = Field(
        default=None, description="Access token; without it the file `token` in the config folder is read."
    )
    client_log: Path | None = Field(
        default=None,
        description="File that gets all that clients and workers send and are answered, for `hpsearch verify`.",
    )

    # server
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(
        default=DEFAULT_PORT, description="Port to listen on; 0 takes a free one."
    )
    allowed_hosts: str = Field(
        default="",
        description="Names that the server answers to besides addresses, names of one word, and *.localhost, *.internal, *.test: "
        "separated by commas; * for any.",
    )
    database_url: str = Field(
        default_factory=lambda: f"sqlite:///{DIRS.user_data_path / 'hpsearch.db'}",
        repr=False,  # it may hold a password
        description="sqlite:///PATH, sqlite:///:memory: or postgresql://USER@HOST/NAME.",
    )
    admin_token: SecretStr | None = Field(default=None, description="First token of a new database.")
    admin_token_file: Path | None = Field(
        default=None, description="File that holds the first token of a new database."
    )
    lease_seconds: Annotated[float, Field(ge=1, le=86_400)] = Field(
        default=120.0, description="Term of a lease; workers renew at a quarter of it."
    )
    leases_per_worker: Annotated[int, Field(ge=1)] = Field(
        default=10_000, description="Most leases that one worker may hold open."
    )
    studies_per_project: Annotated[int, Field(ge=1)] = Field(
        default=10_000, description="Most studies of a project, deleted ones left out."
    )
    requests_per_second: Annotated[float, Field(ge=1, le=1e9)] = Field(
        default=2_000.0, description="Requests that one token may send to one server process, in the long run."
    )
    log_format: Literal["json", "console"] = Field(default="json", description="Log lines for machines or for people.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least level that is logged."
    )

    # worker
    checkpoints: Path = Field(
        default_factory=lambda: DIRS.user_data_path / "checkpoints",
        description="Where weights are kept; a shared folder where there are several hosts.",
    )
    data: Path = Field(
        default_factory=lambda: DIRS.user_data_path / "data",
        description="Where a worker looks for the data files that studies name, and where all of them must be.",
    )
    spool: Path = Field(
        default_factory=lambda: DIRS.user_state_path / "spool",
        description="Where a worker keeps what it has not delivered yet.",
    )
    cache: Path = Field(
        default_factory=lambda: DIRS.user_cache_path,
        description="Where a worker keeps compiled programs, and what it found out about its device.",
    )
    lanes: Annotated[int | None, AfterValidator(_lane_count)] = Field(
        default=None,
        description="Trials that a worker trains in one program: 1, 4, 16, 64 or 256; without it the worker finds out what is fastest.",
    )
    snapshot_seconds: Annotated[float, Field(ge=1, le=86_400)] = Field(
        default=60.0, description="Time between two snapshots of running trials, from which they go on after a crash."
    )
    keep_best: Annotated[int, Field(ge=0, le=1000)] = Field(
        default=3, description="Trials of a study whose best weights a worker keeps."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Command line over environment over file over defaults."""
        return init_settings, env_settings, _file(settings_cls)

    def client_token(self) -> str | None:
        """The token a client uses: HPSEARCH_TOKEN, else the file `token`; None when there is neither."""
        if self.token is not None:
            return self.token.get_secret_value()
        try:
            return token_file().read_text(encoding="utf-8").strip() or None
        except OSError:
            return None


def _file(options: type[BaseSettings]) -> TomlConfigSettingsSource:
    """What the configuration file says; raises InvalidInput that names what is no option, or a file that cannot be read."""
    path = config_file()
    if os.environ.get("HPSEARCH_CONFIG_FILE") and not path.is_file():
        raise InvalidInput.at("HPSEARCH_CONFIG_FILE", f"there is no file {path}")
    try:
        source = TomlConfigSettingsSource(options, toml_file=path)
    except OSError as error:
        raise InvalidInput.at(str(path), f"cannot be read: {error.strerror}") from None
    except (TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput.at(str(path), f"is not TOML: {error}") from None
    known = options.model_fields
    strange = [FieldError(f"{path}: {key}", unknown(key, known)) for key in source.toml_data if key not in known]
    if strange:
        raise InvalidInput(fields=strange)
    return source


def load(**overrides: object) -> Settings:
    """The settings in force; `overrides` (command line; None means not given) go first. Raises InvalidInput that names the option."""
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]  # checked by pydantic
    except ValidationError as error:
        lines = error.errors(include_url=False)
        document = {str(part): None for line in lines for part in line["loc"]}
        raise InvalidInput(fields=field_errors(lines, document)) from None
