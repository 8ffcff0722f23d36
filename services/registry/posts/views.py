"""What callers are shown of posts: who is in them, and what they are in charge of."""

from collections.abc import Sequence
from datetime import date
from typing import Self

from pydantic import BaseModel, Field

from services.registry.domain import Duty, Incumbency, Portfolio, Post
from services.registry.views import HolderView, NamedView, PostView


class IncumbentView(BaseModel):
    """Who is in a post; names of persons are nowhere but in the registry."""

    post: str
    person: str
    valid_from: date
    valid_to: date | None
    document: str | None

    @classmethod
    def of(cls, incumbency: Incumbency) -> Self:
        """Return the view of an incumbency."""
        return cls(
            post=incumbency.post,
            person=incumbency.person,
            valid_from=incumbency.valid_from,
            valid_to=incumbency.valid_to,
            document=incumbency.document,
        )


class ChargedDutyView(BaseModel):
    """A duty item that a post is in charge of."""

    code: str
    source: str
    holder: HolderView
    why: list[str] = Field(description="own: it holds it; unit: it is in charge of the holder; sector: of an object.")


class ChargeView(BaseModel):
    """What the person in a post is in charge of on a day."""

    post: PostView
    incumbent: IncumbentView | None
    units: list[NamedView]
    sectors: list[NamedView]
    duties: list[ChargedDutyView]

    @classmethod
    def of(
        cls, post: Post, portfolios: Sequence[Portfolio], incumbents: Sequence[Incumbency], duties: Sequence[Duty]
    ) -> Self:
        """Return the view of a charge, from all portfolios, incumbents and duties of the day."""
        own = [portfolio for portfolio in portfolios if portfolio.post == post.code]
        incumbent = next((each for each in incumbents if each.post == post.code), None)
        units = {unit.code: unit.name for portfolio in own for unit in portfolio.units}
        sectors = {sector.code: sector.name for portfolio in own for sector in portfolio.sectors}
        charged = [(duty, _why(duty, post.code, set(units), set(sectors))) for duty in duties]
        return cls(
            post=PostView.of(post, own, incumbent),
            incumbent=None if incumbent is None else IncumbentView.of(incumbent),
            units=[NamedView(code=code, name=name) for code, name in units.items()],
            sectors=[NamedView(code=code, name=name) for code, name in sectors.items()],
            duties=[
                ChargedDutyView(code=duty.code, source=duty.source, holder=HolderView.of(duty.holder), why=why)
                for duty, why in charged
                if why
            ],
        )


def _why(duty: Duty, post: str, units: set[str], sectors: set[str]) -> list[str]:
    objects = {sector.code for clause in duty.clauses for sector in clause.objects}
    reasons = {
        "own": duty.holder.post == post,
        "unit": duty.holder.acting_unit.code in units,
        "sector": bool(objects & sectors),
    }
    return [reason for reason, holds in reasons.items() if holds]
