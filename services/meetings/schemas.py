"""What callers send and what they are shown."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.meetings.convening.domain import Called
from services.meetings.convening.schemas import (
    AgendaItemContent,
    AgendaItemView,
    BodyCode,
    CautionView,
    Guest,
    InviteeView,
    PaperContent,
    PaperView,
    Slug,
)
from services.meetings.domain import FulfilmentState, Meeting, Resolution, ResolutionPart, State
from services.meetings.proceedings.schemas import InviteeCode, PostCode, QuorumView, ResolutionPartView
from shared.clock import Day, Instant
from shared.commands import CommandBody, Versioned
from shared.contracts.meetings import MeetingKind
from shared.text import LongText, Title, digest


class ConveneMeeting(CommandBody):
    """Call a meeting, or record one afterwards (then `held_on` is its day)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "body": "coordination-meeting",
                    "kind": "coordination",
                    "title": "2026年第一次服务业发展协调会议",
                    "session": "start_of_year_meeting",
                    "starts_at": "2026-01-20T09:00:00+08:00",
                    "ends_at": "2026-01-20T11:30:00+08:00",
                    "place": "县政府第一会议室",
                    "chair_post": "330324-xz",
                    "agenda": [{"kind": "deliberate_plan", "title": "审议2026年服务业工作要点及重点工作分工方案"}],
                    "guests": [{"unit": "330324-fdj"}, {"name": "县人大财经工委"}],
                    "papers": [{"unit": "330324-fgj", "title": "2026年工作要点（送审稿）", "due_on": "2026-01-16"}],
                }
            ]
        }
    )

    body: BodyCode
    kind: MeetingKind
    title: Title
    session: Slug | None = Field(None, description="Which session of the year it is, by its obligation's rule.")
    starts_at: Instant
    ends_at: Instant | None = Field(None, description="Two hours later is assumed if left out.")
    place: Title
    chair_post: PostCode | None = Field(None, description="Post of the chair.")
    chair_title: Title | None = Field(None, description="What the post is called, if the registry does not say.")
    members: tuple[InviteeCode, ...] | None = Field(
        None, min_length=1, max_length=300, description="Members to invite, units or posts; all of its day if left out."
    )
    guests: tuple[Guest, ...] = Field((), max_length=100)
    agenda: tuple[AgendaItemContent, ...] = Field((), max_length=100, description="Numbered 1, 2, 3 …")
    papers: tuple[PaperContent, ...] = Field((), max_length=300, description="`item` is the place in `agenda`.")
    held_on: Day | None = Field(None, description="The county's day on which it was held, if it already was.")


class HoldMeeting(CommandBody):
    """Note that the meeting took place."""

    held_on: Day | None = Field(None, description="The county's day; today if left out.")


class CancelMeeting(CommandBody):
    """Say why the meeting will not take place."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "并入二月的常务会议"}]})

    reason: LongText


class Fulfilment(BaseModel):
    """How far a resolution is carried out, as the tasks service says."""

    state: FulfilmentState
    task_id: UUID | None = None
    fulfilled_at: datetime | None = None
    days_late: int | None = None
    link: str | None = Field(None, description="Path of the task at the tasks service.")

    @classmethod
    def of(cls, resolution: Resolution) -> "Fulfilment":
        """Return what is known of the resolution's task."""
        return cls(
            state=resolution.fulfilment_state,
            task_id=resolution.task_id,
            fulfilled_at=resolution.fulfilled_at,
            days_late=resolution.days_late,
            link=None if resolution.task_id is None else f"/v1/tasks/{resolution.task_id}",
        )


class ResolutionView(BaseModel):
    """A resolution and its fulfilment; the text has a route of its own."""

    id: UUID
    meeting_id: UUID
    sequence: int = Field(description="Number within the meeting, without gaps.")
    title: str
    lead_unit: str
    cooperating_units: tuple[str, ...]
    adopted_on: date
    due_on: date
    weight: Decimal
    tags: tuple[str, ...]
    leader_post: str | None
    item: int | None = Field(description="Number of the agenda item that it settles.")
    restricted: bool = Field(description="As its agenda item is.")
    text_link: str | None
    parts: tuple[ResolutionPartView, ...] = Field((), description="The tasks that it is, if it is several.")
    fulfilment: Fulfilment

    @classmethod
    def of(cls, resolution: Resolution, parts: Sequence[ResolutionPart] = ()) -> "ResolutionView":
        """Return the view of a resolution."""
        return cls(
            **{name: getattr(resolution, name) for name in _RESOLUTION_MEMBERS},
            item=resolution.item_number,
            parts=tuple(ResolutionPartView(**{n: getattr(part, n) for n in _PART_MEMBERS}) for part in parts),
            fulfilment=Fulfilment.of(resolution),
        )


_RESOLUTION_MEMBERS = tuple(name for name in ResolutionView.model_fields if name not in {"fulfilment", "item", "parts"})
_PART_MEMBERS = tuple(ResolutionPartView.model_fields)


class ResolutionText(BaseModel):
    """The text of a resolution; events carry its digest and the path to this."""

    resolution_id: UUID
    text: str
    digest: str

    @classmethod
    def of(cls, resolution_id: UUID, text: str) -> "ResolutionText":
        """Return the view of a text."""
        return cls(resolution_id=resolution_id, text=text, digest=digest(text))


class MeetingView(Versioned):
    """A meeting."""

    id: UUID
    body: str
    kind: MeetingKind
    session: str | None
    title: str
    starts_at: datetime
    ends_at: datetime | None
    place: str
    chair_post: str | None
    chair_title: str | None
    state: State
    convened_at: datetime
    held_on: date | None
    cancelled_at: datetime | None
    cancel_reason: str | None
    resolution_count: int
    minutes_state: str | None

    @classmethod
    def of(cls, meeting: Meeting) -> "MeetingView":
        """Return the view of a meeting."""
        return cls(**{name: getattr(meeting, name) for name in MeetingView.model_fields})


class CalledView(MeetingView):
    """A meeting and what whoever convened or moved it should know: clashes, days off, members that are missing."""

    cautions: tuple[CautionView, ...]

    @classmethod
    def with_cautions(cls, called: Called) -> "CalledView":
        """Return the view of a meeting that was convened or moved."""
        cautions = tuple(CautionView.of(caution) for caution in called.cautions)
        return cls(**dict(MeetingView.of(called.meeting)), cautions=cautions)


class MeetingDetail(CalledView):
    """A meeting with everything that the caller may see of it, resolutions in the order of its minutes."""

    invitees: tuple[InviteeView, ...]
    agenda: tuple[AgendaItemView, ...]
    papers: tuple[PaperView, ...]
    quorum: QuorumView
    resolutions: tuple[ResolutionView, ...]


ResolutionFilter = Literal["open", "fulfilled", "cancelled"]
"""`open` is what belongs on the next meeting's agenda: no task yet, or one that is not completed."""
