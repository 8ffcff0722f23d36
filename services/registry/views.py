"""What callers of the registry are shown. Codes come with their Chinese names; `valid_to` is the first day after."""

from datetime import date
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from services.registry.domain import (
    Body,
    Duty,
    DutyKind,
    Holder,
    Incumbency,
    Membership,
    Named,
    Obligation,
    Portfolio,
    Post,
    Role,
    Sector,
    SectorKind,
    Unit,
    UnitKind,
)
from shared.commands import Versioned
from shared.pages import members_of


class _Row(BaseModel):
    """A view that takes its fields from a frozen row of the same names."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class NamedView(_Row):
    """A code and its Chinese name."""

    code: str = Field(examples=["330324-fgj"])
    name: str = Field(examples=["县发改局"])


class PostRef(BaseModel):
    """A post with the unit it belongs to."""

    code: str = Field(examples=["330324-xz"])
    title: str = Field(examples=["县长"])
    unit: NamedView


class HolderView(BaseModel):
    """Who holds a role or duty: `unit` or `post`, one of the two; the other is absent."""

    unit: NamedView | None = Field(None, exclude_if=lambda value: value is None)
    post: PostRef | None = Field(None, exclude_if=lambda value: value is None)

    @classmethod
    def of(cls, holder: Holder) -> Self:
        """Return the view of a holder."""
        if holder.unit is not None:
            return cls(unit=NamedView(code=holder.unit, name=holder.name))
        return cls(post=PostRef(code=holder.code, title=holder.name, unit=_named(holder.of_unit or Named(""))))

    @classmethod
    def shown(cls, holder: object) -> object:
        """Return the view of a holder; what is none is left for validation."""
        return cls.of(holder) if isinstance(holder, Holder) else holder


class UnitView(_Row):
    """A unit as it is called on the day."""

    code: str = Field(examples=["330324-czj"])
    name: str = Field(examples=["县财政局（地税局）"])
    short_name: str
    aliases: list[str]
    kind: UnitKind
    parent: str | None = Field(description="Code of the unit under which it stands.")
    valid_from: date
    valid_to: date | None
    document: str | None = Field(description="Number of the document that set it up, where known.")
    social_credit_code: str | None = Field(description="统一社会信用代码, where known.")
    note: str | None


class UnitRegisteredView(UnitView, Versioned):
    """A unit that was just registered."""


class ClauseView(_Row):
    """One clause of a duty."""

    kind: DutyKind
    text: str = Field(description="Its words in the document.")
    objects: list[NamedView] = Field(description="Sectors or themes; empty if the clause is about neither.")
    partners: list[NamedView] = Field(description="Units together with which (会同).")


class DutyView(_Row):
    """A duty item, word for word."""

    code: str = Field(examples=["3.19"])
    article: str = Field(examples=["三"])
    number: int = Field(examples=[19])
    source: str = Field(examples=["三.19"])
    holder: Annotated[HolderView, BeforeValidator(HolderView.shown)]
    text: str
    clauses: list[ClauseView]
    document: str
    valid_from: date
    valid_to: date | None

    @classmethod
    def of(cls, duty: Duty) -> Self:
        """Return the view of a duty."""
        return cls.model_validate(duty)


_of_duty = members_of(DutyView)


def shown_duty(duty: Duty) -> dict[str, Any]:
    """Return the members of a duty's view, for a list of many; clauses have those of their views already."""
    return {**_of_duty(duty), "holder": _shown_holder(duty.holder)}


def _shown_holder(holder: Holder) -> dict[str, Any]:
    if holder.unit is not None:
        return {"unit": {"code": holder.unit, "name": holder.name}}
    return {"post": {"code": holder.code, "title": holder.name, "unit": holder.of_unit or Named("")}}


class MembershipView(BaseModel):
    """A role in a body."""

    id: str
    body: str = Field(examples=["coordination-meeting"])
    role: Role
    holder: HolderView
    valid_from: date
    valid_to: date | None
    document: str | None
    source: str | None = Field(description="Item of the document, where known.")

    @classmethod
    def of(cls, membership: Membership) -> Self:
        """Return the view of a membership."""
        return cls(**_membership_fields(membership))


class MemberAddedView(MembershipView, Versioned):
    """A membership that was just added, with its body's new version."""

    @classmethod
    def of_added(cls, added: tuple[Membership, int]) -> Self:
        """Return the view of what `add_member` gives."""
        membership, version = added
        return cls(**_membership_fields(membership), version=version)


class PortfolioView(BaseModel):
    """What a post is in charge of."""

    scope: str
    sectors: list[NamedView]
    units: list[NamedView]
    source: str
    document: str | None
    valid_from: date
    valid_to: date | None

    @classmethod
    def of(cls, portfolio: Portfolio) -> Self:
        """Return the view of a portfolio."""
        return cls(
            scope=portfolio.scope,
            sectors=[_named(each) for each in portfolio.sectors],
            units=[_named(each) for each in portfolio.units],
            source=portfolio.source,
            document=portfolio.document,
            valid_from=portfolio.valid_from,
            valid_to=portfolio.valid_to,
        )


class PostView(BaseModel):
    """A post of a unit, and who is in it."""

    code: str = Field(examples=["330324-fgfxz"])
    title: str = Field(examples=["分管副县长"])
    unit: NamedView
    incumbent: str | None = Field(description="Name of the person in it.")
    portfolios: list[PortfolioView]
    valid_from: date
    valid_to: date | None

    @classmethod
    def of(cls, post: Post, portfolios: list[Portfolio], incumbent: Incumbency | None = None) -> Self:
        """Return the view of a post with those of the portfolios that are its own, and who is in it."""
        own = [PortfolioView.of(each) for each in portfolios if each.post == post.code]
        return cls(
            code=post.code,
            title=post.title,
            unit=_named(post.unit),
            incumbent=None if incumbent is None else incumbent.person,
            portfolios=own,
            valid_from=post.valid_from,
            valid_to=post.valid_to,
        )


class UnitCard(UnitView, Versioned):
    """All that the registry knows of a unit on the day."""

    as_of: date
    duties: list[DutyView]
    memberships: list[MembershipView]
    posts: list[PostView]


class ObligationView(_Row):
    """What a body owes in a year, in the document's words; null times and no windows: as needed."""

    kind: str = Field(examples=["half_year_briefing"])
    times_per_year: int | None
    windows: list[str]
    hears: list[str]
    decides: list[str]
    source: str


class BodyView(Versioned):
    """A meeting or federation."""

    code: str = Field(examples=["coordination-meeting"])
    name: str = Field(examples=["县服务业工作部门协调会议"])
    office: NamedView | None = Field(description="The unit that keeps its office.")
    note: str | None
    source: str | None
    valid_from: date
    valid_to: date | None

    @classmethod
    def of(cls, body: Body) -> Self:
        """Return the view of a body."""
        return cls(**_body_fields(body))


class BodyCard(BodyView):
    """A body with what it owes in a year."""

    as_of: date
    obligations: list[ObligationView]


class ClassificationView(BaseModel):
    """The class of 国民经济行业分类 that a sector corresponds to."""

    code: str = Field(examples=["67"])
    edition: str = Field(examples=["GB/T 4754-2002"])


class SectorView(BaseModel):
    """A sector or theme, with who guides and who counts it."""

    code: str = Field(examples=["hotels"])
    name: str = Field(examples=["宾馆"])
    kind: SectorKind
    within: str | None = Field(description="Code of the wider sector of which its words show it to be part.")
    gbt4754: ClassificationView | None
    guided_by: list[NamedView]
    counted_by: list[NamedView]
    valid_from: date
    valid_to: date | None

    @classmethod
    def of(cls, sector: Sector, guides: list[Named], counts: list[Named]) -> Self:
        """Return the view of a sector."""
        return cls(
            code=sector.code,
            name=sector.name,
            kind=sector.kind,
            within=sector.within,
            gbt4754=_classification(sector),
            guided_by=[_named(each) for each in guides],
            counted_by=[_named(each) for each in counts],
            valid_from=sector.valid_from,
            valid_to=sector.valid_to,
        )


class DocumentView(_Row):
    """An official document; `written_on` is 成文, `printed_on` is 印发."""

    number: str = Field(examples=["永政办发〔2009〕106号"])
    title: str
    issuer: str
    written_on: date
    printed_on: date | None
    addressees: list[str] = Field(description="主送")
    copies: list[str] = Field(description="抄送")
    subject_words: list[str] = Field(description="主题词")


def unit_card(
    unit: Unit, as_of: date, duties: list[Duty], memberships: list[Membership], posts: list[PostView]
) -> UnitCard:
    """Return a unit's card."""
    return UnitCard(
        **UnitRegisteredView.model_validate(unit).model_dump(),
        as_of=as_of,
        duties=[DutyView.of(duty) for duty in duties],
        memberships=[MembershipView.of(membership) for membership in memberships],
        posts=posts,
    )


def body_card(body: Body, as_of: date, obligations: list[Obligation]) -> BodyCard:
    """Return a body with its obligations."""
    owed = [ObligationView.model_validate(each) for each in obligations]
    return BodyCard(**_body_fields(body), as_of=as_of, obligations=owed)


def _body_fields(body: Body) -> dict[str, Any]:
    return {
        "version": body.version,
        "code": body.code,
        "name": body.name,
        "office": None if body.office_unit is None else _named(body.office_unit),
        "note": body.note,
        "source": body.source,
        "valid_from": body.valid_from,
        "valid_to": body.valid_to,
    }


def _membership_fields(membership: Membership) -> dict[str, Any]:
    return {
        "id": membership.id,
        "body": membership.body,
        "role": membership.role,
        "holder": HolderView.of(membership.holder),
        "valid_from": membership.valid_from,
        "valid_to": membership.valid_to,
        "document": membership.document,
        "source": membership.source,
    }


def _named(named: Named) -> NamedView:
    return NamedView(code=named.code, name=named.name)


def _classification(sector: Sector) -> ClassificationView | None:
    if sector.gbt4754_class is None or sector.gbt4754_edition is None:
        return None
    return ClassificationView(code=sector.gbt4754_class, edition=sector.gbt4754_edition)
