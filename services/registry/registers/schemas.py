"""What callers send to the registers. Each register's own fields are in `kinds.py`."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from services.registry.schemas import DocumentNumber, UnitCode
from shared.clock import Day
from shared.commands import CommandBody
from shared.text import LongText, Title


class EntryContent(BaseModel):
    """What an entry says; also a row of a file."""

    key: Title = Field(description="What the register calls its entry, e.g. a standard's number.")
    title: Title
    unit: UnitCode | None = Field(None, description="The unit in charge of the entry.")
    sectors: tuple[str, ...] = Field((), max_length=50, description="Codes of sectors or themes.")
    status: str = Field(description="One of the register's states, see GET /v1/registers.", max_length=32)
    fields: dict[str, Any] = Field(default_factory=dict, description="What this register keeps besides.")
    document: DocumentNumber | None = Field(None, description="The document by which it is so.")


class RecordEntry(CommandBody, EntryContent):
    """Enter an entry from a day on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "key": "GB/T 28003-2011",
                    "title": "实施卓越绩效评价 旅游服务指南",
                    "unit": "330324-zjj",
                    "sectors": ["tourism"],
                    "status": "in_force",
                    "fields": {"level": "national", "issued_on": "2011-10-31"},
                    "valid_from": "2012-02-01",
                }
            ]
        }
    )

    valid_from: Day = Field(description="First day.")
    valid_to: Day | None = Field(None, description="The day before which it ends; null: open.")

    @model_validator(mode="after")
    def _days_in_order(self) -> Self:
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise PydanticCustomError(
                "days",
                "valid_to {valid_to} is not after valid_from {valid_from}",
                {
                    "valid_to": self.valid_to.isoformat(),
                    "valid_from": self.valid_from.isoformat(),
                    "expected": "a valid_to after valid_from",
                },
            )
        return self


class AmendEntry(RecordEntry):
    """Say what an entry is from a day on; all of it, not the difference."""

    correction: bool = Field(False, description="What was known of these days was wrong, not changed since.")  # noqa: FBT003 - a default
    reason: LongText | None = None


class EndEntry(CommandBody):
    """End an entry."""

    ends_on: Day = Field(description="First day on which it stands in the register no longer.")
    document: DocumentNumber | None = None
    reason: LongText | None = None
