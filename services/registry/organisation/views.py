"""What callers are shown of changes of organisation."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.registry.coverage import Severity
from services.registry.organisation.domain import ChangeKind, LineageEvent, OpenKind
from services.registry.views import NamedView


class EffectView(BaseModel):
    """What becomes of something that hung on a unit."""

    model_config = ConfigDict(from_attributes=True)

    kind: OpenKind
    key: str = Field(description="Code of the duty, body, post or unit.", examples=["3.20"])
    part: str | None = Field(description="The role, or the portfolio's scope.")
    outcome: Literal["goes", "ends", "stays"]
    to: str | None
    remark: str = Field(description="In Chinese.")


class WarningView(BaseModel):
    """What the change would leave open; applying it needs the code in `confirm`."""

    model_config = ConfigDict(from_attributes=True)

    code: str = Field(examples=["sectors_without_guide:hotels"])
    severity: Severity
    remark: str = Field(description="In Chinese.")


class OutcomeView(BaseModel):
    """What the change did, or would do."""

    model_config = ConfigDict(from_attributes=True)

    dry_run: bool
    change: int | None = Field(description="Id of the change; null if it was only tried.")
    effects: list[EffectView]
    warnings: list[WarningView]
    versions: dict[str, int] = Field(description="New versions of the units.")


class LineageEventView(BaseModel):
    """A change of organisation (http://www.w3.org/ns/org#ChangeEvent)."""

    model_config = ConfigDict(populate_by_name=True)

    id: UUID
    type: Literal["org:ChangeEvent"] = "org:ChangeEvent"
    kind: ChangeKind
    effective_on: date
    document: str | None
    recorded_at: datetime
    original_organization: list[NamedView] = Field(description="org:originalOrganization")
    resulting_organization: list[NamedView] = Field(description="org:resultingOrganization")

    @classmethod
    def of(cls, event: LineageEvent, before: Mapping[str, str], after: Mapping[str, str]) -> Self:
        """Return the view of a change with the units' names on the day before it and on its first day."""
        return cls(
            id=event.id,
            kind=event.kind,
            effective_on=event.effective_on,
            document=event.document,
            recorded_at=event.recorded_at,
            original_organization=[NamedView(code=code, name=before.get(code, "")) for code in event.original],
            resulting_organization=[NamedView(code=code, name=after.get(code, "")) for code in event.resulting],
        )


class LineageView(BaseModel):
    """Where a unit comes from and what became of it, through any number of changes."""

    unit: str
    as_of: date
    predecessors: list[NamedView] = Field(description="Units that it comes from.")
    successors: list[NamedView] = Field(description="Units that came from it.")
    events: list[LineageEventView] = Field(description="All changes on these ways, the oldest first.")

    @classmethod
    def of(
        cls,
        unit: str,
        as_of: date,
        ways: tuple[Sequence[str], Sequence[str]],
        events: list[LineageEventView],
        names: Mapping[str, str],
    ) -> Self:
        """Return the view of a lineage; `ways` are the units before and those after."""
        before, after = ([NamedView(code=code, name=names.get(code, "")) for code in way] for way in ways)
        return cls(unit=unit, as_of=as_of, predecessors=before, successors=after, events=events)
