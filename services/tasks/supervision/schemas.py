"""Bodies of the commands of supervision, and how slips and reminders are shown."""

from datetime import date, datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.tasks.supervision.domain import Occasion, Reminder, Slip, SlipState
from services.tasks.supervision.lights import DatedTarget
from shared.clock import Day
from shared.commands import CommandBody
from shared.contracts.tasks import SlipColour
from shared.text import LongText, Title


class IssueSlip(CommandBody):
    """What the unit is pressed for, and by when it is to answer."""

    text: LongText = Field(examples=["规划文本已逾期，请说明原因及完成时限。"])
    answer_due_on: Day | None = Field(None, description="By default as many working days as the colour gives.")


class AnswerSlip(CommandBody):
    """The unit's answer."""

    answer: LongText = Field(examples=["因征求意见延期，4月15日前报送。"])


class TargetBody(BaseModel):
    """How far along the part is to be by the end of a day."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    due_on: Day
    percent: int = Field(ge=1, le=100, strict=True)
    title: Title | None = Field(None, examples=["完成初稿"])

    @classmethod
    def of(cls, target: DatedTarget) -> Self:
        """Show a target."""
        return cls(due_on=target.due_on, percent=target.percent, title=target.title)


class SetTargets(CommandBody):
    """The dated milestones or monthly targets of a part; they replace those it had."""

    targets: tuple[TargetBody, ...] = Field(max_length=60)

    def dated(self) -> list[DatedTarget]:
        """Return the targets that are stated."""
        return [DatedTarget(each.due_on, each.percent, each.title) for each in self.targets]


class TargetsView(BaseModel):
    """The dated targets of a part, in order of days."""

    targets: list[TargetBody]

    @classmethod
    def of(cls, targets: list[DatedTarget]) -> Self:
        """Show targets."""
        return cls(targets=[TargetBody.of(each) for each in targets])


class SlipView(BaseModel):
    """A supervision slip (督办单)."""

    id: UUID
    task_id: UUID
    unit: str
    due_on: date = Field(description="The due date that it is about.")
    colour: SlipColour
    state: SlipState
    issued_at: datetime
    issued_by: str
    text: str | None = Field(description="What the office wrote; null if the slip went out by rule.")
    answer_due_on: date
    answered_at: datetime | None
    answered_by: str | None
    answer: str | None
    on_time: bool | None = Field(description="Whether the answer came by its day.")
    closed_at: datetime | None

    @classmethod
    def of(cls, slip: Slip) -> Self:
        """Show a slip."""
        return cls.model_validate(slip, from_attributes=True)


class ReminderView(BaseModel):
    """A unit was reminded (催办)."""

    matter: Literal["assignment", "report"]
    matter_id: UUID = Field(description="Id of the task or report.")
    unit: str
    title: str
    due_at: datetime
    occasion: Occasion
    reminded_at: datetime
    reminded_by: str

    @classmethod
    def of(cls, reminder: Reminder) -> Self:
        """Show a reminder."""
        return cls.model_validate(reminder, from_attributes=True)
