"""A row that was ever known."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

Thing = Literal["unit", "post", "incumbency", "body", "membership", "sector", "duty", "portfolio"]


@dataclass(frozen=True, slots=True)
class KnownRow:
    """What a thing was on some days, as it was known from one instant up to another (None: to this day)."""

    valid_from: date
    valid_to: date | None
    known_from: datetime
    known_to: datetime | None
    change: int
    superseded_by: int | None
    content: Mapping[str, Any]
