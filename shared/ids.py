"""Ids of what a service makes: UUIDv7 (RFC 9562), so that rows in the order of their ids are in the order of making."""

import secrets
import time
from uuid import UUID

_VERSION = 7 << 76
_VARIANT = 0b10 << 62


def new_id() -> UUID:
    """Return a new id: milliseconds and their 4096th parts by the machine's clock, as PostgreSQL's uuidv7(); chance."""
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    fraction = rest * 4096 // 1_000_000
    return UUID(int=milliseconds << 80 | _VERSION | fraction << 64 | _VARIANT | secrets.randbits(62))
