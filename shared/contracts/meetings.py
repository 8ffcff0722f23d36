"""Events of the meetings service.

Aggregates: one meeting with agenda, attendance, resolutions and minutes (key = meeting id), one obligation of a year.
"""

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
    ends_at: AwareDatetime | None = None
    chair_post: str | None = None
    invited_units: tuple[UnitCode, ...] = ()
    session: str | None = Field(None, description="Which session of the year, e.g. `start_of_year`, `mid_year`.")


class MeetingRescheduled(MeetingFact):
    """A convened meeting takes place at another time."""

    event_type: ClassVar[str] = "cn.xietiao.meetings.meeting-rescheduled.v1"

    starts_at: AwareDatetime
    ends_at: AwareDatetime | None = None


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
    part: int = Field(1, ge=1, description="A resolution may be several tasks: which of them this is.")
    parts: int = Field(1, ge=1)
    item: int | None = Field(None, ge=1, description="Number of the agenda item that it settles.")
    problem_id: UUID | None = Field(None, description="Problem that the item is about: this is its task.")


Decision = Literal["adopted", "adopted_in_principle", "deferred", "rejected"]


class DecisionTaken(MeetingFact):
    """What a meeting decided on one agenda item; names the plan or problem that the item was about."""

    event_type: ClassVar[str] = "cn.xietiao.meetings.decision-taken.v1"

    item: int = Field(ge=1, description="Number of the agenda item.")
    title: str = Field(min_length=1, max_length=200)
    decision: Decision
    decided_on: date
    plan_id: UUID | None = None
    plan_digest: Digest | None = Field(
        None, description="Words of the plan that lay before the meeting: the `content_digest` of its submission."
    )
    problem_id: UUID | None = None
    conditions_digest: Digest | None = None
    conditions_link: Link | None = None


class PaperRequested(MeetingFact):
    """A unit owes a paper for a meeting; tasks expects it as a report."""

    event_type: ClassVar[str] = "cn.xietiao.meetings.paper-requested.v1"

    paper_id: UUID
    unit: UnitCode
    title: str = Field(min_length=1, max_length=200)
    due_at: AwareDatetime
    withdrawn: bool = Field(default=False, description="The paper is no longer wanted.")


class AttendanceRecorded(MeetingFact):
    """How a unit attended; who came stays with the meeting. A later record of the same unit replaces this."""

    event_type: ClassVar[str] = "cn.xietiao.meetings.attendance-recorded.v1"

    unit: UnitCode
    attendance: Literal["present", "stand_in", "leave", "absent"]
    held_on: date
    approved: bool | None = Field(None, description="Whether the stand-in or leave was approved.")


class MinutesPublished(MeetingFact):
    """Minutes were signed, numbered and sent to the units concerned."""

    event_type: ClassVar[str] = "cn.xietiao.meetings.minutes-published.v1"

    number: str = Field(description="In the body's own series of the year, e.g. 〔2026〕1号.")
    title: str
    signed_on: date
    units: tuple[UnitCode, ...] = Field(description="To whom they were published.")
    text_digest: Digest
    text_link: Link


class MinutesCorrected(MeetingFact):
    """Published minutes have a new version; the earlier one is kept."""

    event_type: ClassVar[str] = "cn.xietiao.meetings.minutes-corrected.v1"

    number: str
    edition: int = Field(ge=2)
    title: str
    signed_on: date
    units: tuple[UnitCode, ...]
    text_digest: Digest
    text_link: Link


class ObligationFact(Payload):
    """What every event of an obligation of a year says of it. The aggregate is the obligation of that year."""

    obligation_id: UUID
    body: str
    session: str = Field(description="Which session is owed, e.g. `start_of_year`.")
    year: int
    title: str
    window_from: date
    window_to: date


class ObligationOpened(ObligationFact):
    """The mechanism asks for a session in this window (永政办发〔2009〕106号 二.1, 二.2)."""

    event_type: ClassVar[str] = "cn.xietiao.meetings.obligation-opened.v1"


class ObligationLapsed(ObligationFact):
    """The window ended without the session; `time` is that moment, whenever it was noticed."""

    event_type: ClassVar[str] = "cn.xietiao.meetings.obligation-lapsed.v1"


class ObligationMet(ObligationFact):
    """A meeting was held that the mechanism asked for; a later one of the same obligation replaces this."""

    event_type: ClassVar[str] = "cn.xietiao.meetings.obligation-met.v1"

    meeting_id: UUID
    held_on: date
    on_time: bool = Field(description="Whether it was held within the window.")


class ObligationReopened(ObligationFact):
    """The meeting that was counted does not meet it after all, or its withdrawal was a mistake: it is owed again."""

    event_type: ClassVar[str] = "cn.xietiao.meetings.obligation-reopened.v1"


class ObligationWithdrawn(ObligationFact):
    """The session is owed no longer, because the mechanism was changed; a lapse of it counts no more."""

    event_type: ClassVar[str] = "cn.xietiao.meetings.obligation-withdrawn.v1"

    reason_digest: Digest = Field(description="SHA-256 of the office's reason.")
    reason_link: Link = Field(description="Path at the meetings service where the reason can be read.")
