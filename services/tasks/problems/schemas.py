"""Bodies of the commands on problems, and how problems are shown."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.tasks.domain import TaskDraft
from services.tasks.problems.domain import Problem, ProblemDraft, ProblemEntry, ProblemState
from services.tasks.schemas import MOST_UNITS, PostCode, Tag, Weight
from shared.clock import Day
from shared.commands import CommandBody, Versioned
from shared.contracts.payload import UnitCode
from shared.text import LongText, Title, digest

SectorCode = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", min_length=2, max_length=64)]


class RaiseProblem(CommandBody):
    """A problem that a unit cannot settle alone."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "unit": "330324-jtj",
                    "title": "物流园区用地指标不足",
                    "text": "瓯北物流园二期缺用地指标120亩，影响开工。",
                    "sectors": ["transport-logistics"],
                }
            ]
        }
    )

    unit: UnitCode
    title: Title
    text: LongText
    sectors: tuple[SectorCode, ...] = Field((), max_length=20)

    def draft(self) -> ProblemDraft:
        """Return the problem as it is raised."""
        return ProblemDraft(self.title, self.text, self.unit, self.sectors)


class Escalate(CommandBody):
    """Perhaps what the meeting is asked for."""

    note: LongText | None = None


class Resolve(CommandBody):
    """What was decided."""

    resolution: LongText = Field(examples=["由县国土资源局在年度计划中统筹解决。"])


class Withdraw(CommandBody):
    """Why it is taken back."""

    reason: LongText


class TaskOfProblem(CommandBody):
    """The task that settles a problem."""

    title: Title
    text: LongText | None = None
    lead_unit: UnitCode
    cooperating_units: tuple[UnitCode, ...] = Field((), max_length=MOST_UNITS)
    due_on: Day
    weight: Weight = Decimal(1)
    tags: tuple[Tag, ...] = Field((), max_length=20)
    leader_post: PostCode | None = None

    def draft(self) -> TaskDraft:
        """Return the task as it is to be assigned; whose problem it is, the operation says."""
        return TaskDraft(
            **self.model_dump(exclude={"occurred_at"}),
            source_kind="problem",
            source_id="",
            text_digest=None if self.text is None else digest(self.text),
        )


class ProblemView(Versioned):
    """A problem."""

    id: UUID
    title: str
    text: str
    unit: str
    sectors: tuple[str, ...]
    state: ProblemState
    raised_at: datetime
    escalated_at: datetime | None
    closed_at: datetime | None
    resolution: str | None = Field(description="What the office decided.")
    resolution_link: str | None = Field(description="Where a meeting's decision can be read.")
    meeting_id: UUID | None
    last_decision: str | None = Field(description="What a meeting last decided on it.")
    task_id: UUID | None

    @classmethod
    def of(cls, problem: Problem) -> Self:
        """Show a problem."""
        return cls.model_validate(problem, from_attributes=True)


class ProblemEntryView(BaseModel):
    """One line of a problem's history."""

    version: int
    transition: str
    from_state: str | None
    to_state: str
    occurred_at: datetime
    subject: str
    role: str
    acting_unit: str | None
    note: str | None


class ProblemDetail(ProblemView):
    """A problem with what happened to it."""

    history: list[ProblemEntryView]

    @classmethod
    def with_history(cls, problem: Problem, entries: list[ProblemEntry]) -> Self:
        """Show a problem with its history."""
        lines = [ProblemEntryView.model_validate(each, from_attributes=True) for each in entries]
        return cls(**dict(ProblemView.of(problem)), history=lines)
