"""What the office sends to set a year's working days."""

from pydantic import ConfigDict, Field

from services.registry.schemas import DocumentNumber
from shared.clock import Day
from shared.commands import CommandBody


class SetCalendar(CommandBody):
    """Set a year's working days in whole: weekdays that are off, weekend days that are worked (调休)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "days_off": ["2027-01-01", "2027-02-08"],
                    "working_days": ["2027-01-03"],
                    "document": "国办发明电〔2026〕7号",
                }
            ]
        }
    )

    days_off: tuple[Day, ...] = Field(max_length=366)
    working_days: tuple[Day, ...] = Field(max_length=366)
    document: DocumentNumber | None = None
