"""JSON of rows and objects at once: what the database takes, what a list answers."""

from decimal import Decimal
from uuid import UUID

import orjson


def dumps(value: object) -> bytes:
    """Return JSON as the views have it: numbers as their digits in a string, instants with `Z`, ids as text."""
    return orjson.dumps(value, default=_exactly, option=orjson.OPT_UTC_Z)


def _exactly(value: object) -> str:
    if isinstance(value, Decimal | UUID):  # asyncpg has a class of its own for ids
        return str(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON here")
