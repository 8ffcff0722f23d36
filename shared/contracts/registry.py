"""Events of the registry: who is responsible for what, on any day.

Aggregates: a unit with its duties (key = unit code), a post with its incumbents and portfolios (key = `post:<code>`), a
body with its memberships (key = body code), a sector (key = `sector:<code>`), a document (key = document number), a
register entry (key = its id), a year's calendar (key = `calendar-<year>`). An event states the whole of what it tells
of, so that the newest one per thing is a copy of it: `states` are all the days of a unit, post, body or sector as they
are known now; memberships, incumbencies and portfolios have ids; a duty's rows are told apart by their first day. A
row whose `valid_to` is its `valid_from` was withdrawn: it never was so.
"""

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field

from shared.contracts.payload import Payload, UnitCode

UnitKind = Literal["department", "township", "association", "institution", "leading_office", "vertical", "external"]


class UnitState(Payload):
    """What a unit is on some days."""

    name: str
    short_name: str
    aliases: tuple[str, ...] = ()
    kind: UnitKind
    parent: UnitCode | None = Field(None, description="The unit under which it stands.")
    social_credit_code: str | None = Field(None, description="Unified social credit code, GB 32100-2015.")
    valid_from: date
    valid_to: date | None = None


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
    document: str | None = None
    parent: UnitCode | None = Field(None, description="The unit under which it stands.")
    social_credit_code: str | None = Field(None, description="Unified social credit code, GB 32100-2015.")


class UnitChanged(Payload):
    """A unit was renamed, moved under another or corrected: what it is in the end, and in `states` on all its days."""

    event_type: ClassVar[str] = "cn.xietiao.registry.unit-changed.v1"

    unit: UnitCode
    name: str
    short_name: str
    aliases: tuple[str, ...] = ()
    kind: UnitKind
    valid_from: date
    valid_to: date | None = None
    change: Literal["renamed", "moved", "corrected"] = Field(description="What was done to it.")
    effective_on: date | None = Field(None, description="First day that is otherwise than before.")
    document: str | None = None
    parent: UnitCode | None = Field(None, description="The unit under which it stands.")
    social_credit_code: str | None = Field(None, description="Unified social credit code, GB 32100-2015.")
    states: tuple[UnitState, ...] = Field((), description="All days of the unit as they are known now, in order.")


class UnitRetired(Payload):
    """A unit ceases to exist; what it left open goes to `open_work_to`, or ends if that is absent."""

    event_type: ClassVar[str] = "cn.xietiao.registry.unit-retired.v1"

    unit: UnitCode
    retired_on: date = Field(description="First day on which the unit is no more.")
    open_work_to: UnitCode | None = Field(None, description="Who takes over open assignments; absent: they end.")
    document: str | None = None
    states: tuple[UnitState, ...] = Field((), description="All days of the unit as they are known now, in order.")


class UnitsMerged(Payload):
    """Units became one, W3C ORG ChangeEvent; told once per unit that ceased, with that unit as the key."""

    event_type: ClassVar[str] = "cn.xietiao.registry.units-merged.v1"

    unit: UnitCode = Field(description="The unit that ceased.")
    merged: tuple[UnitCode, ...] = Field(description="All units that ceased.")
    into: UnitCode = Field(description="The unit that they became.")
    effective_on: date = Field(description="First day of the new state.")
    open_work_to: UnitCode | None = Field(None, description="Who takes over open assignments; absent: they end.")
    document: str | None = None
    states: tuple[UnitState, ...] = Field((), description="All days of the unit as they are known now, in order.")


class UnitSplit(Payload):
    """A unit was divided, W3C ORG ChangeEvent; `continues` says whether it exists further beside the new ones."""

    event_type: ClassVar[str] = "cn.xietiao.registry.unit-split.v1"

    unit: UnitCode
    into: tuple[UnitCode, ...] = Field(description="The units among which it was divided.")
    continues: bool = Field(description="Whether the unit itself goes on.")
    effective_on: date = Field(description="First day of the new state.")
    open_work_to: UnitCode | None = Field(
        None, description="Who takes over open assignments; absent: they stay if the unit continues, else end."
    )
    document: str | None = None
    states: tuple[UnitState, ...] = Field((), description="All days of the unit as they are known now, in order.")


class PostState(Payload):
    """What a post is on some days."""

    title: str
    unit: UnitCode
    valid_from: date
    valid_to: date | None = None


class PostChanged(Payload):
    """A post was set up, changed, moved to another unit or given up; without states it never was."""

    event_type: ClassVar[str] = "cn.xietiao.registry.post-changed.v1"

    post: str
    states: tuple[PostState, ...] = Field(description="All days of the post as they are known now, in order.")
    document: str | None = None


class IncumbencyChanged(Payload):
    """A post is held (`filled`) on some days, or was not. Who the person is stays in the registry."""

    event_type: ClassVar[str] = "cn.xietiao.registry.incumbency-changed.v1"

    post: str
    title: str
    unit: UnitCode
    filled: bool = Field(description="Whether somebody is in the post on these days.")
    valid_from: date
    valid_to: date | None = None
    incumbency_id: str | None = Field(None, description="Id of the incumbency.")
    document: str | None = None


class PortfolioChanged(Payload):
    """What a post is in charge of (归口、分管) on some days."""

    event_type: ClassVar[str] = "cn.xietiao.registry.portfolio-changed.v1"

    portfolio_id: str = Field(description="Id of the portfolio.")
    post: str
    unit: UnitCode
    scope: str = Field(description="What it is called, e.g. 分管旅游口.")
    sectors: tuple[str, ...] = Field((), description="Codes of sectors or themes.")
    units: tuple[UnitCode, ...] = Field((), description="Units that it is in charge of.")
    valid_from: date
    valid_to: date | None = None
    document: str | None = None


class CalendarChanged(Payload):
    """The county's calendar of a year as the office set it (节假日与调休); replaces what was known of that year."""

    event_type: ClassVar[str] = "cn.xietiao.registry.calendar-changed.v1"

    year: int = Field(ge=1949, le=2199, description="The calendar year.")
    days_off: tuple[date, ...] = Field(description="Working weekdays that are off.")
    working_days: tuple[date, ...] = Field(description="Weekend days that are worked (调休).")
    document: str | None = None


class BodyState(Payload):
    """What a body is on some days."""

    name: str
    office_unit: UnitCode | None = None
    valid_from: date
    valid_to: date | None = None


class BodyChanged(Payload):
    """A body (meeting or federation) was set up or changed; `office_unit` keeps its daily work."""

    event_type: ClassVar[str] = "cn.xietiao.registry.body-changed.v1"

    body: str
    name: str
    office_unit: UnitCode | None = None
    valid_from: date
    valid_to: date | None = None
    states: tuple[BodyState, ...] = Field((), description="All days of the body as they are known now, in order.")


class SectorState(Payload):
    """What a sector (行业) or theme (事项) is on some days."""

    name: str
    kind: Literal["sector", "theme"]
    within: str | None = Field(None, description="Code of the wider sector that it is part of.")
    gbt4754_class: str | None = Field(None, description="Class of 国民经济行业分类, GB/T 4754.")
    gbt4754_edition: str | None = Field(None, description="Edition of GB/T 4754.")
    valid_from: date
    valid_to: date | None = None


class SectorChanged(Payload):
    """A sector or theme was entered, changed or given up; without states it never was."""

    event_type: ClassVar[str] = "cn.xietiao.registry.sector-changed.v1"

    sector: str = Field(description="Code of the sector or theme.")
    states: tuple[SectorState, ...] = Field(description="All days of the sector as they are known now, in order.")


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


class DutyRevoked(Payload):
    """A duty item rests with the holder it had from `valid_from` on only up to, not including, `revoked_on`."""

    event_type: ClassVar[str] = "cn.xietiao.registry.duty-revoked.v1"

    duty: str
    unit: UnitCode | None = None
    post: str | None = None
    clauses: tuple[DutyClause, ...] = Field((), description="What it is while it rests with the holder.")
    valid_from: date
    revoked_on: date = Field(description="First day on which it rests with the holder no longer.")
    document: str | None = None


class RegisterEntryChanged(Payload):
    """An entry of a register (standards, trademarks, associations, programmes, policies) is so from a day on."""

    event_type: ClassVar[str] = "cn.xietiao.registry.register-entry-changed.v1"

    entry_id: str = Field(description="Id of the entry.")
    register_name: str = Field(description="standards, trademarks, associations, programmes or policies.")
    key: str = Field(description="What the register calls its entry, e.g. a standard's number.")
    title: str
    unit: UnitCode | None = None
    sectors: tuple[str, ...] = Field((), description="Codes of sectors or themes.")
    status: str | None = Field(None, description="State of the entry, by its register.")
    valid_from: date
    valid_to: date | None = None
    document: str | None = None


class DocumentRecorded(Payload):
    """An official document entered the registry; 成文 and 印发 dates are kept apart."""

    event_type: ClassVar[str] = "cn.xietiao.registry.document-recorded.v1"

    number: str
    title: str
    issuer: str
    written_on: date
    printed_on: date | None = None
