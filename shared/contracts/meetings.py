"""Events of the meetings service. The aggregate is one meeting; its key is the meeting's id."""

from datetime import date
from decimal import Decimal
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.payload import Digest, Link, Payload, UnitCode

MeetingKind = Literal["coordination", "executive", "special"]


class MeetingFact(Payload):
    """What every event of a meeting says of it."""

    meeting_id: UUID
    body: str
    kind: MeetingKind


class MeetingConvened(MeetingFact):
    """A meeting was called."""

    event_type: ClassVar[str] = "cn.xietiao.meetings.meeting-convened.v1"

    starts_at: AwareDatetime


class MeetingHeld(MeetingFact):
    """A meeting took place."""

    event_type: ClassVar[str] = "cn.xietiao.meetings.meeting-held.v1"

    held_on: date


class MeetingCancelled(MeetingFact):
    """A convened meeting will not take place."""

    event_type: ClassVar[str] = "cn.xietiao.meetings.meeting-cancelled.v1"

    reason_digest: Digest | None = None
    reason_link: Link | None = None


class ResolutionAdopted(MeetingFact):
    """A resolution names who does what by when; tasks makes a task of it."""

    event_type: ClassVar[str] = "cn.xietiao.meetings.resolution-adopted.v1"

    resolution_id: UUID
    sequence: int = Field(ge=1, description="Number within the meeting.")
    title: str = Field(min_length=1, max_length=200, description="Short official subject, no names of persons.")
    lead_unit: UnitCode
    cooperating_units: tuple[UnitCode, ...] = ()
    adopted_on: date
    due_on: date
    weight: Decimal = Field(Decimal(1), gt=0)
    tags: tuple[str, ...] = ()
    leader_post: str | None = None
    text_digest: Digest | None = None
    text_link: Link | None = None
