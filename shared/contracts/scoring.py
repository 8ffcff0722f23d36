"""Events of scoring. The aggregate is one method (key = method code); tallies go to a topic of their own."""

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Literal

from pydantic import Field

from shared.contracts.payload import Digest, Payload, UnitCode


class MethodAdopted(Payload):
    """An assessment method is in force for an interval; the event carries it whole, so the log alone can be folded."""

    event_type: ClassVar[str] = "cn.xietiao.scoring.method-adopted.v1"

    method: str
    method_version: int = Field(ge=1)
    title: str
    group: Literal["departments", "townships"]
    document: str | None = None
    adopted_on: date
    assessed_from: date
    assessed_to: date = Field(description="Last assessed day.")
    body: dict[str, Any] = Field(description="The method itself, as validated.")
    body_digest: Digest


class TallyPart(Payload):
    """A unit's running total under one criterion."""

    criterion: str
    lines: int = Field(description="Evidence lines that count.")
    weight: Decimal
    points: Decimal


class TallyUpdated(Payload):
    """A unit's tallies under a method, all of them, after events moved one. On `<prefix>.scoring.tallies`."""

    event_type: ClassVar[str] = "cn.xietiao.scoring.tally-updated.v1"

    method: str
    method_version: int = Field(ge=1)
    unit: UnitCode
    tallies: tuple[TallyPart, ...]
