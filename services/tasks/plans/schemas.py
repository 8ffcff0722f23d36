"""Bodies of the commands on plans, and how plans are shown."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.tasks.milestones.domain import Kind
from services.tasks.plans.domain import Difference, ItemContent, PlanComment, PlanItem, PlanState, PlanStep
from services.tasks.plans.importing import CellFault, Proposal, ProposedItem
from services.tasks.plans.issuing import Adoption
from services.tasks.plans.operations import NewPlan, Whole
from services.tasks.schemas import MOST_UNITS, PostCode, Tag, Weight
from shared.clock import Day
from shared.commands import CommandBody, Versioned
from shared.contracts.payload import UnitCode
from shared.errors import FieldFault
from shared.text import LongText, Title

MOST_ITEMS = 1000
"""Items that one plan may have."""

Serial = Annotated[str, Field(pattern=r"^\S(.{0,48}\S)?$", max_length=50, description="序号, as the plan numbers it.")]
Year = Annotated[int, Field(ge=1949, le=2199)]


class ItemBody(BaseModel):
    """One item of a plan."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    serial: Serial
    section: Title | None = None
    title: Title
    text: LongText | None = None
    target: LongText | None = Field(None, description="目标, in words.")
    target_value: Decimal | None = Field(None, max_digits=18, decimal_places=4, description="目标, as a number.")
    target_unit: Title | None = Field(None, description="Unit of measure of `target_value`.")
    weight: Weight = Decimal(1)
    due_on: Day
    leader: Title | None = Field(None, description="分管领导, as the plan writes it; it stays in this service.")
    leader_post: PostCode | None = None
    lead_unit: UnitCode
    cooperating_units: tuple[UnitCode, ...] = Field((), max_length=MOST_UNITS)
    tags: tuple[Tag, ...] = Field((), max_length=20)
    kind: Kind | None = Field(None, description="Kind of work, which gives its task the milestones of its template.")
    joint_with: Serial | None = Field(None, description="Item of this plan whose task serves this one too.")
    task_id: UUID | None = Field(None, description="A task under way that serves this item.")

    def content(self) -> ItemContent:
        """Return the item as the domain has it."""
        return ItemContent(**dict(self))


class WritePlan(CommandBody):
    """A plan's items, all of them."""

    items: tuple[ItemBody, ...] = Field(max_length=MOST_ITEMS)

    def contents(self) -> tuple[ItemContent, ...]:
        """Return the items as the domain has them."""
        return tuple(item.content() for item in self.items)


class DraftPlan(CommandBody):
    """A plan as the office begins it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "year": 2026,
                    "title": "2026年全县服务业工作要点及重点工作分工方案",
                    "tags": ["key-task"],
                    "items": [
                        {
                            "serial": "1",
                            "section": "现代物流",
                            "title": "编制全县现代物流业发展规划",
                            "due_on": "2026-06-30",
                            "lead_unit": "330324-fgj",
                            "cooperating_units": ["330324-jtj"],
                        }
                    ],
                }
            ]
        }
    )

    year: Year
    title: Title
    text: LongText | None = Field(None, description="The key points in words (工作要点).")
    tags: tuple[Tag, ...] = Field(
        ("key-task",), max_length=20, description="What each task of the plan is tagged with."
    )
    items: tuple[ItemBody, ...] = Field((), max_length=MOST_ITEMS)

    def new(self) -> NewPlan:
        """Return the plan as the domain has it."""
        items = tuple(item.content() for item in self.items)
        return NewPlan(self.year, self.title, self.text, self.tags, items)


class CirculatePlan(CommandBody):
    """Until when comments are asked for."""

    comments_due_on: Day | None = None


class CommentPlan(CommandBody):
    """A unit's comment, on an item or on the whole."""

    unit: UnitCode
    serial: Serial | None = None
    text: LongText


class AnswerComment(CommandBody):
    """What becomes of a comment."""

    taken: bool = Field(description="采纳.")
    answer: LongText | None = None


class AdoptPlan(CommandBody):
    """An adoption that no meeting of this system told of."""

    adopted_on: Day
    document: Title

    def adoption(self) -> Adoption:
        """Return it as the domain has it."""
        return Adoption(self.adopted_on, document=self.document)


class IssuePlan(CommandBody):
    """The document with which the plan goes out."""

    document: Title | None = Field(None, examples=["永政办发〔2026〕12号"])


class AmendPlan(CommandBody):
    """Why, and by which document."""

    reason: LongText
    document: Title | None = None


class PlanReason(CommandBody):
    """Why."""

    reason: LongText


class ItemView(BaseModel):
    """An item of a plan."""

    item_id: UUID
    serial: str
    section: str | None
    title: str
    text: str | None
    target: str | None
    target_value: Decimal | None
    target_unit: str | None
    weight: Decimal
    due_on: date
    leader: str | None
    leader_post: str | None
    lead_unit: str
    cooperating_units: tuple[str, ...]
    tags: tuple[str, ...]
    kind: str | None
    joint_with: str | None
    task_id: UUID | None = Field(description="The task that serves it, once the plan is issued.")

    @classmethod
    def of(cls, item: PlanItem) -> Self:
        """Show an item."""
        said = {name: getattr(item.content, name) for name in ItemContent.__dataclass_fields__}
        return cls(item_id=item.item_id, **said)


class PlanView(Versioned):
    """A plan."""

    id: UUID
    year: int
    title: str
    text: str | None
    tags: tuple[str, ...]
    state: PlanState
    edition: int = Field(description="The edition in force; 0 before the plan is issued.")
    drafted_edition: int | None = Field(description="The edition that is being written, if any.")
    document: str | None
    meeting_id: UUID | None = Field(description="The meeting that decided on it.")
    decision: str | None
    adopted_on: date | None
    conditional: bool = Field(description="Adopted in principle or with conditions: the office mends and issues it.")
    comments_due_on: date | None
    submitted_at: datetime | None
    issued_at: datetime | None


class PlanDetail(PlanView):
    """A plan with the items of one edition."""

    shown_edition: int
    hindrances: tuple[FieldFault, ...] = Field(
        description="What would keep it from being issued today, by serial number of the item; empty once it is issued."
    )
    items: list[ItemView]

    @classmethod
    def of(cls, whole: Whole) -> Self:
        """Show a plan."""
        plan = whole.plan
        names = [name for name in PlanView.model_fields if name != "version"]
        return cls(
            version=plan.edits,
            **{name: getattr(plan, name) for name in names},
            shown_edition=whole.edition,
            hindrances=tuple(whole.hindrances),
            items=[ItemView.of(item) for item in whole.items],
        )


class CommentView(BaseModel):
    """A comment on a plan."""

    id: UUID
    edition: int
    serial: str | None
    unit: str
    text: str
    commented_at: datetime
    taken: bool | None
    answer: str | None
    answered_at: datetime | None

    @classmethod
    def of(cls, comment: PlanComment) -> Self:
        """Show a comment."""
        return cls(**{name: getattr(comment, name) for name in cls.model_fields})


class Comments(BaseModel):
    """All comments on a plan."""

    items: list[CommentView]


class StepView(BaseModel):
    """One line of a plan's history."""

    edition: int
    step: str
    occurred_at: datetime
    by: str
    by_role: str
    reason: str | None
    document: str | None

    @classmethod
    def of(cls, step: PlanStep) -> Self:
        """Show a line."""
        return cls(
            edition=step.edition,
            step=step.step,
            occurred_at=step.occurred_at,
            by=step.subject,
            by_role=step.role,
            reason=step.reason,
            document=step.document,
        )


class Steps(BaseModel):
    """A plan's history, oldest first."""

    items: list[StepView]


class DifferenceView(BaseModel):
    """What an edition makes of an item."""

    change: str = Field(description="added, removed, changed or same.")
    serial: str
    before: ItemView | None
    after: ItemView | None

    @classmethod
    def of(cls, difference: Difference) -> Self:
        """Show what became of an item."""
        before, after = difference.before, difference.after
        shown = after or before
        assert shown is not None  # noqa: S101 - one of them is there
        return cls(
            change=difference.kind,
            serial=shown.content.serial,
            before=None if before is None else ItemView.of(before),
            after=None if after is None else ItemView.of(after),
        )


class Differences(BaseModel):
    """What an edition makes of the one before."""

    items: list[DifferenceView]


class FaultView(BaseModel):
    """What cannot be taken of a file."""

    at: str = Field(description="Sheet and cell, or paragraph.")
    text: str
    reason: str
    expected: str | None

    @classmethod
    def of(cls, fault: CellFault) -> Self:
        """Show a fault."""
        return cls(at=fault.at, text=fault.text, reason=fault.reason, expected=fault.expected)


class ProposedView(BaseModel):
    """An item as the file gives it."""

    at: str
    change: str = Field(description="added, changed, same, or faulty.")
    item: ItemBody | None
    faults: list[FaultView]
    remarks: tuple[str, ...] = Field(description="What was read freely.")

    @classmethod
    def of(cls, item: ProposedItem) -> Self:
        """Show an item."""
        content = item.content
        said = {} if content is None else {name: getattr(content, name) for name in ItemContent.__dataclass_fields__}
        return cls(
            at=item.at,
            change=item.change,
            item=None if content is None else ItemBody.model_construct(**said),
            faults=[FaultView.of(fault) for fault in item.faults],
            remarks=item.remarks,
        )


class ProposalView(BaseModel):
    """What a file would make, or made, of a plan."""

    plan_id: UUID
    applied: bool
    added: int
    changed: int
    same: int
    faulty: int
    removed: tuple[str, ...] = Field(description="Serial numbers that the file lacks.")
    remarks: tuple[str, ...]
    items: list[ProposedView]

    @classmethod
    def of(cls, proposal: Proposal) -> Self:
        """Show a proposal."""
        kinds = ["faulty" if item.faults else item.change for item in proposal.items]
        return cls(
            plan_id=proposal.plan_id,
            applied=proposal.applied,
            removed=proposal.removed,
            remarks=proposal.remarks,
            items=[ProposedView.of(item) for item in proposal.items],
            **{kind: kinds.count(kind) for kind in ("added", "changed", "same", "faulty")},
        )
