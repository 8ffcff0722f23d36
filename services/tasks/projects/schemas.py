"""Bodies of the commands on major projects, and how projects are shown."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from services.tasks.projects.domain import MonthStatement, Project, ProjectDraft, ProjectYear
from services.tasks.projects.operations import Progress
from services.tasks.projects.store import UnitTotal
from shared.commands import CommandBody, Versioned
from shared.contracts.payload import UnitCode
from shared.text import LongText, Title

Amount = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=4, description="万元.")]
Shown = Annotated[Decimal, PlainSerializer(lambda amount: f"{amount:f}", return_type=str, when_used="json")]
"""An amount as people write it: 30000, which the database holds as 3E+4."""
Year = Annotated[int, Field(ge=2000, le=2199, strict=True)]
SectorCode = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", min_length=2, max_length=64)]
ProjectCode = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", min_length=2, max_length=64)]


class PlanYear(CommandBody):
    """A year's plan of a project."""

    year: Year
    planned: Amount
    total_investment: Amount | None = Field(None, description="Of the whole project; absent: as it was.")
    goal: LongText | None = Field(None, examples=["主体结构结顶"])

    def of(self, project: Project) -> ProjectDraft:
        """Return the plan as one of a known project."""
        total = project.total_investment if self.total_investment is None else self.total_investment
        return ProjectDraft(
            project.code, project.title, project.unit, project.sectors, total, self.year, self.planned, self.goal
        )


class PlanProject(PlanYear):
    """A major project as it enters a year's plan."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "nanxi-tourist-centre",
                    "title": "楠溪江旅游集散中心",
                    "unit": "330324-nxj",
                    "sectors": ["tourism"],
                    "year": 2026,
                    "planned": "12000",
                    "total_investment": "36000",
                    "goal": "主体结构结顶",
                }
            ]
        }
    )

    code: ProjectCode
    title: Title
    unit: UnitCode
    sectors: tuple[SectorCode, ...] = Field((), max_length=20)

    def draft(self) -> ProjectDraft:
        """Return the project as it is planned."""
        return ProjectDraft(**self.model_dump(exclude={"occurred_at"}))


class StateMonth(CommandBody):
    """A month's figures."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"month": "2026-03", "invested": "860.5", "node": "主体施工"}]}
    )

    month: str = Field(pattern=r"^2[01][0-9]{2}-(0[1-9]|1[0-2])$", examples=["2026-03"])
    invested: Annotated[Decimal, Field(max_digits=18, decimal_places=4, description="In the month, 万元.")]
    node: Title | None = Field(None, description="Progress node reached (形象进度).")
    note: LongText | None = None
    reason: LongText | None = Field(None, description="Why the month is stated again.")

    def progress(self) -> Progress:
        """Return what is stated."""
        year, month = map(int, self.month.split("-"))
        return Progress(year, month, self.invested, self.node, self.note, self.reason)


class MonthView(BaseModel):
    """What was stated of a month."""

    month: int
    edition: int = Field(description="1 is the first statement; each correction is the next.")
    invested: Shown
    node: str | None
    note: str | None
    stated_at: datetime
    stated_by: str
    reason: str | None

    @classmethod
    def of(cls, month: MonthStatement) -> Self:
        """Show a month."""
        return cls.model_validate(month, from_attributes=True)


class ProjectView(Versioned):
    """A major project in one year."""

    id: UUID
    code: str
    title: str
    unit: str
    sectors: tuple[str, ...]
    total_investment: Shown | None
    year: int
    planned: Shown
    goal: str | None
    invested: Shown = Field(description="From January on, 万元.")
    completion_rate: Decimal | None = Field(description="Per cent of the year's plan; null if nothing is planned.")
    last_month: int | None
    node: str | None
    months: list[MonthView]

    @classmethod
    def of(cls, year: ProjectYear) -> Self:
        """Show a project's year."""
        project = year.project
        return cls(
            version=project.version,
            id=project.id,
            code=project.code,
            title=project.title,
            unit=project.unit,
            sectors=project.sectors,
            total_investment=project.total_investment,
            year=year.year,
            planned=year.planned,
            goal=year.goal,
            invested=year.invested,
            completion_rate=year.completion_rate,
            last_month=year.last_month,
            node=year.node,
            months=[MonthView.of(each) for each in year.months],
        )


class ProjectDetail(Versioned):
    """A major project with all its years."""

    id: UUID
    code: str
    title: str
    unit: str
    years: list[ProjectView]

    @classmethod
    def of(cls, project: Project, years: list[ProjectYear]) -> Self:
        """Show a project."""
        return cls(
            version=project.version,
            id=project.id,
            code=project.code,
            title=project.title,
            unit=project.unit,
            years=[ProjectView.of(each) for each in years],
        )


class UnitTotalView(BaseModel):
    """What a unit's projects come to in a year."""

    unit: str
    projects: int
    planned: Shown
    invested: Shown
    completion_rate: Decimal | None

    @classmethod
    def of(cls, total: UnitTotal) -> Self:
        """Show a total."""
        return cls.model_validate(total, from_attributes=True)
