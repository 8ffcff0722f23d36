"""A year's division plan and its items: rows, states, what an amendment changes. Pure.

Source: 永政办发〔2009〕106号 二.2: each year's key points and the division of key tasks among the members.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from services.tasks.transitions import Transition, TransitionTable
from shared.auth import Role
from shared.text import digest


class PlanState(StrEnum):
    """States of a plan."""

    DRAFT = "draft"
    CIRCULATED = "circulated"
    SUBMITTED = "submitted"
    ADOPTED = "adopted"
    ISSUED = "issued"
    DISCARDED = "discarded"


_OFFICE = frozenset({Role.OFFICE})
_WRITING = frozenset({PlanState.DRAFT, PlanState.CIRCULATED})

PLAN_TRANSITIONS = TransitionTable(
    Transition("circulate", frozenset({PlanState.DRAFT}), PlanState.CIRCULATED, _OFFICE, "征求意见"),
    Transition("submit", _WRITING, PlanState.SUBMITTED, _OFFICE, "提请审议"),
    Transition("take-back", frozenset({PlanState.SUBMITTED, PlanState.ADOPTED}), PlanState.DRAFT, _OFFICE, "撤回"),
    Transition("adopt", frozenset({PlanState.SUBMITTED}), PlanState.ADOPTED, _OFFICE, "审议通过"),
    Transition("issue", frozenset({PlanState.ADOPTED}), PlanState.ISSUED, _OFFICE, "印发"),
    Transition("amend", frozenset({PlanState.ISSUED}), PlanState.ISSUED, _OFFICE, "调整"),
    Transition("discard", _WRITING, PlanState.DISCARDED, _OFFICE, "作废"),
)
"""The state machine of a plan; a meeting's decision adopts it, or returns it to the draft."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan: the edition in force, the one being written."""

    id: UUID
    year: int
    title: str
    text: str | None
    tags: tuple[str, ...]
    state: str
    edition: int
    drafted_edition: int | None
    version: int
    document: str | None
    meeting_id: UUID | None
    adopted_on: date | None
    conditional: bool
    decision: str | None
    decided_at: datetime | None
    comments_due_on: date | None
    created_at: datetime
    submitted_at: datetime | None
    issued_at: datetime | None
    correlation_id: str
    edits: int

    @property
    def shown_edition(self) -> int:
        """Return the edition that is in force, or being written while none is."""
        return self.edition or self.drafted_edition or 1


@dataclass(frozen=True, slots=True)
class ItemContent:
    """What an item says."""

    serial: str
    title: str
    weight: Decimal
    due_on: date
    lead_unit: str
    cooperating_units: tuple[str, ...] = ()
    section: str | None = None
    text: str | None = None
    target: str | None = None
    target_value: Decimal | None = None
    target_unit: str | None = None
    leader: str | None = None
    leader_post: str | None = None
    tags: tuple[str, ...] = ()
    kind: str | None = None
    joint_with: str | None = None
    task_id: UUID | None = None


CONTENT = tuple(field.name for field in fields(ItemContent))
"""The columns that an item's content has."""


@dataclass(frozen=True, slots=True)
class PlanItem:
    """An item of one edition."""

    plan_id: UUID
    edition: int
    item_id: UUID
    position: int
    content: ItemContent

    @property
    def origin(self) -> str:
        """Return what makes its task the only one."""
        return f"plan:{self.plan_id}:{self.item_id}"


@dataclass(frozen=True, slots=True)
class PlanComment:
    """What a unit says of a circulated draft, and the office's answer."""

    id: UUID
    plan_id: UUID
    edition: int
    serial: str | None
    unit: str
    text: str
    commented_by: str
    commented_at: datetime
    taken: bool | None
    answer: str | None
    answered_by: str | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One line of a plan's history."""

    plan_id: UUID
    edition: int
    step: str
    occurred_at: datetime
    subject: str
    role: str
    reason: str | None = None
    document: str | None = None
    id: int = 0


@dataclass(frozen=True, slots=True)
class ServedItem:
    """A plan's item that a task serves."""

    plan_id: UUID
    item_id: UUID
    serial: str
    task_id: UUID


@dataclass(frozen=True, slots=True)
class UnitNames:
    """A unit and the names under which tables write it."""

    code: str
    name: str
    short_name: str
    aliases: tuple[str, ...]
    kind: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What becomes of one item from one edition to the next; `before` or `after` is missing if it is new or gone."""

    before: PlanItem | None
    after: PlanItem | None

    @property
    def kind(self) -> str:
        """Return added, removed, changed or same."""
        if self.before is None:
            return "added"
        if self.after is None:
            return "removed"
        return "same" if self.before.content == self.after.content else "changed"


def differences(before: Sequence[PlanItem], after: Sequence[PlanItem]) -> list[Difference]:
    """Return item by item what an edition makes of the one before: its items in order, then those gone."""
    earlier: Mapping[UUID, PlanItem] = {item.item_id: item for item in before}
    kept = {item.item_id for item in after}
    made = [Difference(earlier.get(item.item_id), item) for item in after]
    return made + [Difference(item, None) for item in before if item.item_id not in kept]


def content_digest(plan: Plan, items: Sequence[PlanItem]) -> str:
    """Return the digest of a plan's words, by which a meeting says which of them lay before it."""
    words = {"title": plan.title, "text": plan.text, "items": [asdict(item.content) for item in items]}
    return digest(json.dumps(words, ensure_ascii=False, sort_keys=True, default=str))


def joint_faults(items: Sequence[PlanItem]) -> list[tuple[str, str]]:
    """Return (serial, reason) of items that share a task with one that does not exist or shares itself."""
    by_serial = {item.content.serial: item for item in items}
    faults = []
    for item in items:
        other = by_serial.get(item.content.joint_with or "")
        if item.content.joint_with is None:
            continue
        if other is None:
            faults.append((item.content.serial, f"there is no item {item.content.joint_with} to share a task with"))
        elif other.content.joint_with is not None or other is item:
            faults.append((item.content.serial, f"item {item.content.joint_with} has no task of its own"))
    return faults
