"""Events of a major project (重大项目); the key is the project's id."""

from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from shared.contracts.payload import Payload, UnitCode


class ProjectPlanned(Payload):
    """A major project stands in a year's plan with this investment. The aggregate is the project."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.project-planned.v1"

    project_id: UUID = Field(description="Id of the project.")
    title: str = Field(min_length=1, max_length=200)
    unit: UnitCode
    year: int = Field(description="Year of the plan.")
    planned_in_year: Decimal = Field(description="Investment planned for the year, 10,000 yuan (万元).")
    total_investment: Decimal | None = Field(None, description="Of the whole project, 10,000 yuan (万元).")
    sectors: tuple[str, ...] = Field((), description="Codes of the sectors concerned.")


class ProjectProgressed(Payload):
    """A month's figures of a major project (重大项目). The aggregate is the project."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.project-progressed.v1"

    project_id: UUID = Field(description="Id of the project.")
    title: str = Field(min_length=1, max_length=200)
    unit: UnitCode
    month: str = Field(pattern=r"^[0-9]{4}-[0-9]{2}$", description="The month that is stated.")
    invested: Decimal = Field(description="Completed in the month, 10,000 yuan (万元).")
    invested_to_date: Decimal = Field(description="From January up to this month.")
    planned_in_year: Decimal = Field(description="Investment planned for the year.")
    node: str | None = Field(None, description="Progress node reached.")
    completion_rate: Decimal | None = Field(None, description="Invested in the year to date, per cent of its plan.")
