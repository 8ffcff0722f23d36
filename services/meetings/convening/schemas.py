"""What callers send before the meeting and what they are shown."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.meetings.convening.domain import (
    ITEM_KIND_NAMES,
    AgendaItem,
    Caution,
    Change,
    Invitee,
    ItemKind,
    Paper,
)
from services.meetings.copies.domain import ROLE_NAMES
from shared.clock import Day, Instant, end_of_county_day
from shared.commands import CommandBody, Versioned
from shared.contracts.meetings import Decision
from shared.contracts.payload import UnitCode
from shared.errors import misfit
from shared.text import LongText, Title

BodyCode = Annotated[str, Field(min_length=2, max_length=64, description="Code of a body in the registry.")]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+([-_][a-z0-9]+)*$", max_length=64)]


class Part(BaseModel):
    """Base of the parts of a command: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Guest(Part):
    """Who is invited besides the members: a unit of the registry, or anybody by name."""

    unit: UnitCode | None = None
    name: Title | None = Field(None, description="If it is no unit of the registry, e.g. 县人大财经工委.")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.unit is None) == (self.name is None):
            raise misfit("unit", "stands beside `name`" if self.unit else "is missing", "either `unit` or `name`")
        return self


class AgendaItemContent(Part):
    """What an item is about."""

    kind: ItemKind
    title: Title
    text: LongText | None = None
    presenter_units: tuple[UnitCode, ...] = Field((), max_length=100, description="Units that report on it.")
    presenter_body: BodyCode | None = Field(None, description="Body that reports on it, e.g. 协调会议.")
    covers: tuple[Slug, ...] = Field((), max_length=20, description="What of the obligation it covers, by its code.")
    plan_id: UUID | None = Field(None, description="Plan at the tasks service that is deliberated.")
    problem_id: UUID | None = Field(None, description="Problem at the tasks service that is coordinated.")
    resolution_id: UUID | None = Field(None, description="Earlier resolution that is followed up.")
    task_id: UUID | None = Field(None, description="Overdue task that is looked into.")
    restricted: bool = Field(default=False, description="Only `visible_to` and the presenters see it among the units.")
    visible_to: tuple[UnitCode, ...] = Field((), max_length=100)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.plan_id is not None and self.kind is not ItemKind.DELIBERATE_PLAN:
            raise misfit("plan_id", f"is given with kind {self.kind}", "an item of kind deliberate_plan, or no plan")
        if self.problem_id is not None and self.kind is not ItemKind.COORDINATE_PROBLEM:
            raise misfit(
                "problem_id", f"is given with kind {self.kind}", "an item of kind coordinate_problem, or no problem"
            )
        if self.visible_to and not self.restricted:
            raise misfit("visible_to", "is given, but the item is not restricted", "`restricted`: true, or nobody")
        return self

    def columns(self) -> dict[str, Any]:
        """Return what is stored: who presents a restricted item may see it."""
        units = self.visible_to + self.presenter_units if self.restricted else ()
        content = {name: getattr(self, name) for name in AgendaItemContent.model_fields}
        return {**content, "visible_to": tuple(dict.fromkeys(units))}


class AgendaItemCommand(AgendaItemContent, CommandBody):
    """Put an item on the agenda, or change it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "hear_report",
                    "title": "听取成员单位上半年服务业工作情况汇报",
                    "presenter_units": ["330324-jmj", "330324-jtj"],
                }
            ]
        }
    )


class OrderAgenda(CommandBody):
    """The numbers of all items in the order in which they are to be taken."""

    numbers: tuple[int, ...] = Field(max_length=200)


class PaperContent(Part):
    """A paper asked of a unit."""

    unit: UnitCode
    title: Title
    due_on: Day | None = Field(None, description="Last day; it ends at 24:00 in the county.")
    due_at: Instant | None = Field(None, description="Or the moment up to which it is in time.")
    item: int | None = Field(None, ge=1, le=1000, description="Number of the agenda item it is for.")

    @model_validator(mode="after")
    def _one_due(self) -> Self:
        if (self.due_on is None) == (self.due_at is None):
            reason = "is missing" if self.due_on is None else "stands beside `due_at`"
            raise misfit("due_on", reason, "either `due_on` or `due_at`")
        return self

    @property
    def due_moment(self) -> datetime:
        """Return the moment up to which it is in time."""
        if self.due_on is not None:
            return end_of_county_day(self.due_on)
        assert self.due_at is not None  # noqa: S101 - the validator demands one of both
        return self.due_at


class RequestPaper(PaperContent, CommandBody):
    """Ask a unit for a paper; tasks expects it as a report."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"unit": "330324-jtj", "title": "交通物流业工作情况汇报", "due_on": "2026-07-06"}]
        }
    )


class InviteGuest(Guest, CommandBody):
    """Invite one guest more."""


class Reschedule(CommandBody):
    """Move a convened meeting."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"starts_at": "2026-01-22T09:00:00+08:00", "reason": "与县委全会时间冲突"}]}
    )

    starts_at: Instant
    ends_at: Instant | None = Field(None, description="If left out, it lasts as long as before.")
    place: Title | None = Field(None, description="If left out, it stays where it was.")
    reason: LongText


class TakeProposals(CommandBody):
    """Put proposals on the agenda: those named by their keys, or all."""

    keys: tuple[Annotated[str, Field(max_length=100)], ...] | None = Field(None, max_length=200)


class InviteeView(BaseModel):
    """Who is invited."""

    code: str
    kind: Literal["unit", "post", "guest"]
    role: str
    role_name: str
    unit: str | None
    name: str

    @classmethod
    def of(cls, invitee: Invitee) -> "InviteeView":
        """Return the view of an invitee."""
        named = {name: getattr(invitee, name) for name in ("code", "kind", "role", "unit", "name")}
        return cls(**named, role_name=ROLE_NAMES.get(invitee.role, "列席"))


class AgendaItemView(Versioned):
    """An item of the agenda, with what was decided on it."""

    number: int = Field(description="Stays when the order changes.")
    position: int
    kind: ItemKind
    kind_name: str
    title: str
    text: str | None
    presenter_units: tuple[str, ...]
    presenter_body: str | None
    covers: tuple[str, ...]
    plan_id: UUID | None
    problem_id: UUID | None
    resolution_id: UUID | None
    task_id: UUID | None
    restricted: bool
    visible_to: tuple[str, ...]
    decision: Decision | None
    conditions: str | None
    decided_on: date | None
    plan_digest: str | None = Field(
        description="Words of the plan that lie on the table: the `content_digest` of its submission. Putting the item "
        "anew takes up those in which it was submitted since."
    )

    @classmethod
    def of(cls, item: AgendaItem) -> "AgendaItemView":
        """Return the view of an item."""
        own = {name: getattr(item, name) for name in AgendaItemView.model_fields if name != "kind_name"}
        return cls(**own, kind_name=ITEM_KIND_NAMES[item.kind])


class PaperView(BaseModel):
    """A paper, and where it stands at the tasks service."""

    id: UUID
    meeting_id: UUID
    item: int | None
    unit: str
    unit_name: str
    title: str
    due_at: datetime
    state: Literal["requested", "open", "submitted", "sent_back", "accepted", "reopened", "overdue", "withdrawn"]
    report_id: UUID | None
    submitted_at: datetime | None
    on_time: bool | None
    days_late: int | None

    @classmethod
    def of(cls, paper: Paper) -> "PaperView":
        """Return the view of a paper."""
        own = {name: getattr(paper, name) for name in PaperView.model_fields if name != "item"}
        return cls(**own, item=paper.item_number)


class CautionView(BaseModel):
    """Something that whoever convenes should know; it hinders nothing."""

    code: str
    text: str
    meeting_id: UUID | None = None
    units: tuple[str, ...] = ()

    @classmethod
    def of(cls, caution: Caution) -> "CautionView":
        """Return the view of a caution."""
        return cls(code=caution.code, text=caution.text, meeting_id=caution.meeting_id, units=tuple(caution.units))


class ChangeView(BaseModel):
    """A meeting was moved or called off."""

    version: int
    change: Literal["rescheduled", "cancelled"]
    occurred_at: datetime
    subject: str
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str

    @classmethod
    def of(cls, change: Change) -> "ChangeView":
        """Return the view of a change."""
        return cls(**{name: getattr(change, name) for name in ChangeView.model_fields})
