"""What can be done with report definitions and their periods: one command each, in its caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.tasks import units as unit_checks
from services.tasks.errors import DefinitionExistsError, DefinitionNotFoundError
from services.tasks.reports import store
from services.tasks.reports.calendar import store as calendar_store
from services.tasks.reports.calendar.openings import due_moment, expect_of
from services.tasks.reports.calendar.reporters import reporters_of
from services.tasks.reports.changes import ReportChange
from services.tasks.reports.definitions import NextOpening, Observed, PeriodDecision, ReportDefinition, Reporters
from services.tasks.reports.domain import Expected, Opened, Report, ReportState
from services.tasks.reports.errors import EditionStaleError, PeriodExemptError
from services.tasks.reports.periods import last_day
from services.tasks.reports.rules import rule_faults
from shared.auth import Role
from shared.commands import Act
from shared.errors import FieldFault, InvalidError, StaleError, invalid
from shared.postgres import Connection
from shared.workdays import UnknownYearError


async def define(conn: Connection, act: Act, new: ReportDefinition) -> ReportDefinition:
    """Define a report (office); from now on its periods open by themselves if it says who reports."""
    act.principal.require(Role.OFFICE)
    await _check(conn, act, new)
    if not await store.insert_definition(conn, _head(act, new, new.first_opening(act.occurred_at))):
        raise DefinitionExistsError(new.code)
    await store.insert_edition(conn, new, act.occurred_at, act.principal.subject)
    return new


async def revise(conn: Connection, act: Act, new: ReportDefinition) -> ReportDefinition:
    """Make the next edition of a definition (office): for periods that are opened from now on; others keep theirs."""
    act.principal.require(Role.OFFICE)
    head = await store.lock_definition(conn, new.code)
    current = await store.find_definition(conn, new.code)
    if head is None or current is None:
        raise DefinitionNotFoundError(new.code)
    if act.expected_version not in {None, head.version}:
        raise StaleError(f"If-Match names edition {act.expected_version}, the current one is {head.version}")
    if new.period_kind != current.period_kind:
        raise EditionStaleError(
            f"{new.code} is by {current.period_kind} and stays so: its periods follow each other; "
            f"define another report by {new.period_kind}",
            ("define",),
        )
    await _check(conn, act, new)
    edition = replace(new, version=head.version + 1)
    await store.insert_edition(conn, edition, act.occurred_at, act.principal.subject)
    first = head.next_period or edition.first_opening(act.occurred_at)
    await store.save_head(conn, replace(_head(act, edition, first), version=edition.version))
    return edition


def _head(act: Act, definition: ReportDefinition, first: str) -> NextOpening:
    """Return what opens next; a period whose moment has passed opens now, never before it was asked for."""
    if not definition.automatic:
        return NextOpening(definition.code, definition.version, None, None)
    moment = max(definition.opens_at(first), act.occurred_at)
    return NextOpening(definition.code, definition.version, first, moment)


async def _check(conn: Connection, act: Act, new: ReportDefinition) -> None:
    faults = rule_faults(new.rules, new.field_types)
    observed = Observed() if new.observed is None else new.observed
    for place, named in (
        ("reporters", new.reporters),
        ("observed.must", observed.must),
        ("observed.may", observed.may),
    ):
        faults += [] if named is None else await _unit_faults(conn, place, named)
    if faults:
        raise InvalidError(*faults)
    if new.first_period is not None:
        await _require_not_due(conn, act, new, new.first_period)


async def _unit_faults(conn: Connection, place: str, named: Reporters) -> list[FieldFault]:
    listed = unit_checks.named_in(f"{place}.units", named.units)
    spared = unit_checks.named_in(f"{place}.except_units", named.except_units)
    return [*unit_checks.repeated(listed), *await unit_checks.unknown(conn, {**listed, **spared})]


async def _require_not_due(conn: Connection, act: Act, new: ReportDefinition, first: str) -> None:
    """Refuse a first period that fell due already: nobody could report in time."""
    end = last_day(new.period_kind, first)
    try:
        due_at = new.due_rule.due_at(end, await calendar_store.workdays(conn))
    except UnknownYearError:
        return
    if due_at < act.occurred_at:
        raise invalid("first_period", f"{first} fell due at {due_at.isoformat()}", "a period that is not due yet")


async def open_period(conn: Connection, act: Act, code: str, period: str, units: Sequence[str] | None) -> Opened:
    """Expect a definition's report for a period (office), of named units or of those who must report.

    Of whom it is expected already, nothing changes.
    """
    act.principal.require(Role.OFFICE)
    definition = await _definition(conn, code)
    last_day(definition.period_kind, period)
    decided = await calendar_store.find_period(conn, code, period)
    if decided is not None and decided.exempt:
        raise PeriodExemptError(code, period, decided.reason)
    due_at = await due_moment(conn, definition, period, decided)
    named = await _named(conn, definition, period, units)
    expected = Expected(code, definition.version, period, due_at, act.correlation_id, act.occurred_at)
    opened = await expect_of(conn, act, expected, named)
    new = {report.id for report in opened}
    owed = await store.reports_of_period(conn, code, period, named)
    return Opened(definition, period, due_at, opened, [each for each in owed if each.id not in new])


async def _named(
    conn: Connection, definition: ReportDefinition, period: str, units: Sequence[str] | None
) -> Sequence[str]:
    if units is None:
        found = await reporters_of(conn, definition, period)
        if not found:
            raise invalid("units", "the definition names nobody who must report for this period", "units, by code")
        return found
    named = unit_checks.named_in("units", units)
    faults = [*unit_checks.repeated(named), *await unit_checks.unknown(conn, named)]
    if faults:
        raise InvalidError(*faults)
    return units


@dataclass(frozen=True, slots=True)
class PeriodDecided:
    """What was decided about a period, and what became of its reports."""

    decision: PeriodDecision
    moved: int
    withdrawn: int


async def decide_period(
    conn: Connection, act: Act, code: str, period: str, due_at: datetime | None, *, exempt: bool, reason: str
) -> PeriodDecided:
    """Give a period a due moment of its own, or exempt it (office); reports that are missing follow.

    With neither, the definition's rule holds again for periods that are not open yet.
    """
    act.principal.require(Role.OFFICE)
    definition = await _definition(conn, code)
    last_day(definition.period_kind, period)
    if await store.lock_definition(conn, code) is None:
        raise DefinitionNotFoundError(code)
    if due_at is not None and due_at <= act.occurred_at:
        raise InvalidError(
            FieldFault(field="due_on", reason=f"{due_at.isoformat()} has passed", expected="a later moment")
        )
    who = act.principal.subject
    decision = PeriodDecision(code, period, due_at, exempt, reason, act.occurred_at, who)
    await calendar_store.decide_period(conn, decision)
    changes = [ReportChange(report, act) for report in await _missing(conn, code, period)]
    for change in changes:
        _follow(change, decision, reason)
    touched = [change for change in changes if change.events]
    if touched:
        await store.save_changes(conn, touched)
    count = len(touched)
    return PeriodDecided(decision, moved=0 if exempt else count, withdrawn=count if exempt else 0)


async def _missing(conn: Connection, code: str, period: str) -> list[Report]:
    return await store.lock_reports_of_period(conn, code, period, [ReportState.OPEN, ReportState.OVERDUE])


def _follow(change: ReportChange, decision: PeriodDecision, reason: str) -> None:
    if decision.exempt:
        change.withdraw(reason)
    elif decision.due_at is not None and decision.due_at != change.report.due_at:
        change.reschedule(decision.due_at, reason)


async def _definition(conn: Connection, code: str) -> ReportDefinition:
    definition = await store.find_definition(conn, code)
    if definition is None:
        raise DefinitionNotFoundError(code)
    return definition
