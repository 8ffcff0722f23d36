"""What others are told of the registry's facts: the payload of each, and the aggregate whose events tell it.

A unit's events tell of its duties too, a post's of its incumbents and portfolios, a body's of its memberships.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from services.registry import store
from services.registry.calendar.domain import CalendarYear
from services.registry.domain import Body, Document, Duty, Incumbency, Membership, Portfolio, Post, Sector, Unit
from services.registry.store import AggregateKind
from shared import outbox
from shared.commands import Act
from shared.contracts import registry as events
from shared.contracts.payload import Payload
from shared.postgres import Connection

UnitChange = Literal["renamed", "moved", "corrected"]


async def tell(conn: Connection, act: Act, payload: Payload, aggregate: str, kind: AggregateKind) -> int:
    """Append the event as the aggregate's next version and return that."""
    version = await store.next_version(conn, aggregate, kind)
    await append(conn, act, payload, aggregate, version)
    return version


async def append(conn: Connection, act: Act, payload: Payload, aggregate: str, version: int) -> None:
    """Append the event as a version that was taken before."""
    await outbox.append(conn, act.event(payload, subject=aggregate, version=version))


def post_aggregate(post: str) -> str:
    """Return the aggregate of a post."""
    return f"post:{post}"


def sector_aggregate(sector: str) -> str:
    """Return the aggregate of a sector or theme."""
    return f"sector:{sector}"


def calendar_aggregate(year: int) -> str:
    """Return the aggregate of a year's calendar."""
    return f"calendar-{year}"


def calendar_changed(calendar: CalendarYear) -> events.CalendarChanged:
    """Tell a year's working days."""
    return events.CalendarChanged(
        year=calendar.year,
        days_off=calendar.days_off,
        working_days=calendar.working_days,
        document=calendar.document,
    )


def document_recorded(document: Document) -> events.DocumentRecorded:
    """Tell that a document entered the registry."""
    return events.DocumentRecorded(
        number=document.number,
        title=document.title,
        issuer=document.issuer,
        written_on=document.written_on,
        printed_on=document.printed_on,
    )


def unit_registered(unit: Unit) -> events.UnitRegistered:
    """Tell that a unit entered the registry."""
    return events.UnitRegistered(
        unit=unit.code,
        name=unit.name,
        short_name=unit.short_name,
        aliases=unit.aliases,
        kind=unit.kind,
        valid_from=unit.valid_from,
        valid_to=unit.valid_to,
        document=unit.document,
        parent=unit.parent,
        social_credit_code=unit.social_credit_code,
    )


def unit_states(timeline: Sequence[Unit]) -> tuple[events.UnitState, ...]:
    """Tell all days of a unit."""
    return tuple(
        events.UnitState(
            name=unit.name,
            short_name=unit.short_name,
            aliases=unit.aliases,
            kind=unit.kind,
            parent=unit.parent,
            social_credit_code=unit.social_credit_code,
            valid_from=unit.valid_from,
            valid_to=unit.valid_to,
        )
        for unit in timeline
    )


def unit_changed(
    timeline: Sequence[Unit], change: UnitChange, document: str | None, effective_on: date | None = None
) -> events.UnitChanged:
    """Tell what a unit is in the end, and all its days; `effective_on` is the first day that changed."""
    unit = timeline[-1]
    return events.UnitChanged(
        unit=unit.code,
        name=unit.name,
        short_name=unit.short_name,
        aliases=unit.aliases,
        kind=unit.kind,
        valid_from=unit.valid_from,
        valid_to=unit.valid_to,
        change=change,
        effective_on=effective_on or unit.valid_from,
        document=document,
        parent=unit.parent,
        social_credit_code=unit.social_credit_code,
        states=unit_states(timeline),
    )


def post_changed(code: str, timeline: Sequence[Post], document: str | None) -> events.PostChanged:
    """Tell all days of a post."""
    states = tuple(
        events.PostState(title=post.title, unit=post.unit.code, valid_from=post.valid_from, valid_to=post.valid_to)
        for post in timeline
    )
    return events.PostChanged(post=code, states=states, document=document)


def incumbency_changed(incumbency: Incumbency, post: Post) -> events.IncumbencyChanged:
    """Tell on which days a post is held; not by whom. On no day: it never was."""
    return events.IncumbencyChanged(
        post=post.code,
        title=post.title,
        unit=post.unit.code,
        filled=incumbency.valid_from != incumbency.valid_to,
        valid_from=incumbency.valid_from,
        valid_to=incumbency.valid_to,
        incumbency_id=incumbency.id,
        document=incumbency.document,
    )


def portfolio_changed(portfolio: Portfolio, unit: str) -> events.PortfolioChanged:
    """Tell what a post of a unit is in charge of."""
    return events.PortfolioChanged(
        portfolio_id=portfolio.id,
        post=portfolio.post,
        unit=unit,
        scope=portfolio.scope,
        sectors=tuple(sector.code for sector in portfolio.sectors),
        units=tuple(unit.code for unit in portfolio.units),
        valid_from=portfolio.valid_from,
        valid_to=portfolio.valid_to,
        document=portfolio.document,
    )


def body_changed(timeline: Sequence[Body]) -> events.BodyChanged:
    """Tell what a body is in the end, and all its days."""
    body = timeline[-1]
    return events.BodyChanged(
        body=body.code,
        name=body.name,
        office_unit=_office(body),
        valid_from=body.valid_from,
        valid_to=body.valid_to,
        states=tuple(
            events.BodyState(
                name=each.name, office_unit=_office(each), valid_from=each.valid_from, valid_to=each.valid_to
            )
            for each in timeline
        ),
    )


def _office(body: Body) -> str | None:
    return None if body.office_unit is None else body.office_unit.code


def sector_changed(code: str, timeline: Sequence[Sector]) -> events.SectorChanged:
    """Tell all days of a sector or theme."""
    states = tuple(
        events.SectorState(
            name=sector.name,
            kind=sector.kind,
            within=sector.within,
            gbt4754_class=sector.gbt4754_class,
            gbt4754_edition=sector.gbt4754_edition,
            valid_from=sector.valid_from,
            valid_to=sector.valid_to,
        )
        for sector in timeline
    )
    return events.SectorChanged(sector=code, states=states)


def membership_changed(membership: Membership) -> events.MembershipChanged:
    """Tell who has a role in a body."""
    return events.MembershipChanged(
        membership_id=membership.id,
        body=membership.body,
        role=membership.role,
        holder_unit=membership.holder.unit,
        holder_post=membership.holder.post,
        valid_from=membership.valid_from,
        valid_to=membership.valid_to,
        document=membership.document,
    )


def _clauses(duty: Duty) -> tuple[events.DutyClause, ...]:
    return tuple(
        events.DutyClause(
            kind=clause.kind,
            objects=tuple(sector.code for sector in clause.objects),
            partners=tuple(partner.code for partner in clause.partners),
        )
        for clause in duty.clauses
    )


def duty_assigned(duty: Duty) -> events.DutyAssigned:
    """Tell with whom a duty item rests."""
    return events.DutyAssigned(
        duty=duty.code,
        unit=duty.holder.unit,
        post=duty.holder.post,
        clauses=_clauses(duty),
        valid_from=duty.valid_from,
        valid_to=duty.valid_to,
        document=duty.document,
    )


def duty_revoked(duty: Duty, revoked_on: date, document: str | None) -> events.DutyRevoked:
    """Tell up to which day a duty item rested with its holder."""
    return events.DutyRevoked(
        duty=duty.code,
        unit=duty.holder.unit,
        post=duty.holder.post,
        clauses=_clauses(duty),
        valid_from=duty.valid_from,
        revoked_on=revoked_on,
        document=document,
    )
