"""The seed file: what may stand in it, checked before anything is written.

Sections without a `valid_from` of their own are valid from the day on which the file's first document was written.
"""

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from services.registry.domain import DutyKind, Role, SectorKind, UnitKind
from services.registry.identifier_fields import SocialCreditCode, check_gbt4754
from services.registry.schemas import DocumentNumber, HolderBody, PostCode, UnitCode
from services.registry.seed.plain_yaml import load_plain_yaml
from shared.clock import Day
from shared.text import LongText, Title

WordCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=64)]
"""Code of a body, sector or theme."""


class SeedError(Exception):
    """The seed cannot be taken; the message names each place in the file and what is wrong there."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DocumentRow(_Section):
    """An official document."""

    number: DocumentNumber
    title: Title
    issuer: Title
    written_on: Day
    printed_on: Day | None = None
    addressees: tuple[Title, ...] = ()
    copies: tuple[Title, ...] = ()
    subject_words: tuple[Title, ...] = ()


class UnitRow(_Section):
    """A unit."""

    code: UnitCode
    name: Title
    short_name: Title
    aliases: tuple[Title, ...] = ()
    kind: UnitKind
    note: LongText | None = None
    social_credit_code: SocialCreditCode | None = None
    valid_from: Day | None = None


class PostRow(_Section):
    """A post of a unit."""

    code: PostCode
    title: Title
    unit: UnitCode
    valid_from: Day | None = None


class BodyRow(_Section):
    """A meeting or federation."""

    code: WordCode
    name: Title
    office: UnitCode | None = None
    note: LongText | None = None
    source: Title | None = None
    valid_from: Day | None = None


class MembershipRow(_Section):
    """A role in a body."""

    body: WordCode
    role: Role
    holder: HolderBody
    document: DocumentNumber
    source: Title | None = None
    valid_from: Day | None = None


class ClassificationRow(_Section):
    """A class of GB/T 4754 in one of its editions."""

    class_: Title = Field(alias="class")
    edition: Title


class SectorRow(_Section):
    """A sector or theme."""

    code: WordCode
    name: Title
    kind: SectorKind
    within: WordCode | None = None
    gbt4754: ClassificationRow | None = None
    valid_from: Day | None = None

    @model_validator(mode="after")
    def _class_of_edition(self) -> Self:
        if self.gbt4754 is not None:
            check_gbt4754(self.gbt4754.class_, self.gbt4754.edition)
        return self


class ClauseRow(_Section):
    """A clause of a duty."""

    kind: DutyKind
    text: LongText
    objects: tuple[WordCode, ...] = ()
    partners: tuple[UnitCode, ...] = ()


class DutyRow(_Section):
    """A duty item; it rests with a unit, or with a post."""

    code: Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)*$", max_length=32)]
    article: Title
    number: int = Field(ge=1)
    unit: UnitCode | None = None
    holder: HolderBody | None = None
    text: LongText
    source: Title
    document: DocumentNumber
    valid_from: Day | None = None
    clauses: tuple[ClauseRow, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_holder(self) -> Self:
        if (self.unit is None) == (self.holder is None):
            raise ValueError("name either `unit` or `holder`")
        return self


class PortfolioRow(_Section):
    """What a post is in charge of."""

    post: PostCode
    scope: LongText
    sectors: tuple[WordCode, ...] = ()
    source: Title
    valid_from: Day | None = None


class ObligationRow(_Section):
    """What a body owes in a year."""

    body: WordCode
    kind: Annotated[str, StringConstraints(pattern=r"^[a-z]+(_[a-z]+)*$", max_length=64)]
    times_per_year: int | None = Field(ge=1, le=366)
    windows: tuple[Title, ...] = ()
    hears: tuple[Title, ...] = ()
    decides: tuple[Title, ...] = ()
    source: Title
    valid_from: Day | None = None


class SeedFile(_Section):
    """The whole file; a section that is left out is empty."""

    documents: tuple[DocumentRow, ...] = ()
    units: tuple[UnitRow, ...] = ()
    posts: tuple[PostRow, ...] = ()
    bodies: tuple[BodyRow, ...] = ()
    memberships: tuple[MembershipRow, ...] = ()
    sectors: tuple[SectorRow, ...] = ()
    duties: tuple[DutyRow, ...] = ()
    portfolios: tuple[PortfolioRow, ...] = ()
    obligations: tuple[ObligationRow, ...] = ()

    @model_validator(mode="after")
    def _days_known(self) -> Self:
        undated = [name for name, rows in self if any(getattr(row, "valid_from", ...) is None for row in rows)]
        if undated and not self.documents:
            raise ValueError(f"{', '.join(undated)}: say valid_from, as the file has no document to take the day from")
        return self

    def first_day(self, stated: date | None) -> date:
        """Return the first day of a row: its own, or that of the file's first document."""
        return stated or self.documents[0].written_on


def read_seed(path: Path) -> SeedFile:
    """Return the file's content; raise `SeedError` naming each fault by its path, e.g. `duties.3.clauses.0.kind`."""
    try:
        return SeedFile.model_validate(_load(path) or {})
    except ValidationError as error:
        faults = "".join(f"\n  {_path(fault['loc'])}: {fault['msg']}" for fault in error.errors())
        raise SeedError(f"{path}: nothing was loaded{faults}") from error


def _load(path: Path) -> Any:  # noqa: ANN401 - whatever YAML holds; the model checks it
    try:
        return load_plain_yaml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SeedError(f"{path}: cannot be read: {error}") from error


def _path(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location) or "the file"
