"""A service under test: its application over a real pool, a clock to set, a key to sign tokens with.

`ServiceUnderTest` asks the API as any role, delivers others' events as the consumer would, and reads what the service
said (outbox) and noted (audit log). It needs no Kafka.
"""

import contextlib
import json
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from aiokafka import ConsumerRecord
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey
from pydantic import SecretStr

from shared.auth import TokenVerifier
from shared.consumer import EventConsumer
from shared.contracts.envelope import Event, read_event
from shared.contracts.payload import Payload
from shared.dead_letters import DeadLetterBox
from shared.postgres import Pool, Record, open_pool
from shared.process import Service
from shared.runtime import Runtime
from shared.settings import ServiceSettings
from shared.web import create_app
from tests.support.stack import ServiceDatabase

NOW = datetime(2026, 1, 15, 2, 0, tzinfo=UTC)
"""Where tests begin: Thursday 2026-01-15, 10:00 in the county."""


@dataclass
class SetClock:
    """A clock that stands still until it is set."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at


@dataclass
class SigningKey:
    """A key whose public half services verify by."""

    path: Path
    key: ECKey = field(
        default_factory=lambda: ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
    )

    def publish(self) -> None:
        """Write the public key set."""
        self.path.write_text(json.dumps({"keys": [self.key.as_dict(private=False)]}))

    def token(self, role: str, unit: str | None = None, /, **claims: object) -> str:
        """Return a token; `claims` override or add, None leaves one out."""
        usual: dict[str, object] = {
            "iss": "xietiao",
            "aud": "xietiao",
            "sub": f"{role}:{unit}" if unit else role,
            "exp": int(time.time()) + 3600,
            "role": role,
            "unit": unit,
        }
        stated = {name: value for name, value in (usual | claims).items() if value is not None}
        return jwt.encode({"alg": "ES256", "kid": str(self.key.kid)}, stated, self.key)


class NoBox(DeadLetterBox):
    """A dead-letter box in which nothing may be put."""

    def __init__(self) -> None:
        """Need no producer."""

    async def put(
        self,
        _conn: object,
        _record: object,
        reason: str,
        *,
        parked: bool = False,
        readable: bool = False,  # noqa: ARG002 - as the box's
    ) -> None:
        """Fail the test."""
        raise AssertionError(f"{'parked' if parked else 'dead letter'}: {reason}")


@dataclass
class ServiceUnderTest:
    """One service, in this process."""

    service: Service
    runtime: Runtime
    app: FastAPI
    clock: SetClock
    keys: SigningKey
    _delivered: int = 0

    @property
    def pool(self) -> Pool:
        """Connections as the service's own role."""
        return self.runtime.pool

    def client(self, role: str | None, unit: str | None = None, **headers: str) -> httpx.AsyncClient:
        """Return a client of a role; None is a caller without a token."""
        bearer = {} if role is None else {"authorization": f"Bearer {self.keys.token(role, unit)}"}
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://test", headers={**bearer, **headers})

    async def deliver(self, payload: Payload, *, subject: str, version: int, time: datetime | None = None) -> str:
        """Hand an event to the service as its consumer would; return what became of it."""
        return await self.deliver_event(
            Event.of(payload, subject=subject, version=version, time=time or self.clock(), correlation_id="test")
        )

    async def deliver_event(self, event: Event) -> str:
        """Hand over a whole event; delivered twice, it arrives at a new offset, as after a relay's crash."""
        self._delivered += 1
        consumer = EventConsumer(
            self.service.name,
            self.service.subscription,
            self.pool,
            self.runtime.settings,
            self.runtime.progress,
            after_commit=self.runtime.wake_relay,
        )
        return await consumer.take(record_of(event.to_bytes(), offset=self._delivered), NoBox())

    async def events(self, subject: str | None = None) -> list[Event]:
        """Return what stands in the outbox, in order, read as a consumer reads it."""
        rows = await self.pool.fetch("select event, aggregate from outbox order by position")
        return [read_event(row["event"]) for row in rows if subject is None or row["aggregate"] == subject]

    async def audit(self) -> list[Record]:
        """Return the audit log."""
        return await self.pool.fetch("select * from audit_log order by id")


def record_of(
    value: bytes | None, *, offset: int = 0, topic: str = "xietiao.tasks", headers: tuple[tuple[str, bytes], ...] = ()
) -> ConsumerRecord:
    """Return a Kafka record as a consumer gets it."""
    return ConsumerRecord(topic, 0, offset, 0, 0, None, value, None, 0, len(value or b""), headers)


@contextlib.asynccontextmanager
async def service_under_test(
    service: Service,
    database: ServiceDatabase,
    folder: Path,
    settings_type: type[ServiceSettings] = ServiceSettings,
    **settings: object,
) -> AsyncIterator[ServiceUnderTest]:
    """Open a service's application over its database; `settings` override those of the test."""
    keys, clock = SigningKey(folder / "jwks.json"), SetClock()
    keys.publish()
    async with await open_pool(database.url, 5, f"test-{service.name}") as pool:
        chosen = make_settings(settings_type, database_url=SecretStr(database.url), jwks_file=keys.path, **settings)
        runtime = Runtime(service.name, chosen, pool, clock, TokenVerifier(chosen))
        app = create_app(service.name, service.description, service.all_routers, runtime)
        yield ServiceUnderTest(service, runtime, app, clock, keys)


def make_settings(settings_type: type[ServiceSettings] = ServiceSettings, /, **given: object) -> ServiceSettings:
    """Return settings that look at no environment variable for what is given here."""
    usual: Mapping[str, Any] = {
        "instance": "test",
        "kafka_bootstrap": "127.0.0.1:9",
        "database_url": SecretStr("postgresql://nobody@127.0.0.1:9/none"),
    }
    return settings_type(**{**usual, **given})
