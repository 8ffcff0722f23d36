"""What callers are shown of changes and of what was known."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from services.registry.changes.domain import Change
from services.registry.history.domain import KnownRow


class ChangeView(BaseModel):
    """One command that changed the registry."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    recorded_at: datetime = Field(description="Since when the registry knows it.")
    occurred_at: datetime
    subject: str = Field(description="Who: the token's subject.")
    role: str
    action: str = Field(examples=["rename-unit"])
    correction: bool = Field(description="Whether it says that what was known was wrong.")
    document: str | None = Field(examples=["永委办〔2026〕5号"])
    reason: str | None


class KnownRowView(BaseModel):
    """What the thing was on some days, as it was known for some time."""

    valid_from: date
    valid_to: date | None
    known_from: datetime
    known_to: datetime | None = Field(description="When it was superseded; null: it is known so today.")
    content: dict[str, Any] = Field(description="What the row says, without what is empty.")
    change: ChangeView = Field(description="What made it known.")
    superseded_by: ChangeView | None

    @classmethod
    def of(cls, row: KnownRow, changes: Mapping[int, Change]) -> Self:
        """Return the view of a row."""
        ended = None if row.superseded_by is None else ChangeView.model_validate(changes[row.superseded_by])
        return cls(
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            known_from=row.known_from,
            known_to=row.known_to,
            content=dict(row.content),
            change=ChangeView.model_validate(changes[row.change]),
            superseded_by=ended,
        )


class HistoryView(BaseModel):
    """Every row of a thing that was ever known, in the order in which the registry learnt them."""

    items: list[KnownRowView]

    @classmethod
    def of(cls, rows: Sequence[KnownRow], changes: Sequence[Change]) -> Self:
        """Return the view of a history with the changes that it names."""
        by_id = {change.id: change for change in changes}
        return cls(items=[KnownRowView.of(row, by_id) for row in rows])
