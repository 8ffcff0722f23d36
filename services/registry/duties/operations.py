"""Documents, sectors and duties by command; what a duty names must be in the registry on all of its days."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TypeVar

from services.registry import assigning, keeping, store
from services.registry.changes import store as changes
from services.registry.changes.domain import uncovered
from services.registry.changes.operations import changing
from services.registry.domain import Days, Document, Duty, DutyFilter, Fact, Sector, Viewpoint
from services.registry.duties.schemas import (
    AmendDuty,
    AssignDuty,
    CorrectDuty,
    EndSector,
    EnterSector,
    RecordDocument,
    RevokeDuty,
)
from services.registry.errors import (
    DanglingError,
    DutyNotFoundError,
    OverlapError,
    SectorNotFoundError,
    not_on_these_days,
)
from services.registry.organisation import store as hanging
from shared.auth import Role
from shared.commands import Act
from shared.errors import ConflictError, InvalidError, invalid, unknown_code
from shared.postgres import Connection

F = TypeVar("F", bound=Fact)


async def record_document(conn: Connection, act: Act, body: RecordDocument) -> Document:
    """Record a document once."""
    act.principal.require(Role.OFFICE)
    async with changing(conn, act, "record-document", document=body.number):
        if await store.document_numbers(conn, [body.number]):
            raise ConflictError(f"{body.number} is recorded already", ["another number"])
        await keeping.enter_document(conn, act, body.as_document())
    return body.as_document()


async def enter_sector(conn: Connection, act: Act, code: str, body: EnterSector) -> Sector:
    """Enter a sector, or say what it is from a day on up to its next change that is known already."""
    act.principal.require(Role.OFFICE)
    async with changing(conn, act, "enter-sector", document=body.document):
        sector = body.as_sector(code)
        known = await changes.sector_timeline(conn, code)
        if sector.within == code:
            raise invalid("within", f"{code} cannot be part of itself", "a wider sector")
        if sector.within is not None:
            await _expect_sector(conn, "within", sector.within, sector.days)
        later = [each.valid_from for each in known if each.valid_from > body.effective_on]
        standing = [each for each in known if each.holds_on(body.effective_on)]
        end = standing[0].valid_to if standing else later[0] if later else None
        await keeping.amend_sector(conn, act, sector.on(Days(body.effective_on, end)))
    return sector


async def end_sector(conn: Connection, act: Act, code: str, body: EndSector) -> Sector:
    """Let a sector be no more from a day on."""
    act.principal.require(Role.OFFICE)
    async with changing(conn, act, "end-sector", document=body.document):
        known = await changes.sector_timeline(conn, code)
        if not known:
            raise SectorNotFoundError(f"there is no sector or theme {code}")
        _standing(known, body.effective_on, code)
        naming = await hanging.open_on_sector(conn, code, body.effective_on)
        if naming:
            said = ", ".join(map(str, naming))
            raise DanglingError(f"{code} is still named by {said}", ["end or change these first", "a later day"])
        await keeping.end_sector(conn, act, code, body.effective_on)
    return known[-1].on(Days(known[-1].valid_from, body.effective_on))


async def assign(conn: Connection, act: Act, body: AssignDuty) -> Duty:
    """Assign a duty item; refuse a code that rests with someone on some of these days, naming who."""
    act.principal.require(Role.OFFICE)
    duty = body.as_duty()
    async with changing(conn, act, "assign-duty", document=body.document):
        for other in await changes.duty_timeline(conn, duty.code):
            if other.days.overlaps(duty.days):
                raise OverlapError(
                    f"duty {duty.code} rests with {other.holder.code} {other.days} by {other.document}",
                    [f"days before {other.valid_from}", "amend or revoke it first"],
                )
        await check(conn, duty)
        await assigning.enter_duty(conn, act, duty)
    return await _read(conn, duty)


async def amend(conn: Connection, act: Act, code: str, body: AmendDuty) -> Duty:
    """Amend a duty item from a day on, up to its next change that is known already."""
    act.principal.require(Role.OFFICE)
    async with changing(conn, act, "amend-duty", document=body.document):
        known = await _timeline(conn, code)
        duty = _standing(known, body.effective_on, code)
        amended = replace(duty.on(duty.days.since(body.effective_on) or duty.days), **body.content)
        await check(conn, amended)
        await assigning.amend_duty(conn, act, amended, document=body.document)
    return await _read(conn, amended)


async def revoke(conn: Connection, act: Act, code: str, body: RevokeDuty) -> Duty:
    """Revoke a duty item from a day on."""
    act.principal.require(Role.OFFICE)
    async with changing(conn, act, "revoke-duty", document=body.document):
        known = await _timeline(conn, code)
        duty = await _read(conn, _standing(known, body.effective_on, code))
        await assigning.end_duty(conn, act, code, body.days, document=body.document)
    return duty.on(Days(duty.valid_from, body.effective_on))


async def correct(conn: Connection, act: Act, code: str, body: CorrectDuty) -> Duty:
    """Correct what the registry knew of a duty item on some days."""
    act.principal.require(Role.OFFICE)
    async with changing(conn, act, "correct-duty", correction=True, reason=body.reason):
        known = await _timeline(conn, code)
        if body.never:
            rows = [duty for duty in known if duty.days.overlaps(body.days)]
            if not rows:
                raise invalid("valid_from", f"duty {code} is not known {body.days} anyway", "days on which it is")
            withdrawn = await _read(conn, rows[0])
            await assigning.end_duty(conn, act, code, body.days)
            return withdrawn
        gaps = uncovered(body.days, [duty.days for duty in known])
        rows = [duty.on(days) for duty in known if (days := duty.days.common(body.days)) is not None]
        rows += [known[0].on(gap) for gap in gaps]
        corrected = [replace(row, **body.content) for row in rows]
        for each in corrected:
            await check(conn, each)
            await assigning.amend_duty(conn, act, each)
    return await _read(conn, corrected[0])


async def check(conn: Connection, duty: Duty) -> None:
    """Refuse a duty that names what is not recorded, or not there on all of its days."""
    if not await store.document_numbers(conn, [duty.document]):
        known = await store.document_numbers(conn, None)
        raise InvalidError(unknown_code("document", duty.document, known))
    holder = duty.holder
    if holder.unit is not None and not await store.unit_covers(conn, holder.unit, duty.valid_from, duty.valid_to):
        raise not_on_these_days("holder.unit", holder.unit, await store.unit_codes(conn))
    if holder.post is not None and not await store.post_covers(conn, holder.post, duty.valid_from, duty.valid_to):
        raise not_on_these_days("holder.post", holder.post, await store.post_codes(conn))
    for number, clause in enumerate(duty.clauses):
        for index, sector in enumerate(clause.objects):
            await _expect_sector(conn, f"clauses.{number}.objects.{index}", sector.code, duty.days)
        for index, partner in enumerate(clause.partners):
            if not await store.unit_covers(conn, partner.code, duty.valid_from, duty.valid_to):
                field = f"clauses.{number}.partners.{index}"
                raise not_on_these_days(field, partner.code, await store.unit_codes(conn))


async def _expect_sector(conn: Connection, field: str, code: str, days: Days) -> None:
    timeline = await changes.sector_timeline(conn, code)
    if uncovered(days, [sector.days for sector in timeline]):
        raise not_on_these_days(field, code, await store.sector_codes(conn))


async def _timeline(conn: Connection, code: str) -> list[Duty]:
    known = await changes.duty_timeline(conn, code)
    if not known:
        raise DutyNotFoundError(f"there is no duty {code}")
    return known


def _standing(known: Sequence[F], day: date, code: str) -> F:
    for each in known:
        if each.holds_on(day):
            return each
    said = "; ".join(str(each.days) for each in known)
    raise invalid("effective_on", f"{code} is not in force on {day}", f"a day on which it is: {said}")


async def _read(conn: Connection, duty: Duty) -> Duty:
    """Return the duty as it is read on its first day, with names."""
    return (await store.list_duties(conn, Viewpoint(duty.valid_from), DutyFilter(code=duty.code)))[0]
