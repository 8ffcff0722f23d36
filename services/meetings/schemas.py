"""What callers send and what they are shown."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.meetings.domain import FulfilmentState, Meeting, Resolution, State
from shared.clock import Day, Instant
from shared.commands import CommandBody, Versioned
from shared.contracts.meetings import MeetingKind
from shared.contracts.payload import UnitCode
from shared.text import LongText, Title, digest

BodyCode = Annotated[str, Field(min_length=2, max_length=64, description="Code of a body in the registry.")]
PostCode = Annotated[
    str,
    Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", min_length=2, max_length=64, description="A post's code; no name."),
]
Tag = Annotated[
    str, Field(pattern=r"^[^\s\x00-\x1f]{1,50}$", description="One word; assessment methods select tasks by it.")
]
Weight = Annotated[Decimal, Field(gt=0, le=1000, max_digits=8, decimal_places=4)]


class ConveneMeeting(CommandBody):
    """Call a meeting, or record one afterwards (then `held_on` is its day)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "body": "coordination-meeting",
                    "kind": "coordination",
                    "title": "2026年第一次服务业发展协调会议",
                    "starts_at": "2026-01-20T09:00:00+08:00",
                    "place": "县政府第一会议室",
                    "chair_post": "330324-xz",
                }
            ]
        }
    )

    body: BodyCode
    kind: MeetingKind
    title: Title
    starts_at: Instant
    place: Title
    chair_post: PostCode | None = None
    held_on: Day | None = Field(None, description="The county's day on which it was held, if it already was.")


class HoldMeeting(CommandBody):
    """Note that the meeting took place."""

    held_on: Day | None = Field(None, description="The county's day; today if left out.")


class CancelMeeting(CommandBody):
    """Say why the meeting will not take place."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "并入二月的常务会议"}]})

    reason: LongText


class AdoptResolution(CommandBody):
    """Record a resolution of a held meeting: who does what by when."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "title": "编制现代物流业发展规划",
                    "text": "由县发改局牵头，县交通局配合，三月底前提出初稿。",
                    "lead_unit": "330324-fgj",
                    "cooperating_units": ["330324-jtj"],
                    "due_on": "2026-03-31",
                    "weight": "2",
                    "tags": ["key-task"],
                    "leader_post": "330324-fgfxz",
                }
            ]
        }
    )

    title: Title
    text: LongText | None = None
    lead_unit: UnitCode
    cooperating_units: tuple[UnitCode, ...] = Field((), max_length=100)
    due_on: Day = Field(description="The county's day at whose end it is due.")
    weight: Weight = Decimal(1)
    tags: tuple[Tag, ...] = Field((), max_length=20)
    leader_post: PostCode | None = Field(None, description="Post of the leader in charge.")


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
    text_link: str | None
    fulfilment: Fulfilment

    @classmethod
    def of(cls, resolution: Resolution) -> "ResolutionView":
        """Return the view of a resolution."""
        return cls(
            **{name: getattr(resolution, name) for name in _RESOLUTION_MEMBERS},
            fulfilment=Fulfilment.of(resolution),
        )


_RESOLUTION_MEMBERS = tuple(name for name in ResolutionView.model_fields if name != "fulfilment")


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
    title: str
    starts_at: datetime
    place: str
    chair_post: str | None
    state: State
    convened_at: datetime
    held_on: date | None
    cancelled_at: datetime | None
    cancel_reason: str | None
    resolution_count: int

    @classmethod
    def of(cls, meeting: Meeting) -> "MeetingView":
        """Return the view of a meeting."""
        return cls(**{name: getattr(meeting, name) for name in MeetingView.model_fields})


class MeetingDetail(MeetingView):
    """A meeting with its resolutions, in the order of its minutes."""

    resolutions: tuple[ResolutionView, ...]

    @classmethod
    def with_resolutions(cls, meeting: Meeting, resolutions: list[Resolution]) -> "MeetingDetail":
        """Return the view of a meeting and what it decided."""
        shown = tuple(ResolutionView.of(resolution) for resolution in resolutions)
        return cls(**dict(MeetingView.of(meeting)), resolutions=shown)


ResolutionFilter = Literal["open", "fulfilled", "cancelled"]
"""`open` is what belongs on the next meeting's agenda: no task yet, or one that is not completed."""
