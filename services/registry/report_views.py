"""What callers are shown of what the registry derives: the duty matrix and the coverage report."""

from dataclasses import asdict
from datetime import date
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from services.registry.coverage import Coverage, Severity
from services.registry.domain import DutyKind, SectorKind
from services.registry.matrix import Cell, MatrixRow
from services.registry.views import NamedView


class CellView(BaseModel):
    """A unit's duties for a sector."""

    model_config = ConfigDict(from_attributes=True)

    unit: NamedView
    kinds: list[DutyKind] = Field(description="Kinds of its own clauses.")
    partner_kinds: list[DutyKind] = Field(description="Kinds of clauses in which it is a partner.")
    sources: list[str] = Field(examples=[["三.19"]])

    @classmethod
    def of(cls, cell: Cell) -> Self:
        """Return the view of a cell."""
        return cls.model_validate(cell)


class MatrixRowView(BaseModel):
    """One sector's row of the duty matrix; units without a duty for it are left out."""

    sector: NamedView
    kind: SectorKind
    cells: list[CellView]

    @classmethod
    def of(cls, row: MatrixRow) -> Self:
        """Return the view of a row."""
        return cls(
            sector=NamedView(code=row.sector.code, name=row.sector.name),
            kind=row.sector.kind,
            cells=[CellView.of(cell) for cell in row.cells],
        )


class FindingView(BaseModel):
    """One gap or overlap."""

    code: str
    name: str
    remark: str = Field(description="Why, in Chinese, citing the source items.")
    severity: Severity = Field(description="high: nobody does it; medium: several do, or nobody sees it; low.")


class CoverageView(BaseModel):
    """Gaps and overlaps of the division of work on a day."""

    as_of: date
    body: str
    note: str | None = Field(description="What the document leaves open (等单位), in Chinese.")
    duty_holders_not_members: list[FindingView]
    members_without_duty: list[FindingView]
    sectors_counted_not_guided: list[FindingView]
    sectors_guided_not_counted: list[FindingView]
    sectors_guided_by_several: list[FindingView] = Field(description="Word for word.")
    sectors_guided_by_several_with_parts: list[FindingView] = Field(description="When named parts are added.")
    sectors_without_guide: list[FindingView]

    @classmethod
    def of(cls, coverage: Coverage, as_of: date, body: str) -> Self:
        """Return the view of a report."""
        return cls(as_of=as_of, body=body, **asdict(coverage))
