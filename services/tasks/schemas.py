"""Bodies of the commands on tasks, and how tasks are shown."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.tasks.domain import Assignment, HistoryEntry, State, Task, TaskDraft, Words, derive
from shared.clock import Day
from shared.commands import CommandBody, Versioned
from shared.contracts import tasks as facts
from shared.contracts.payload import UnitCode
from shared.text import LongText, Title, digest

Tag = Annotated[
    str, Field(pattern=r"^[^\s\x00-\x1f]{1,50}$", description="One word; assessment methods select tasks by it.")
]
Weight = Annotated[Decimal, Field(gt=0, le=1000, max_digits=8, decimal_places=4)]
PostCode = Annotated[
    str,
    Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", min_length=2, max_length=64, description="A post's code; no name."),
]

MOST_UNITS = 200
"""Units that one command may name."""


class CreateTask(CommandBody):
    """A task that the office gives to units."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "title": "编制全县现代物流业发展规划",
                    "text": "年内完成规划文本并报县政府审定。",
                    "source_kind": "document",
                    "source_id": "永政办发〔2009〕106号",
                    "lead_unit": "330324-fgj",
                    "cooperating_units": ["330324-jtj"],
                    "due_on": "2026-09-30",
                    "weight": "2",
                    "tags": ["key-task"],
                }
            ]
        }
    )

    title: Title
    text: LongText | None = None
    source_kind: Literal["instruction", "document", "plan_item"]
    source_id: Title = Field(description="Number or id of what the task comes from.")
    lead_unit: UnitCode
    cooperating_units: tuple[UnitCode, ...] = Field((), max_length=MOST_UNITS)
    due_on: Day = Field(description="Last day; it ends at 24:00 in the county.")
    weight: Weight = Decimal(1)
    tags: tuple[Tag, ...] = Field((), max_length=20)
    leader_post: PostCode | None = None

    def draft(self) -> TaskDraft:
        """Return the task as it is to be assigned."""
        return TaskDraft(
            **self.model_dump(exclude={"occurred_at"}), text_digest=None if self.text is None else digest(self.text)
        )


class Occurrence(CommandBody):
    """Nothing to say but, perhaps, when it happened."""


class Remark(CommandBody):
    """Perhaps a note."""

    note: LongText | None = None

    def words(self) -> Words:
        """Return what is said."""
        return Words(note=self.note)


class ReportProgress(CommandBody):
    """How far along the unit is."""

    percent: int = Field(ge=0, le=100, strict=True, examples=[40])
    note: LongText | None = Field(None, examples=["已完成初稿，正在征求意见。"])

    def words(self) -> Words:
        """Return what is said."""
        return Words(percent=self.percent, note=self.note)


class Reasoned(CommandBody):
    """Why."""

    reason: LongText = Field(examples=["佐证材料不全，请补充。"])

    def words(self) -> Words:
        """Return what is said."""
        return Words(reason=self.reason)


class ReopenTask(Reasoned):
    """Why, and for which units."""

    units: tuple[UnitCode, ...] = Field((), max_length=MOST_UNITS, description="None named: each that is completed.")


class AssignmentView(BaseModel):
    """A unit's share of a task."""

    unit: str
    role: facts.Role
    due_on: date
    state: State
    percent: int
    requested_at: datetime | None = Field(description="When the unit last asked for completion.")
    done_at: datetime | None = Field(description="When the request that was accepted was made.")
    days_late: int | None = Field(description="Calendar days after the due date; null while not completed.")
    overdue: bool = Field(description="Whether the due date once ended with the part still owed.")

    @classmethod
    def of(cls, part: Assignment) -> Self:
        """Show an assignment."""
        return cls(
            unit=part.unit,
            role=part.role,
            due_on=part.due_on,
            state=State(part.state),
            percent=part.percent,
            requested_at=part.requested_at,
            done_at=part.done_at,
            days_late=part.days_late,
            overdue=part.overdue_at is not None,
        )


class TaskView(Versioned):
    """A task with its assignments."""

    id: UUID
    title: str
    source_kind: facts.SourceKind
    source_id: str
    text: str | None = Field(description="The text, if it is kept here.")
    text_link: str | None = Field(description="Where the text can be read at the service that keeps it.")
    leader_post: str | None
    weight: Decimal
    tags: tuple[str, ...]
    due_on: date
    state: State = Field(description="Derived from the assignments.")
    state_reason: str = Field(description="Why the state is that.")
    assigned_at: datetime
    assignments: list[AssignmentView]

    @classmethod
    def of(cls, task: Task) -> Self:
        """Show a task."""
        derived = derive(task.assignments)
        return cls(
            version=task.version,
            id=task.id,
            title=task.title,
            source_kind=task.source_kind,
            source_id=task.source_id,
            text=task.text,
            text_link=task.text_link,
            leader_post=task.leader_post,
            weight=task.weight,
            tags=task.tags,
            due_on=task.due_on,
            state=derived.state,
            state_reason=derived.reason,
            assigned_at=task.assigned_at,
            assignments=[AssignmentView.of(each) for each in task.assignments],
        )


class HistoryView(BaseModel):
    """One line of a task's history."""

    version: int = Field(description="Version of the task that its event made.")
    unit: str | None = Field(description="Whose assignment; null for the task as a whole.")
    transition: str
    from_state: str | None
    to_state: str
    occurred_at: datetime
    by: str = Field(description="Who did it.")
    by_role: str
    by_unit: str | None
    reason: str | None
    note: str | None
    percent: int | None

    @classmethod
    def of(cls, entry: HistoryEntry) -> Self:
        """Show a line."""
        return cls(
            version=entry.version,
            unit=entry.unit,
            transition=entry.transition,
            from_state=entry.from_state,
            to_state=entry.to_state,
            occurred_at=entry.occurred_at,
            by=entry.subject,
            by_role=entry.role,
            by_unit=entry.acting_unit,
            reason=entry.reason,
            note=entry.note,
            percent=entry.percent,
        )


class TaskDetail(TaskView):
    """A task with what was reported and what happened."""

    progress: list[HistoryView] = Field(description="Progress reported, among the lines of `history`.")
    history: list[HistoryView] = Field(description="The newest 200 lines, oldest first; all are under /history.")

    @classmethod
    def with_history(cls, task: Task, entries: list[HistoryEntry]) -> Self:
        """Show a task with its history."""
        lines = [HistoryView.of(each) for each in entries]
        progress = [each for each in lines if each.transition == "progress"]
        return cls(**dict(TaskView.of(task)), progress=progress, history=lines)
