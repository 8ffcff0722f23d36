"""The rows of a seed file as facts of the registry."""

from services.registry.domain import (
    Body,
    Clause,
    Document,
    Duty,
    Holder,
    Membership,
    Named,
    Obligation,
    Portfolio,
    Post,
    Sector,
    Unit,
)
from services.registry.schemas import HolderBody
from services.registry.seed.document import (
    BodyRow,
    ClauseRow,
    DocumentRow,
    DutyRow,
    MembershipRow,
    ObligationRow,
    PortfolioRow,
    PostRow,
    SectorRow,
    SeedFile,
    UnitRow,
)


def document_of(_seed: SeedFile, row: DocumentRow) -> Document:
    """Return a document."""
    return Document(
        number=row.number,
        title=row.title,
        issuer=row.issuer,
        written_on=row.written_on,
        printed_on=row.printed_on,
        addressees=row.addressees,
        copies=row.copies,
        subject_words=row.subject_words,
    )


def unit_of(seed: SeedFile, row: UnitRow) -> Unit:
    """Return a unit."""
    return Unit(
        code=row.code,
        name=row.name,
        short_name=row.short_name,
        aliases=row.aliases,
        kind=row.kind,
        note=row.note,
        social_credit_code=row.social_credit_code,
        valid_from=seed.first_day(row.valid_from),
    )


def post_of(seed: SeedFile, row: PostRow) -> Post:
    """Return a post."""
    return Post(code=row.code, title=row.title, unit=Named(row.unit), valid_from=seed.first_day(row.valid_from))


def body_of(seed: SeedFile, row: BodyRow) -> Body:
    """Return a body."""
    return Body(
        code=row.code,
        name=row.name,
        office_unit=None if row.office is None else Named(row.office),
        note=row.note,
        source=row.source,
        valid_from=seed.first_day(row.valid_from),
    )


def obligation_of(seed: SeedFile, row: ObligationRow) -> Obligation:
    """Return an obligation."""
    return Obligation(
        body=row.body,
        kind=row.kind,
        times_per_year=row.times_per_year,
        windows=row.windows,
        hears=row.hears,
        decides=row.decides,
        source=row.source,
        valid_from=seed.first_day(row.valid_from),
    )


def membership_of(seed: SeedFile, row: MembershipRow) -> Membership:
    """Return a membership."""
    return Membership(
        body=row.body,
        role=row.role,
        holder=_holder(row.holder),
        document=row.document,
        source=row.source,
        valid_from=seed.first_day(row.valid_from),
    )


def sector_of(seed: SeedFile, row: SectorRow) -> Sector:
    """Return a sector or theme."""
    return Sector(
        code=row.code,
        name=row.name,
        kind=row.kind,
        within=row.within,
        gbt4754_class=None if row.gbt4754 is None else row.gbt4754.class_,
        gbt4754_edition=None if row.gbt4754 is None else row.gbt4754.edition,
        valid_from=seed.first_day(row.valid_from),
    )


def duty_of(seed: SeedFile, row: DutyRow) -> Duty:
    """Return a duty; a post as its holder does not know its unit yet."""
    return Duty(
        code=row.code,
        article=row.article,
        number=row.number,
        holder=Holder(unit=row.unit) if row.holder is None else _holder(row.holder),
        text=row.text,
        source=row.source,
        document=row.document,
        clauses=tuple(_clause(clause) for clause in row.clauses),
        valid_from=seed.first_day(row.valid_from),
    )


def portfolio_of(seed: SeedFile, row: PortfolioRow) -> Portfolio:
    """Return a portfolio."""
    return Portfolio(
        post=row.post,
        scope=row.scope,
        sectors=tuple(Named(code) for code in row.sectors),
        source=row.source,
        valid_from=seed.first_day(row.valid_from),
    )


def _clause(row: ClauseRow) -> Clause:
    return Clause(
        kind=row.kind,
        text=row.text,
        objects=tuple(Named(code) for code in row.objects),
        partners=tuple(Named(code) for code in row.partners),
    )


def _holder(row: HolderBody) -> Holder:
    return Holder(unit=row.unit, post=row.post)
