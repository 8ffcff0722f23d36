"""Who is asking: bearer JWTs (RFC 7519, RFC 9068 in spirit), verified by issuer, audience, expiry and algorithm.

Roles: `office` runs the yearly cycle, `unit` acts for its own unit, `leader` and `auditor` read, `integration` is
another platform, `operator` runs the machines.
"""

import asyncio
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import orjson
import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from shared.errors import ForbiddenError, RefusalError, UnauthenticatedError

if TYPE_CHECKING:
    from shared.settings import ServiceSettings

_KEEP_SECONDS = 300.0
"""How long a key set is trusted: after that a key that was withdrawn is refused."""
_AGAIN_SECONDS = 5.0
"""How soon the set is read again because a token names a key that it lacks."""
_REMEMBER_SECONDS = 60.0
"""How long a token that verified is recognised without computing its signature again."""
_REMEMBERED = 1000
"""How many tokens are recognised so; the oldest makes room."""

log = structlog.get_logger(__name__)


class Role(StrEnum):
    """What a caller may do."""

    OFFICE = "office"
    UNIT = "unit"
    LEADER = "leader"
    AUDITOR = "auditor"
    INTEGRATION = "integration"
    OPERATOR = "operator"


BACKDATING = frozenset({Role.OFFICE, Role.INTEGRATION})
"""Roles that may state an event time earlier than now."""


@dataclass(frozen=True, slots=True)
class Principal:
    """The verified caller."""

    subject: str
    role: Role
    unit: str | None = None

    def require(self, *roles: Role) -> None:
        """Refuse unless the caller has one of `roles`."""
        if self.role not in roles:
            raise ForbiddenError(f"role {self.role} may not do this; needed: {', '.join(roles)}")

    def require_unit(self, unit: str) -> None:
        """Refuse unless the caller acts for `unit` itself, or is the office."""
        if self.role is Role.OFFICE or (self.role is Role.UNIT and self.unit == unit):
            return
        raise ForbiddenError(f"only unit {unit} itself or the office may do this")


class KeysUnavailableError(RefusalError):
    """The key set could not be read even once, so nobody can be recognised."""

    status = 503
    code = "keys-unavailable"
    title = "The service cannot reach the keys that sign tokens"


@dataclass(frozen=True, slots=True)
class _Recognised:
    """A token that verified: whose it is, and until when that may be said again (machine's time and monotonic)."""

    principal: Principal
    expires_at: float
    good_until: float


class TokenVerifier:
    """Verifies tokens against a JWK set from a file or a URL.

    The set is read again when it is old or a token does not verify by it; while it cannot be read, the last one holds.
    A token that verified is recognised by its digest for a minute, not beyond its expiry and not by another key set:
    reading the set again forgets all of them, so that a withdrawn key recognises nobody longer than before.
    """

    def __init__(self, settings: "ServiceSettings") -> None:
        """Take issuer, audience, algorithms and the key source from settings; keys are read on first use."""
        self._load = _loader(settings)
        self._algorithms = list(settings.jwt_algorithms)
        self._claims = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": settings.jwt_issuer},
            aud={"essential": True, "value": settings.jwt_audience},
            exp={"essential": True},
            sub={"essential": True},
            role={"essential": True, "values": [role.value for role in Role]},
        )
        self._keys: KeySet | None = None
        self._read_at = 0.0
        self._lock = asyncio.Lock()
        self._recognised: dict[bytes, _Recognised] = {}

    async def read_keys(self) -> None:
        """Read the key set now.

        Raises:
            KeysUnavailableError: it cannot be read.
        """
        await self._key_set(fresh=False)

    async def verify(self, token: str) -> Principal:
        """Return the caller; raise `UnauthenticatedError` with the reason otherwise."""
        await self._key_set(fresh=False)
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        known = self._recognised.get(digest)
        if known is not None and time.time() < known.expires_at and time.monotonic() < known.good_until:
            return known.principal
        return await self._verify_in_full(token, digest)

    async def _verify_in_full(self, token: str, digest: bytes) -> Principal:
        try:
            claims = await self._verified_claims(token)
            self._claims.validate(claims)
        except (JoseError, ValueError) as error:
            raise UnauthenticatedError(f"the token does not verify: {error}") from error
        principal = _principal(claims)
        self._remember(digest, _Recognised(principal, claims["exp"], time.monotonic() + _REMEMBER_SECONDS))
        return principal

    def _remember(self, digest: bytes, recognised: _Recognised) -> None:
        self._recognised.pop(digest, None)
        if len(self._recognised) >= _REMEMBERED:
            del self._recognised[next(iter(self._recognised))]
        self._recognised[digest] = recognised

    async def _verified_claims(self, token: str) -> dict[str, Any]:
        keys = await self._key_set(fresh=False)
        try:
            return jwt.decode(token, keys, algorithms=self._algorithms).claims
        except (JoseError, ValueError):
            refreshed = await self._key_set(fresh=True)
            if refreshed is keys:
                raise
            return jwt.decode(token, refreshed, algorithms=self._algorithms).claims

    async def _key_set(self, *, fresh: bool) -> KeySet:
        held_for = _AGAIN_SECONDS if fresh else _KEEP_SECONDS
        if self._keys is not None and time.monotonic() - self._read_at <= held_for:
            return self._keys
        async with self._lock:
            if self._keys is None or time.monotonic() - self._read_at > held_for:
                self._keys = await self._read_keys(self._keys)
                self._read_at = time.monotonic()
                self._recognised.clear()
            return self._keys

    async def _read_keys(self, last: KeySet | None) -> KeySet:
        try:
            return KeySet.import_key_set(await asyncio.to_thread(self._load))
        except (OSError, httpx.HTTPError, JoseError, ValueError, KeyError, TypeError) as error:
            log.warning("key set cannot be read", error=repr(error))
            if last is None:
                raise KeysUnavailableError(f"the keys that sign tokens cannot be read: {error}") from error
            return last


def _loader(settings: "ServiceSettings") -> Callable[[], Any]:
    if settings.jwks_file is not None:
        path: Path = settings.jwks_file
        return lambda: orjson.loads(path.read_bytes())
    url = str(settings.jwks_url)
    return lambda: httpx.get(url, timeout=5).raise_for_status().json()


def _principal(claims: dict[str, Any]) -> Principal:
    role, unit = claims["role"], claims.get("unit")
    if not isinstance(role, str) or not isinstance(unit, str | None):
        raise UnauthenticatedError("the token's claims `role` and `unit` are one text each")
    if role == Role.UNIT and not unit:
        raise UnauthenticatedError("the token's role is `unit` but it has no claim `unit`")
    return Principal(subject=str(claims["sub"]), role=Role(role), unit=unit)
