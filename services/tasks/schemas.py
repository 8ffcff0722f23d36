"""Bodies of the commands on tasks, and how tasks are shown."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from services.tasks.domain import Basis, HistoryEntry, Task, TaskDraft, Words
from services.tasks.milestones.domain import Kind
from services.tasks.plans.domain import ServedItem
from services.tasks.states import State
from shared.clock import Day
from shared.commands import CommandBody, Versioned
from shared.contracts import tasks as facts
from shared.contracts.payload import UnitCode
from shared.pages import members_of
from shared.text import LongText, Title, digest

Tag = Annotated[
    str, Field(pattern=r"^[^\s\x00-\x1f]{1,50}$", description="One word; assessment methods select tasks by it.")
]
Weight = Annotated[Decimal, Field(gt=0, le=1000, max_digits=8, decimal_places=4)]
PostCode = Annotated[
    str,
    Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", min_length=2, max_length=64, description="A post's code; no name."),
]

UnitPath = Annotated[str, Path(max_length=64, description="Code of the unit whose assignment it is.")]

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
    kind: Kind | None = Field(None, description="Kind of work, which gives it the milestones of its template.")
    parent_id: UUID | None = Field(None, description="The task of which this is a sub-task.")
    draft: bool = Field(
        default=False, description="Keep it as a draft that only the office sees, to be assigned later."
    )

    def drafted(self) -> TaskDraft:
        """Return the task as it is to be assigned."""
        return TaskDraft(
            **self.model_dump(exclude={"occurred_at", "draft"}),
            text_digest=None if self.text is None else digest(self.text),
        )


class Occurrence(CommandBody):
    """Nothing to say but, perhaps, when it happened."""


class WithAttachments(CommandBody):
    """Perhaps files that were uploaded to the task before."""

    attachments: tuple[UUID, ...] = Field((), max_length=20, description="Ids of files uploaded to this task.")


class Remark(WithAttachments):
    """Perhaps a note."""

    note: LongText | None = None

    def words(self) -> Words:
        """Return what is said."""
        return Words(note=self.note, attachments=self.attachments)


class ReportProgress(WithAttachments):
    """How far along the unit is."""

    percent: int = Field(ge=0, le=100, strict=True, examples=[40])
    note: LongText | None = Field(None, examples=["已完成初稿，正在征求意见。"])

    def words(self) -> Words:
        """Return what is said."""
        return Words(percent=self.percent, note=self.note, attachments=self.attachments)


class BasisBody(BaseModel):
    """What a decision rests on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["document", "leader_instruction"]
    reference: Title = Field(examples=["永政办发〔2026〕12号"])

    def basis(self) -> Basis:
        """Return it as the domain has it."""
        return Basis(self.kind, self.reference)


class Reasoned(WithAttachments):
    """Why."""

    reason: LongText = Field(examples=["佐证材料不全，请补充。"])
    basis: BasisBody | None = Field(None, description="The document or leader's instruction that it rests on.")

    def words(self) -> Words:
        """Return what is said."""
        basis = None if self.basis is None else self.basis.basis()
        return Words(reason=self.reason, basis=basis, attachments=self.attachments)


class Reassign(Reasoned):
    """Why, and to whom."""

    to_unit: UnitCode
    due_on: Day | None = Field(None, description="Last day for the new unit; none: the day that it was.")


class ReasonedForUnits(Reasoned):
    """Why, and for which units."""

    units: tuple[UnitCode, ...] = Field((), max_length=MOST_UNITS, description="None named: each that it can touch.")


class AssignmentView(BaseModel):
    """A unit's share of a task; its fields are those of `domain.Assignment`."""

    model_config = ConfigDict(from_attributes=True)

    unit: str
    role: facts.Role
    due_on: date
    state: State
    percent: int
    requested_at: datetime | None = Field(description="When the unit last asked for completion.")
    done_at: datetime | None = Field(description="When the request that was accepted was made.")
    days_late: int | None = Field(description="Calendar days after the due date; null while not completed.")
    overdue: bool = Field(description="Whether the due date once ended with the part still owed.")
    suspended_at: datetime | None = None
    extensions: int = Field(0, description="How often the due date was moved.")
    reassigned_to: str | None = Field(None, description="Who has the part now, if it was given to another unit.")


class TaskView(Versioned):
    """A task with its assignments; its fields are those of `domain.Task`."""

    model_config = ConfigDict(from_attributes=True)

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
    assigned_at: datetime = Field(description="While it is a draft: when it was put down.")
    plan_id: UUID | None = None
    meeting_id: UUID | None = None
    parent_id: UUID | None = None
    kind: str | None = None
    assignments: list[AssignmentView]

    @classmethod
    def of(cls, task: Task) -> Self:
        """Show a task."""
        return cls.model_validate(task)


_of_task = members_of(TaskView, but={"assignments"})
_of_part = members_of(AssignmentView)


def shown(task: Task) -> dict[str, Any]:
    """Return the members of a task's view, for a list of many."""
    return {**_of_task(task), "assignments": [_of_part(part) for part in task.assignments]}


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
    on_behalf_of: str | None = Field(None, description="The unit for which the office entered it or granted it.")
    basis_kind: str | None = None
    basis: str | None = Field(None, description="The document or instruction that it rests on.")
    attachments: tuple[UUID, ...] = ()

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
            on_behalf_of=entry.on_behalf_of,
            basis_kind=entry.basis_kind,
            basis=entry.basis,
            attachments=entry.attachments,
        )


class PlanItemServed(BaseModel):
    """An item of a plan that a task serves."""

    model_config = ConfigDict(from_attributes=True)

    plan_id: UUID
    item_id: UUID
    serial: str


class SubTaskView(BaseModel):
    """A sub-task, in short."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    title: str
    state: State
    due_on: date


class TaskDetail(TaskView):
    """A task with what was reported and what happened."""

    progress: list[HistoryView] = Field(description="Progress reported, among the lines of `history`.")
    history: list[HistoryView] = Field(description="The newest 200 lines, oldest first; all are under /history.")

    plan_items: list[PlanItemServed] = Field(description="Items of plans in force that this task serves.")
    sub_tasks: list[SubTaskView]

    @classmethod
    def whole(
        cls, task: Task, entries: list[HistoryEntry], served: Sequence[ServedItem], children: Sequence[Task]
    ) -> Self:
        """Show a task with its history and what it belongs to."""
        lines = [HistoryView.of(each) for each in entries]
        return cls(
            **dict(TaskView.of(task)),
            progress=[each for each in lines if each.transition == "progress"],
            history=lines,
            plan_items=[PlanItemServed.model_validate(each) for each in served],
            sub_tasks=[SubTaskView.model_validate(each) for each in children],
        )
