"""The periods of a definition in a year: when each opens and falls due, as it stands now."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from services.tasks.errors import DefinitionNotFoundError
from services.tasks.reports import store
from services.tasks.reports.calendar import store as calendar_store
from services.tasks.reports.definitions import NextOpening, PeriodDecision, ReportDefinition
from services.tasks.reports.periods import last_day, next_period, period_of
from shared.postgres import Connection
from shared.workdays import UnknownYearError, Workdays


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """One period of a definition."""

    period: str
    opens_at: datetime
    due_at: datetime | None
    due_unknown: str | None
    own_due: bool
    exempt: bool
    reason: str | None
    opened_at: datetime | None


async def periods_of_year(conn: Connection, code: str, year: int) -> tuple[NextOpening, list[PeriodRow]]:
    """Return a definition's head and its periods that end in a year; none if it follows no calendar."""
    definition = await store.find_definition(conn, code)
    head = await store.find_head(conn, code)
    if definition is None or head is None:
        raise DefinitionNotFoundError(code)
    if definition.period_kind == "occasion":
        return head, []
    decided = {each.period: each for each in await calendar_store.periods_of(conn, code)}
    workdays = await calendar_store.workdays(conn)
    return head, [_row(definition, period, decided.get(period), workdays) for period in _within(definition, year)]


def _within(definition: ReportDefinition, year: int) -> Iterator[str]:
    period = period_of(definition.period_kind, date(year, 1, 1))
    while last_day(definition.period_kind, period).year == year:
        yield period
        period = next_period(definition.period_kind, period)


def _row(definition: ReportDefinition, period: str, decided: PeriodDecision | None, workdays: Workdays) -> PeriodRow:
    decision = decided or PeriodDecision(definition.code, period)
    due_at, unknown = decision.due_at or decision.opened_due_at, None
    if due_at is None and not decision.exempt:
        try:
            due_at = definition.due_rule.due_at(last_day(definition.period_kind, period), workdays)
        except UnknownYearError as error:
            unknown = str(error)
    return PeriodRow(
        period=period,
        opens_at=definition.opens_at(period),
        due_at=due_at,
        due_unknown=unknown,
        own_due=decision.due_at is not None,
        exempt=decision.exempt,
        reason=decision.reason,
        opened_at=decision.opened_at,
    )
