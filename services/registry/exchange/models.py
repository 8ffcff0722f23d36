"""What a record of each list may say, checked by the same types as the commands' payloads."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from services.registry.domain import DutyKind, Role, SectorKind, UnitKind
from services.registry.exchange.lists import ListName
from services.registry.identifier_fields import SocialCreditCode, check_division, check_gbt4754
from services.registry.schemas import DocumentNumber, PostCode, UnitCode
from shared.clock import Day
from shared.text import LongText, Title

WordCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=64)]
"""Code of a body, sector or theme."""


class RecordModel(BaseModel):
    """Base of records: nothing is lost silently, days are in order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    valid_from: Day | None = None
    valid_to: Day | None = None

    @model_validator(mode="after")
    def _days_in_order(self) -> Self:
        if self.valid_from is not None and self.valid_to is not None and self.valid_to <= self.valid_from:
            raise _fault("valid_to", f"{self.valid_to} is not after {self.valid_from}", "a later day")
        return self


class DocumentRecord(RecordModel):
    """An official document."""

    number: DocumentNumber
    title: Title
    issuer: Title
    written_on: Day
    printed_on: Day | None = None
    addressees: tuple[Title, ...] = ()
    copies: tuple[Title, ...] = ()
    subject_words: tuple[Title, ...] = ()

    @model_validator(mode="after")
    def _printed_after_written(self) -> Self:
        if self.printed_on is not None and self.printed_on < self.written_on:
            raise _fault("printed_on", f"{self.printed_on} is before 成文 {self.written_on}", "the same day or later")
        return self


class UnitRecord(RecordModel):
    """A unit."""

    code: UnitCode
    name: Title
    short_name: Title
    aliases: tuple[Title, ...] = Field((), max_length=20)
    kind: UnitKind
    parent: UnitCode | None = None
    social_credit_code: SocialCreditCode | None = None
    note: LongText | None = None
    document: DocumentNumber | None = None

    @model_validator(mode="after")
    def _division_exists(self) -> Self:
        check_division(self.code)
        return self


class PostRecord(RecordModel):
    """A post."""

    code: PostCode
    title: Title
    unit: UnitCode


class IncumbencyRecord(RecordModel):
    """Who is in a post."""

    post: PostCode
    person: Title
    document: DocumentNumber | None = None


class BodyRecord(RecordModel):
    """A body."""

    code: WordCode
    name: Title
    office: UnitCode | None = None
    note: LongText | None = None
    source: Title | None = None


class ObligationRecord(RecordModel):
    """What a body owes in a year."""

    body: WordCode
    kind: Annotated[str, StringConstraints(pattern=r"^[a-z]+(_[a-z]+)*$", max_length=64)]
    times_per_year: int | None = Field(None, ge=1, le=366)
    windows: tuple[Title, ...] = ()
    hears: tuple[Title, ...] = ()
    decides: tuple[Title, ...] = ()
    source: Title


class MembershipRecord(RecordModel):
    """A role in a body."""

    body: WordCode
    role: Role
    holder_unit: UnitCode | None = None
    holder_post: PostCode | None = None
    document: DocumentNumber
    source: Title | None = None

    @model_validator(mode="after")
    def _one_holder(self) -> Self:
        _check_holder(self.holder_unit, self.holder_post)
        return self


class SectorRecord(RecordModel):
    """A sector or theme."""

    code: WordCode
    name: Title
    kind: SectorKind
    within: WordCode | None = None
    gbt4754_class: str | None = None
    gbt4754_edition: str | None = None

    @model_validator(mode="after")
    def _class_of_edition(self) -> Self:
        check_gbt4754(self.gbt4754_class, self.gbt4754_edition)
        return self


class ClauseRecord(BaseModel):
    """A clause of a duty."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    clause_kind: DutyKind
    clause_text: LongText
    objects: tuple[WordCode, ...] = ()
    partners: tuple[UnitCode, ...] = ()


class DutyRecord(RecordModel):
    """A duty item with its clauses."""

    code: Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)*$", max_length=32)]
    article: Title
    number: int = Field(ge=1)
    holder_unit: UnitCode | None = None
    holder_post: PostCode | None = None
    text: LongText
    source: Title
    document: DocumentNumber
    clauses: tuple[ClauseRecord, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_holder(self) -> Self:
        _check_holder(self.holder_unit, self.holder_post)
        return self


class PortfolioRecord(RecordModel):
    """What a post is in charge of."""

    post: PostCode
    scope: LongText
    sectors: tuple[WordCode, ...] = ()
    units: tuple[UnitCode, ...] = ()
    source: Title
    document: DocumentNumber | None = None


MODELS: Mapping[ListName, type[RecordModel]] = MappingProxyType(
    {
        "documents": DocumentRecord,
        "units": UnitRecord,
        "posts": PostRecord,
        "incumbencies": IncumbencyRecord,
        "bodies": BodyRecord,
        "obligations": ObligationRecord,
        "memberships": MembershipRecord,
        "sectors": SectorRecord,
        "duties": DutyRecord,
        "portfolios": PortfolioRecord,
    }
)
"""The model of each list that is no register's."""


def _check_holder(unit: str | None, post: str | None) -> None:
    if (unit is None) == (post is None):
        reason = "neither unit nor post is named" if unit is None else "both a unit and a post are named"
        raise _fault("holder_unit", reason, "one unit or one post")


def _fault(field: str, reason: str, expected: str) -> PydanticCustomError:
    return PydanticCustomError("record", "{reason}", {"field": field, "reason": reason, "expected": expected})
