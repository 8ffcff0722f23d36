"""Records of the database as the frozen rows of `domain`."""

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
    Unit,
)
from shared.postgres import Record


class _Days(TypedDict):
    valid_from: date
    valid_to: date | None
    position: int
    entry: int


def document_of(row: Record) -> Document:
    """Return a document."""
    return Document(
        number=row["number"],
        title=row["title"],
        issuer=row["issuer"],
        written_on=row["written_on"],
        printed_on=row["printed_on"],
        addressees=tuple(row["addressees"]),
        copies=tuple(row["copies"]),
        subject_words=tuple(row["subject_words"]),
        position=row["position"],
    )


def unit_of(row: Record) -> Unit:
    """Return a unit."""
    return Unit(
        code=row["code"],
        name=row["name"],
        short_name=row["short_name"],
        aliases=tuple(row["aliases"]),
        kind=row["kind"],
        parent=row["parent"],
        social_credit_code=row["social_credit_code"],
        note=row["note"],
        document=row["document"],
        version=row["version"],
        **_days(row),
    )


def post_of(row: Record) -> Post:
    """Return a post."""
    return Post(code=row["code"], title=row["title"], unit=Named(row["unit"], row["unit_name"] or ""), **_days(row))


def portfolio_of(row: Record) -> Portfolio:
    """Return a portfolio."""
    return Portfolio(
        post=row["post"],
        scope=row["scope"],
        source=row["source"],
        document=row["document"],
        sectors=_named_all(row["sectors"]),
        units=_named_all(row["units"]),
        id=str(row["id"]),
        **_days(row),
    )


def incumbency_of(row: Record) -> Incumbency:
    """Return an incumbency."""
    return Incumbency(id=str(row["id"]), post=row["post"], person=row["person"], document=row["document"], **_days(row))


def body_of(row: Record) -> Body:
    """Return a body."""
    return Body(
        code=row["code"],
        name=row["name"],
        office_unit=_named(row["office_unit"], row["office_name"]),
        note=row["note"],
        source=row["source"],
        version=row["version"],
        **_days(row),
    )


def obligation_of(row: Record) -> Obligation:
    """Return an obligation."""
    return Obligation(
        body=row["body"],
        kind=row["kind"],
        times_per_year=row["times_per_year"],
        windows=tuple(row["windows"]),
        hears=tuple(row["hears"]),
        decides=tuple(row["decides"]),
        source=row["source"],
        **_days(row),
    )


def membership_of(row: Record) -> Membership:
    """Return a membership."""
    return Membership(
        id=str(row["id"]),
        body=row["body"],
        role=row["role"],
        holder=_holder(row),
        document=row["document"],
        source=row["source"],
        **_days(row),
    )


def duty_of(row: Record) -> Duty:
    """Return a duty with its clauses."""
    return Duty(
        code=row["code"],
        article=row["article"],
        number=row["number"],
        holder=_holder(row),
        text=row["text"],
        source=row["source"],
        document=row["document"],
        aggregate=row["aggregate"],
        id=str(row["id"]),
        clauses=tuple([_clause(each) for each in row["clauses"]]),
        **_days(row),
    )


def _clause(clause: Mapping[str, Any]) -> Clause:
    return Clause(
        kind=clause["kind"],
        text=clause["text"],
        objects=_named_all(clause["objects"]),
        partners=_named_all(clause["partners"]),
    )


def _days(row: Record) -> _Days:
    return {
        "valid_from": row["valid_from"],
        "valid_to": row["valid_to"],
        "position": row["position"],
        "entry": row["entry"],
    }


def _holder(row: Record) -> Holder:
    return Holder(
        unit=row["holder_unit"],
        post=row["holder_post"],
        name=row["holder_name"] or "",
        of_unit=_named(row["post_unit"], row["post_unit_name"]),
    )


def _named(code: str | None, name: str | None) -> Named | None:
    return None if code is None else Named(code, name or "")


def _named_all(pairs: Sequence[tuple[str, str]]) -> tuple[Named, ...]:
    return tuple([Named(code, name) for code, name in pairs]) if pairs else ()
