"""Records as facts of the registry, on the days that the record states."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypedDict

from services.registry.domain import (
    Body,
    Clause,
    Document,
    Duty,
    Holder,
    Incumbency,
    Membership,
    Named,
    Obligation,
    Portfolio,
    Post,
    Sector,
    Unit,
)
from services.registry.exchange.records import Record


class _Days(TypedDict):
    valid_from: date
    valid_to: date | None


def document_of(record: Record) -> Document:
    """Return a document."""
    return Document(
        number=record["number"],
        title=record["title"],
        issuer=record["issuer"],
        written_on=_day(record["written_on"]),
        printed_on=_day_or_none(record.get("printed_on")),
        addressees=_texts(record, "addressees"),
        copies=_texts(record, "copies"),
        subject_words=_texts(record, "subject_words"),
    )


def unit_of(record: Record) -> Unit:
    """Return a unit."""
    return Unit(
        code=record["code"],
        name=record["name"],
        short_name=record["short_name"],
        aliases=_texts(record, "aliases"),
        kind=record["kind"],
        parent=record.get("parent"),
        social_credit_code=record.get("social_credit_code"),
        note=record.get("note"),
        document=record.get("document"),
        **_days(record),
    )


def post_of(record: Record) -> Post:
    """Return a post."""
    return Post(code=record["code"], title=record["title"], unit=Named(record["unit"]), **_days(record))


def incumbency_of(record: Record) -> Incumbency:
    """Return who is in a post."""
    return Incumbency(post=record["post"], person=record["person"], document=record.get("document"), **_days(record))


def body_of(record: Record) -> Body:
    """Return a body."""
    office = record.get("office")
    return Body(
        code=record["code"],
        name=record["name"],
        office_unit=None if office is None else Named(office),
        note=record.get("note"),
        source=record.get("source"),
        **_days(record),
    )


def obligation_of(record: Record) -> Obligation:
    """Return what a body owes in a year."""
    return Obligation(
        body=record["body"],
        kind=record["kind"],
        times_per_year=record.get("times_per_year"),
        windows=_texts(record, "windows"),
        hears=_texts(record, "hears"),
        decides=_texts(record, "decides"),
        source=record["source"],
        **_days(record),
    )


def membership_of(record: Record) -> Membership:
    """Return a membership."""
    return Membership(
        body=record["body"],
        role=record["role"],
        holder=_holder(record),
        document=record.get("document"),
        source=record.get("source"),
        **_days(record),
    )


def sector_of(record: Record) -> Sector:
    """Return a sector or theme."""
    return Sector(
        code=record["code"],
        name=record["name"],
        kind=record["kind"],
        within=record.get("within"),
        gbt4754_class=record.get("gbt4754_class"),
        gbt4754_edition=record.get("gbt4754_edition"),
        **_days(record),
    )


def duty_of(record: Record) -> Duty:
    """Return a duty."""
    return Duty(
        code=record["code"],
        article=record["article"],
        number=record["number"],
        holder=_holder(record),
        text=record["text"],
        source=record["source"],
        document=record["document"],
        clauses=tuple(_clause(clause) for clause in record["clauses"]),
        **_days(record),
    )


def portfolio_of(record: Record) -> Portfolio:
    """Return what a post is in charge of."""
    return Portfolio(
        post=record["post"],
        scope=record["scope"],
        source=record["source"],
        document=record.get("document"),
        sectors=_named(record, "sectors"),
        units=_named(record, "units"),
        **_days(record),
    )


def _clause(clause: Mapping[str, Any]) -> Clause:
    return Clause(
        kind=clause["clause_kind"],
        text=clause["clause_text"],
        objects=_named(clause, "objects"),
        partners=_named(clause, "partners"),
    )


def _holder(record: Record) -> Holder:
    return Holder(unit=record.get("holder_unit"), post=record.get("holder_post"))


def _named(record: Record, field: str) -> tuple[Named, ...]:
    return tuple(Named(code) for code in record.get(field) or ())


def _texts(record: Record, field: str) -> tuple[str, ...]:
    found: Sequence[str] = record.get(field) or ()
    return tuple(found)


def _days(record: Record) -> _Days:
    return {"valid_from": _day(record["valid_from"]), "valid_to": _day_or_none(record.get("valid_to"))}


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _day_or_none(text: str | None) -> date | None:
    return None if text is None else _day(text)
