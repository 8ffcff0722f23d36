"""Routes of follow-up: how far resolutions are carried out (port 8103)."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field

from services.meetings.copies import store as copies
from services.meetings.copies.domain import KnownAssignment, KnownTask, Light, Today
from services.meetings.domain import FulfilmentState
from services.meetings.followup import reading
from services.meetings.followup.domain import Followed, MeetingRate, Rate, rate_of
from services.meetings.readers import reader_of
from shared.clock import Day, county_date
from shared.errors import invalid
from shared.runtime import Caller, ReadConnection, runtime_of
from shared.web import refusals

router = APIRouter(tags=["follow-up"])


class PartView(BaseModel):
    """One unit's part of a task, as tasks last said."""

    unit: str
    unit_name: str
    role: Literal["lead", "cooperating"]
    due_on: date
    state: str
    percent: int | None
    days_late: int | None
    slip_colour: str | None
    note_link: str | None = Field(description="Path at the tasks service of what the unit last said.")

    @classmethod
    def of(cls, part: KnownAssignment) -> "PartView":
        """Return the view of a part."""
        return cls(**{name: getattr(part, name) for name in PartView.model_fields})


class TaskView(BaseModel):
    """A task that a resolution became."""

    task_id: UUID
    link: str
    title: str
    due_on: date
    state: str
    light: Light | None
    parts: tuple[PartView, ...]

    @classmethod
    def of(cls, task: KnownTask, today: Today) -> "TaskView":
        """Return the view of a task."""
        return cls(
            task_id=task.task_id,
            link=f"/v1/tasks/{task.task_id}",
            title=task.title,
            due_on=task.due_on,
            state=task.state,
            light=task.light(today),
            parts=tuple(PartView.of(part) for part in task.assignments),
        )


class FollowedView(BaseModel):
    """A resolution, how it stands, what is late and why."""

    resolution_id: UUID
    meeting_id: UUID
    sequence: int
    title: str
    lead_unit: str
    due_on: date
    state: FulfilmentState
    light: Light | None = Field(description="Null once it has ended.")
    days_late: int | None
    reasons: tuple[str, ...] = Field(description="What is late or due soon and why, in words.")
    tasks: tuple[TaskView, ...]

    @classmethod
    def of(cls, followed: Followed, today: Today) -> "FollowedView":
        """Return the view of a followed resolution."""
        resolution = followed.resolution
        return cls(
            resolution_id=resolution.id,
            meeting_id=resolution.meeting_id,
            sequence=resolution.sequence,
            title=resolution.title,
            lead_unit=resolution.lead_unit,
            due_on=resolution.due_on,
            state=resolution.fulfilment_state,
            light=followed.light(today),
            days_late=resolution.days_late,
            reasons=tuple(followed.reasons(today)),
            tasks=tuple(TaskView.of(task, today) for task in followed.tasks),
        )


class RateView(BaseModel):
    """How many resolutions are carried out; cancelled ones do not count."""

    total: int
    fulfilled: int
    on_time: int
    open: int
    overdue: int
    cancelled: int
    percent: Decimal | None = Field(description="Fulfilled, in per cent of those that count.")
    on_time_percent: Decimal | None = Field(description="In time, in per cent of the fulfilled.")

    @classmethod
    def of(cls, rate: Rate) -> "RateView":
        """Return the view of a rate."""
        return cls(**{name: getattr(rate, name) for name in RateView.model_fields})


class MeetingFulfilment(BaseModel):
    """How far a meeting's resolutions are carried out."""

    meeting_id: UUID
    rate: RateView
    resolutions: tuple[FollowedView, ...]


class MeetingRateView(BaseModel):
    """The rate of one of a body's meetings."""

    meeting_id: UUID
    title: str
    held_on: date
    rate: RateView

    @classmethod
    def of(cls, of_meeting: MeetingRate) -> "MeetingRateView":
        """Return the view of a meeting's rate."""
        return cls(
            meeting_id=of_meeting.meeting_id,
            title=of_meeting.title,
            held_on=of_meeting.held_on,
            rate=RateView.of(of_meeting.rate),
        )


class BodyFulfilmentView(BaseModel):
    """How far a body's resolutions are carried out, and what is still open for the next agenda."""

    body: str
    rate: RateView
    meetings: tuple[MeetingRateView, ...]
    open: tuple[FollowedView, ...]


@router.get("/v1/meetings/{meeting_id}/fulfilment", responses=refusals(404))
async def read_fulfilment_of_meeting(
    meeting_id: UUID, request: Request, conn: ReadConnection, caller: Caller
) -> MeetingFulfilment:
    """Show how far a meeting's resolutions are carried out, live from tasks."""
    today = await _today(request, conn)
    followed = await reading.of_meeting(conn, meeting_id, reader_of(caller))
    return MeetingFulfilment(
        meeting_id=meeting_id,
        rate=RateView.of(rate_of(followed, today)),
        resolutions=tuple(FollowedView.of(each, today) for each in followed),
    )


@router.get("/v1/resolutions/{resolution_id}/fulfilment", responses=refusals(404))
async def read_fulfilment_of_resolution(
    resolution_id: UUID, request: Request, conn: ReadConnection, caller: Caller
) -> FollowedView:
    """Show how one resolution stands: its tasks, light, what is late and why."""
    followed = await reading.of_resolution(conn, resolution_id, reader_of(caller))
    return FollowedView.of(followed, await _today(request, conn))


@router.get("/v1/bodies/{body}/fulfilment", responses=refusals())
async def read_fulfilment_of_body(
    body: Annotated[str, Path(max_length=64, description="Code of the body.")],
    request: Request,
    conn: ReadConnection,
    caller: Caller,
    since: Annotated[Day | None, Query(description="First day of the meetings.")] = None,
    until: Annotated[Day | None, Query(description="Last day of the meetings.")] = None,
) -> BodyFulfilmentView:
    """Show the rate of a body and of each of its meetings, and what is still open."""
    if since is not None and until is not None and until < since:
        raise invalid("until", f"{until} is before `since`", f"{since} or later")
    today = await _today(request, conn)
    found = await reading.of_body(conn, body, (since, until), reader_of(caller), today)
    return BodyFulfilmentView(
        body=body,
        rate=RateView.of(found.rate),
        meetings=tuple(MeetingRateView.of(each) for each in found.meetings),
        open=tuple(FollowedView.of(each, today) for each in found.open),
    )


async def _today(request: Request, conn: ReadConnection) -> Today:
    return Today.of(county_date(runtime_of(request).clock()), await copies.list_calendars(conn))
