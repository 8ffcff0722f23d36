"""Events of the registry: who is responsible for what, on any day.

Aggregates: a unit with its duties (key = unit code), a body with its memberships (key = body code),
a document (key = document number).
"""

from datetime import date
from typing import ClassVar, Literal

from shared.contracts.payload import Payload, UnitCode

UnitKind = Literal["department", "township", "association", "institution", "leading_office", "vertical", "external"]


class UnitRegistered(Payload):
    """A unit entered the registry."""

    event_type: ClassVar[str] = "cn.xietiao.registry.unit-registered.v1"

    unit: UnitCode
    name: str
    short_name: str
    aliases: tuple[str, ...] = ()
    kind: UnitKind
    valid_from: date
    valid_to: date | None = None


class BodyChanged(Payload):
    """A body (meeting or federation) was set up or changed; `office_unit` keeps its daily work."""

    event_type: ClassVar[str] = "cn.xietiao.registry.body-changed.v1"

    body: str
    name: str
    office_unit: UnitCode | None = None
    valid_from: date


class MembershipChanged(Payload):
    """A role in a body is held from `valid_from` (up to, not including, `valid_to`) by a unit or a post."""

    event_type: ClassVar[str] = "cn.xietiao.registry.membership-changed.v1"

    membership_id: str
    body: str
    role: Literal["convener", "deputy_convener", "assistant_convener", "member", "office"]
    holder_unit: UnitCode | None = None
    holder_post: str | None = None
    valid_from: date
    valid_to: date | None = None
    document: str | None = None


class DutyClause(Payload):
    """One clause of a duty: what kind of duty, for which sectors or themes, together with whom."""

    kind: str
    objects: tuple[str, ...]
    partners: tuple[UnitCode, ...] = ()


class DutyAssigned(Payload):
    """A duty item of the mechanism rests with a unit or a post from a day on."""

    event_type: ClassVar[str] = "cn.xietiao.registry.duty-assigned.v1"

    duty: str
    unit: UnitCode | None = None
    post: str | None = None
    clauses: tuple[DutyClause, ...]
    valid_from: date
    valid_to: date | None = None
    document: str


class DocumentRecorded(Payload):
    """An official document entered the registry; 成文 and 印发 dates are kept apart."""

    event_type: ClassVar[str] = "cn.xietiao.registry.document-recorded.v1"

    number: str
    title: str
    issuer: str
    written_on: date
    printed_on: date | None = None
