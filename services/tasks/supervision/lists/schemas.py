"""How the lists an office works from are shown; the body and the answer of a bulk action."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.tasks.states import State
from services.tasks.supervision.lights import DatedTarget, Light, LightRule, light_of
from services.tasks.supervision.lists.bulk import ACTIONS, NEEDS_REASON, NEEDS_UNIT, BulkAction, BulkItem, ItemResult
from services.tasks.supervision.lists.store import OwedPart, UnitOverdue, Waiting, WaitingCount, WaitingKind
from shared.clock import county_date
from shared.commands import CommandBody
from shared.contracts.payload import UnitCode
from shared.contracts.tasks import Role, SlipColour
from shared.text import LongText

_LINKS = {
    "completion": "/v1/tasks/{}",
    "bounced": "/v1/tasks/{}",
    "extension": "/v1/extensions/{}",
    "request": "/v1/requests/{}",
    "report": "/v1/reports/{}",
    "problem": "/v1/problems/{}",
}


class OwedPartView(BaseModel):
    """A unit's part that is owed."""

    task_id: UUID
    task_version: int
    title: str
    unit: str
    role: Role
    due_on: date
    state: State
    percent: int
    weight: Decimal
    tags: tuple[str, ...]
    leader_post: str | None
    assigned_at: datetime
    days_overdue: int = Field(description="Calendar days after the due date; 0 if it is not over.")
    light: Light
    light_reason: str
    slip_colour: SlipColour | None = Field(description="Colour of the open supervision slip.")
    slip_answer_due_on: date | None

    @classmethod
    def of(cls, owed: OwedPart, targets: list[DatedTarget], rule: LightRule) -> Self:
        """Show a part as of a day."""
        part = owed.part
        lit = light_of(part, targets, rule)
        return cls(
            task_id=part.task_id,
            task_version=owed.version,
            title=owed.title,
            unit=part.unit,
            role=part.role,
            due_on=part.due_on,
            state=State(part.state),
            percent=part.percent,
            weight=owed.weight,
            tags=owed.tags,
            leader_post=owed.leader_post,
            assigned_at=owed.assigned_at,
            days_overdue=max(0, (rule.today - part.due_on).days),
            light=lit.light,
            light_reason=lit.why,
            slip_colour=owed.slip_colour,
            slip_answer_due_on=owed.slip_answer_due_on,
        )


class UnitOverdueView(BaseModel):
    """How much a unit owes after its due date."""

    unit: str
    name: str | None
    parts: int = Field(description="Parts of tasks.")
    reports: int
    oldest_due_on: date | None
    longest_days: int = Field(description="Calendar days since the oldest due date of its parts.")
    open_slips: dict[SlipColour, int]

    @classmethod
    def of(cls, each: UnitOverdue, now: datetime) -> Self:
        """Show a unit."""
        days = 0 if each.oldest_due_on is None else (county_date(now) - each.oldest_due_on).days
        return cls(
            unit=each.unit,
            name=each.name,
            parts=each.parts,
            reports=each.reports,
            oldest_due_on=each.oldest_due_on,
            longest_days=days,
            open_slips={"blue": each.blue, "yellow": each.yellow, "red": each.red},
        )


class WaitingView(BaseModel):
    """Something that waits for a decision."""

    kind: WaitingKind
    id: UUID
    unit: str
    title: str
    since: datetime
    level: Literal["office", "leader"] = Field(description="Who decides.")
    link: str

    @classmethod
    def of(cls, each: Waiting) -> Self:
        """Show what waits."""
        return cls(
            kind=each.kind,
            id=each.id,
            unit=each.unit,
            title=each.title,
            since=each.since,
            level=each.level,
            link=_LINKS[each.kind].format(each.id),
        )


class WaitingCountView(BaseModel):
    """How much of a kind waits, and since when."""

    kind: WaitingKind
    count: int
    oldest: datetime

    @classmethod
    def of(cls, each: WaitingCount) -> Self:
        """Show a count."""
        return cls.model_validate(each, from_attributes=True)


class BulkItemBody(BaseModel):
    """One thing that is acted on: a report, or a unit's part of a task."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: UUID = Field(description="Id of the report or task.")
    unit: UnitCode | None = Field(None, description="Whose part of the task.")


class BulkBody(CommandBody):
    """One action on many things; each succeeds or is refused for itself."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "action": "complete-assignments",
                    "items": [{"id": "019bbf5e-1e28-7f04-b1c3-7d90f2a8e544", "unit": "330324-fgj"}],
                }
            ]
        }
    )

    action: BulkAction = Field(description=", ".join(ACTIONS))
    items: Annotated[tuple[BulkItemBody, ...], Field(min_length=1, max_length=200)]
    reason: LongText | None = Field(None, description="Why; needed to send back, withdraw and for slips.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.action in NEEDS_REASON and self.reason is None:
            raise ValueError(f"{self.action} needs a reason")
        if self.action in NEEDS_UNIT and any(each.unit is None for each in self.items):
            raise ValueError(f"{self.action} needs the unit of each item")
        named = [(each.id, each.unit) for each in self.items]
        if len(set(named)) != len(named):
            raise ValueError("an item stands twice; each once")
        return self

    def chosen(self) -> list[BulkItem]:
        """Return the items."""
        return [BulkItem(each.id, each.unit) for each in self.items]


class ItemResultView(BaseModel):
    """What became of one item."""

    id: UUID
    unit: str | None
    result: Literal["done", "refused"]
    code: str | None = Field(description="Why it was refused, for machines.")
    detail: str | None
    allowed: list[str] | None = Field(description="What is possible instead.")


class BulkView(BaseModel):
    """What became of each item, in the order in which they were named."""

    action: str
    done: int
    refused: int
    results: list[ItemResultView]

    @classmethod
    def of(cls, action: str, results: list[ItemResult]) -> Self:
        """Show the results."""
        done = sum(1 for each in results if each.result == "done")
        shown = [ItemResultView.model_validate(each, from_attributes=True) for each in results]
        return cls(action=action, done=done, refused=len(results) - done, results=shown)
