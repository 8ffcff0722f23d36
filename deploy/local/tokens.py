"""A key of the stack's own, and tokens signed with it, so that the API can be tried at once.

ES256. The private key never leaves `keys/private.json`; services verify by `keys/jwks.json`.
"""

import json
import time
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import ECKey

from deploy.local.errors import StackError, UsageError
from deploy.local.layout import Layout, write_private
from shared.auth import Role

ISSUER = "xietiao"
AUDIENCE = "xietiao"
SECONDS_PER_HOUR = 3600


def key_set_path(layout: Layout) -> Path:
    """Return the public key set, which services read."""
    return layout.keys / "jwks.json"


def make_keys(layout: Layout) -> None:
    """Make the stack's key once."""
    write_keys(layout.keys / "private.json", key_set_path(layout))


def write_keys(private: Path, key_set: Path) -> None:
    """Make a key and the key set that verifies by it, unless both files are there."""
    if private.is_file() and key_set.is_file():
        return
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
    write_private(private, json.dumps(key.as_dict(private=True)))
    key_set.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))


def issue(layout: Layout, role: Role, *, unit: str | None = None, subject: str | None = None, hours: float = 12) -> str:
    """Return a token signed with the stack's key.

    Raises:
        UsageError: as `sign`.
        StackError: no stack here.
    """
    return sign(_signing_key(layout), role, unit=unit, subject=subject, hours=hours)


def sign(key: ECKey, role: Role, *, unit: str | None = None, subject: str | None = None, hours: float = 12) -> str:
    """Return a token; it expires by the machine's time, whatever the settable clock says.

    Raises:
        UsageError: the role `unit` without the code of its unit, or a code for another role.
    """
    _check(role, unit, hours)
    now = int(time.time())
    claims: dict[str, str | int] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": subject or (f"{role}:{unit}" if unit else str(role)),
        "iat": now,
        "exp": now + int(hours * SECONDS_PER_HOUR),
        "role": str(role),
    }
    if unit is not None:
        claims["unit"] = unit
    return jwt.encode({"alg": "ES256", "kid": str(key.kid)}, claims, key)


def _check(role: Role, unit: str | None, hours: float) -> None:
    if role is Role.UNIT and not unit:
        raise UsageError("role unit acts for one unit: name it with --unit, e.g. --unit 330324-fgj")
    if role is not Role.UNIT and unit:
        raise UsageError(f"role {role} acts for no single unit: leave --unit out, or use --role unit")
    if hours <= 0:
        raise UsageError("--hours: a token must be valid for more than 0 hours")


def _signing_key(layout: Layout) -> ECKey:
    try:
        return ECKey.import_key(json.loads((layout.keys / "private.json").read_text()))
    except FileNotFoundError as error:
        layout.require()
        raise StackError(f"{layout.keys} holds no key yet: run `xietiao up` first") from error
