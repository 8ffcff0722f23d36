"""Major projects: the year's plan, months, what it comes to. Amounts are 万元 (10,000 yuan). Pure.

Source: 永政办发〔2009〕106号 二.2: the coordination meeting deliberates the yearly plan of major projects.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

_TWO_PLACES = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class ProjectDraft:
    """A project as it enters a year's plan."""

    code: str
    title: str
    unit: str
    sectors: tuple[str, ...]
    total_investment: Decimal | None
    year: int
    planned: Decimal
    goal: str | None


@dataclass(frozen=True, slots=True)
class Project:
    """A major project."""

    id: UUID
    code: str
    title: str
    unit: str
    sectors: tuple[str, ...]
    total_investment: Decimal | None
    version: int
    registered_at: datetime
    correlation_id: str


@dataclass(frozen=True, slots=True)
class MonthStatement:
    """What was stated of a month; the newest edition counts, earlier ones are kept."""

    month: int
    edition: int
    invested: Decimal
    node: str | None
    note: str | None
    stated_at: datetime
    stated_by: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class ProjectYear:
    """A project in one year: plan, the months' newest statements in order."""

    project: Project
    year: int
    planned: Decimal
    goal: str | None
    months: tuple[MonthStatement, ...] = ()

    def invested_to(self, month: int) -> Decimal:
        """Return what was invested from January up to a month."""
        return sum((each.invested for each in self.months if each.month <= month), Decimal(0))

    @property
    def invested(self) -> Decimal:
        """Return what was invested in the year so far."""
        return self.invested_to(12)

    @property
    def completion_rate(self) -> Decimal | None:
        """Return the per cent of the year's plan that is invested; None if nothing is planned."""
        return rate(self.invested, self.planned)

    @property
    def last_month(self) -> int | None:
        """Return the last month of which something was stated."""
        return max((each.month for each in self.months), default=None)

    @property
    def node(self) -> str | None:
        """Return the node that was reached last."""
        return next((each.node for each in reversed(self.months) if each.node), None)

    def with_month(self, new: MonthStatement) -> "ProjectYear":
        """Return the year with a month stated, anew if it was stated before."""
        others = [each for each in self.months if each.month != new.month]
        return ProjectYear(self.project, self.year, self.planned, self.goal, in_order([*others, new]))


def in_order(months: Sequence[MonthStatement]) -> tuple[MonthStatement, ...]:
    """Return months as the year goes."""
    return tuple(sorted(months, key=lambda each: each.month))


def rate(invested: Decimal, planned: Decimal) -> Decimal | None:
    """Return the per cent of a plan that is done; None if nothing was planned."""
    return None if planned == 0 else (100 * invested / planned).quantize(_TWO_PLACES, ROUND_HALF_UP)
