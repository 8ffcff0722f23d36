"""What callers of imports, exports and differences are shown."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from services.registry.exchange.comparing import Difference
from services.registry.exchange.lists import LISTS
from services.registry.exchange.plans import KeptLine, KeptPlan, PlanState


class FaultView(BaseModel):
    """What is wrong in one cell, and what would be right."""

    place: str = Field(description="Cell, e.g. C7; in YAML the path, e.g. units.3.kind.", examples=["C7"])
    field: str
    heading: str = Field(description="The column's Chinese header.")
    value: str
    reason: str
    expected: str | None
    suggestions: list[str] = Field(description="Near misses; none was taken.")


class ChangeView(BaseModel):
    """A field that says something else."""

    field: str
    before: Any
    after: Any


class LineView(BaseModel):
    """A row of the file, and what would become of it."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    list: str = Field(examples=["units"])
    sheet: str = Field(examples=["单位"])
    row: int | None = Field(description="Row of the sheet; null for what is missing from a complete list.")
    key: str
    action: Literal["new", "changed", "ended", "unchanged", "bad"]
    ends_on: date | None
    changes: tuple[ChangeView, ...]
    faults: tuple[FaultView, ...]

    @classmethod
    def of(cls, line: KeptLine) -> Self:
        """Return the view of a line."""
        return cls.model_validate(
            {
                "number": line.number, "list": line.list, "sheet": line.sheet, "row": line.row_number,
                "key": line.key, "action": line.action, "ends_on": line.ends_on, "changes": line.changes,
                "faults": line.faults,
            }
        )  # fmt: skip


class CountsView(BaseModel):
    """How many rows of a list become what."""

    list: str
    sheet: str
    new: int = 0
    changed: int = 0
    ended: int = 0
    unchanged: int = 0
    bad: int = 0


class PlanView(BaseModel):
    """An import: its file, how far its plan is, what it comes to."""

    id: str
    file: str
    file_sha256: str
    state: PlanState
    rows_total: int
    rows_done: int
    effective_on: date
    document: str | None
    complete: bool
    lists: list[CountsView]
    remarks: list[str] = Field(description="What of the file was not read, and why.")
    failure: str | None
    can_be_applied: bool
    created_at: datetime
    created_by: str
    touched_at: datetime
    applied_at: datetime | None
    applied_by: str | None

    @classmethod
    def of(cls, plan: KeptPlan) -> Self:
        """Return the view of a plan."""
        return cls(
            id=plan.id,
            file=plan.file_name,
            file_sha256=plan.file_digest,
            state=plan.state,
            rows_total=plan.rows_total,
            rows_done=plan.rows_done,
            effective_on=plan.effective_on,
            document=plan.document,
            complete=plan.complete,
            lists=[_counts(name, counts) for name, counts in _ordered(plan.counts)],
            remarks=list(plan.remarks),
            failure=plan.failure,
            can_be_applied=plan.state == "planned" and plan.count("bad") == 0,
            created_at=plan.created_at,
            created_by=plan.created_by,
            touched_at=plan.touched_at,
            applied_at=plan.applied_at,
            applied_by=plan.applied_by,
        )


class DifferenceView(BaseModel):
    """What differs between two days in one list."""

    list: str
    key: str
    name: str = Field(description="What it is called in Chinese, where it has a name.")
    what: Literal["new", "ended", "changed"]
    changes: tuple[ChangeView, ...]

    @classmethod
    def of(cls, difference: Difference) -> Self:
        """Return the view of a difference."""
        return cls(
            list=difference.list,
            key=difference.key,
            name=difference.name,
            what=difference.what,
            changes=tuple(
                ChangeView(field=each.field, before=each.before, after=each.after) for each in difference.changes
            ),
        )


class DiffView(BaseModel):
    """What is otherwise on the later day."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    from_day: date = Field(alias="from")
    to_day: date = Field(alias="to")
    counts: Mapping[str, Mapping[str, int]] = Field(description="Of all differences, by list.")
    items: list[DifferenceView]
    next: str | None = Field(description="Cursor of the next page; null on the last.")


def _ordered(counts: Mapping[str, Mapping[str, int]]) -> list[tuple[str, Mapping[str, int]]]:
    return [(name, counts[name]) for name in LISTS if name in counts]


def _counts(name: str, counts: Mapping[str, int]) -> CountsView:
    sheet = next(kind.sheet for kind in LISTS.values() if kind.name == name)
    return CountsView(list=name, sheet=sheet, **counts)
