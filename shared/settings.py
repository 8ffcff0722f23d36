"""Settings that every service has; read from the environment (`XIETIAO_…`), in `__main__` only."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.clock import Clock, settable_clock, system_clock
from shared.postgres import url_with_password


class ServiceSettings(BaseSettings):
    """One process of a service."""

    model_config = SettingsConfigDict(env_prefix="XIETIAO_", extra="ignore", frozen=True)

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
    kafka_bootstrap: str = Field(description="Kafka bootstrap servers, host:port, comma-separated.")
    topic_prefix: str = Field("xietiao", pattern=r"^[a-z0-9.-]+$", description="First part of every topic's name.")
    jwks_file: Path | None = Field(None, description="JWK set with the keys that sign tokens.")
    jwks_url: str | None = Field(None, description="Where the JWK set is published; used if no file is given.")
    jwt_issuer: str = Field("xietiao", description="Required `iss` of a token.")
    jwt_audience: str = Field("xietiao", description="Required `aud` of a token.")
    jwt_algorithms: tuple[str, ...] = Field(("ES256", "RS256"), description="Accepted signature algorithms.")
    clock_file: Path | None = Field(None, description="Settable clock of the embedded stack.")
    log_format: Literal["json", "console"] = Field("json", description="How log lines are written.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level written.")
    dead_letter_limit: int = Field(
        100, ge=1, description="Unreadable records in a row after which a consumer stops instead of draining the topic."
    )
    handler_attempts: int = Field(5, ge=1, description="Tries of one event before it is dead-lettered.")
    relay_poll_seconds: float = Field(0.1, gt=0, description="How often the relay looks for rows it was not woken for.")

    @field_validator("database_url")
    @classmethod
    def _with_password(cls, url: SecretStr, info: ValidationInfo) -> SecretStr:
        """Put the password in; the file's field stands before this one, so that it is known here."""
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
