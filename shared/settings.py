"""Settings that every service has; read from the environment (`XIETIAO_…`), in `__main__` only."""

import re
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import SettingsError as UndecodedError

from shared.clock import Clock, settable_clock, system_clock
from shared.postgres import password_of, url_with_password

_BROKER = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:\[\]]+):([0-9]{1,5})")
_DATABASE_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:\[\]]*)(:[0-9]{1,5})?")
_HIGHEST_PORT = 65535


class SettingsError(Exception):
    """Settings that cannot be taken: each fault after its variable's name, without the value, which may be a secret."""

    def __init__(self, *faults: str) -> None:
        """Take a line per fault."""
        super().__init__("settings cannot be taken:\n" + "\n".join(f"  {fault}" for fault in faults))


def _brokers(text: str) -> str:
    parts = [_BROKER.fullmatch(part.strip()) for part in text.split(",")]
    if not all(part is not None and int(part[2]) <= _HIGHEST_PORT for part in parts):
        raise ValueError("host:port is wanted, several with commas between them")
    return text


Brokers = Annotated[str, AfterValidator(_brokers)]
"""Kafka bootstrap servers."""
SignatureAlgorithm = Literal[
    "ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA", "Ed25519"
]
"""How a token may be signed: by a key of which the services hold the public half (RFC 7518, 8037, 9864)."""
TopicPrefix = Annotated[str, Field(pattern=r"^[a-z0-9.-]+$")]
"""First part of every topic's name."""


class Settings(BaseSettings):
    """What is read from the environment (`XIETIAO_…`); a variable that is set to nothing is as if it were not set."""

    model_config = SettingsConfigDict(env_prefix="XIETIAO_", env_ignore_empty=True, extra="ignore", frozen=True)


_Model = TypeVar("_Model", bound=Settings)


def read_settings(model: type[_Model]) -> _Model:
    """Return the settings of this process.

    Raises:
        SettingsError: a variable is missing or cannot be taken.
    """
    try:
        return model()
    except ValidationError as error:
        raise SettingsError(*(_fault(each["loc"], each["msg"]) for each in error.errors())) from None
    except UndecodedError as error:  # of all its parts, only its text names the field
        name = str(error).split('"')[1]
        raise SettingsError(_fault((name,), f"JSON is wanted: {error.__cause__}")) from None


def _fault(place: tuple[int | str, ...], message: str) -> str:
    message = message.removeprefix("Value error, ")
    if not place:
        return message
    name, *entries = place
    return ": ".join([f"XIETIAO_{name}".upper(), *(f"entry {entry}" for entry in entries), message])


class ServiceSettings(Settings):
    """One process of a service."""

    environment: Literal["embedded", "production"] = Field(
        "production", description="`embedded` is the local stack for demo and tests; only there the clock can be set."
    )
    host: str = Field("127.0.0.1", description="Address the API listens on.")
    port: int = Field(8100, ge=0, le=65535, description="Port the API listens on.")
    instance: str = Field("", description="Name of this process among its replicas; the host's name if empty.")
    database_password_file: Path | None = Field(
        None, description="File that holds the role's password, if the database URL names none."
    )
    database_url: SecretStr = Field(description="PostgreSQL URL of the service's own database, as its own role.")
    database_pool_size: int = Field(10, ge=1, description="Connections kept open.")
    kafka_bootstrap: Brokers = Field(description="Kafka bootstrap servers, host:port, comma-separated.")
    topic_prefix: TopicPrefix = Field("xietiao", description="First part of every topic's name.")
    jwks_file: Path | None = Field(None, description="JWK set with the keys that sign tokens.")
    jwks_url: str | None = Field(None, description="Where the JWK set is published; used if no file is given.")
    jwt_issuer: str = Field("xietiao", description="Required `iss` of a token.")
    jwt_audience: str = Field("xietiao", description="Required `aud` of a token.")
    jwt_algorithms: tuple[SignatureAlgorithm, ...] = Field(
        ("ES256", "RS256"), min_length=1, description="Accepted signature algorithms."
    )
    clock_file: Path | None = Field(None, description="Settable clock of the embedded stack.")
    log_format: Literal["json", "console"] = Field("json", description="How log lines are written.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level written.")
    dead_letter_limit: int = Field(
        100, ge=1, description="Unreadable records in a row after which a consumer stops instead of draining the topic."
    )
    handler_attempts: int = Field(5, ge=1, description="Tries of one event before it is dead-lettered.")
    relay_poll_seconds: float = Field(0.1, gt=0, description="How often the relay looks for rows it was not woken for.")

    @field_validator("database_password_file")
    @classmethod
    def _holds_a_password(cls, file: Path | None) -> Path | None:
        if file is not None:
            password_of(file)
        return file

    @field_validator("database_url")
    @classmethod
    def _with_password(cls, url: SecretStr, info: ValidationInfo) -> SecretStr:
        """Put the password in; the file's field stands before this one, so that it is known here."""
        parts = urlsplit(url.get_secret_value())
        hosts = parts.netloc.rpartition("@")[2].split(",")
        if parts.scheme not in {"postgresql", "postgres"} or not all(map(_DATABASE_HOST.fullmatch, hosts)):
            raise ValueError("postgresql://role@host:port/database is wanted")
        return SecretStr(url_with_password(url.get_secret_value(), info.data.get("database_password_file")))

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.clock_file is not None and self.environment != "embedded":
            raise ValueError("XIETIAO_CLOCK_FILE: the clock can be set in the embedded environment only; unset it")
        if self.jwks_file is None and self.jwks_url is None:
            raise ValueError("XIETIAO_JWKS_FILE or XIETIAO_JWKS_URL: one of them is needed to verify tokens")
        return self

    @property
    def clock(self) -> Clock:
        """Return the clock that these settings name."""
        return system_clock if self.clock_file is None else settable_clock(self.clock_file)

    def topic(self, name: str) -> str:
        """Return the full name of a topic, e.g. `tasks` → `xietiao.tasks`."""
        return f"{self.topic_prefix}.{name}"
