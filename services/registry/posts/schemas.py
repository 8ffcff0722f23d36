"""What the office sends about posts, incumbents and portfolios."""

from typing import Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from services.registry.domain import Days, Incumbency, Named, Portfolio, Post
from services.registry.duties.schemas import SectorCode
from services.registry.schemas import (
    CorrectionCommand,
    DatedCommand,
    DocumentNumber,
    PostCode,
    UnitCode,
    check_order,
)
from shared.clock import Day
from shared.text import LongText, Title

_DOCUMENT = "永政〔2026〕3号"


class _DatedUpTo(DatedCommand):
    valid_to: Day | None = Field(None, description="The day before which it ends; null: open.")

    @model_validator(mode="after")
    def _days_in_order(self) -> Self:
        check_order(self.effective_on, self.valid_to)
        return self

    @property
    def days(self) -> Days:
        """Return the days meant."""
        return Days(self.effective_on, self.valid_to)


class SetUpPost(_DatedUpTo):
    """Set up a post of a unit."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "330324-fgj-deputy",
                    "title": "县发改局副局长",
                    "unit": "330324-fgj",
                    "effective_on": "2026-03-01",
                    "document": _DOCUMENT,
                }
            ]
        }
    )

    code: PostCode
    title: Title
    unit: UnitCode

    def as_post(self) -> Post:
        """Return the post."""
        return Post(
            code=self.code,
            title=self.title,
            unit=Named(self.unit),
            valid_from=self.effective_on,
            valid_to=self.valid_to,
        )


class ChangePost(DatedCommand):
    """Give a post another title, or to another unit, from a day on; what is left out stays."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"title": "县发改局党组书记、局长", "effective_on": "2026-03-01", "document": _DOCUMENT}]
        }
    )

    title: Title | None = None
    unit: UnitCode | None = None


class EndPost(DatedCommand):
    """Let a post be no more from a day on."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"effective_on": "2026-03-01", "document": _DOCUMENT}]})

    with_all: bool = Field(
        default=False, description="End its duties, roles, portfolios and incumbency too; else they refuse it."
    )


class Appoint(_DatedUpTo):
    """Let a person be in a post from a day on (任职)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"person": "张三", "effective_on": "2026-03-01", "document": _DOCUMENT, "replace": True}]
        }
    )

    person: Title
    replace: bool = Field(default=False, description="End whoever is in the post on these days; else they refuse it.")

    def as_incumbency(self, post: str) -> Incumbency:
        """Return the incumbency."""
        return Incumbency(
            post=post,
            person=self.person,
            document=self.document,
            valid_from=self.effective_on,
            valid_to=self.valid_to,
        )


class Vacate(DatedCommand):
    """Let nobody be in a post from a day on (免职)."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"effective_on": "2026-03-01", "document": _DOCUMENT}]})


class CorrectPost(CorrectionCommand):
    """Say that the registry was wrong about a post on some days; what is left out is right as it stands."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"valid_from": "2009-07-06", "title": "县发改局局长", "reason": "职务名称录入有误"}]
        }
    )

    title: Title | None = None
    unit: UnitCode | None = None


class CorrectIncumbency(CorrectionCommand):
    """Say that the registry was wrong about who was in a post on some days."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"valid_from": "2020-01-01", "valid_to": "2021-01-01", "person": "李四", "reason": "任职文件补录"}
            ]
        }
    )

    person: Title | None = None
    document: DocumentNumber | None = None

    @model_validator(mode="after")
    def _person_or_never(self) -> Self:
        if (self.person is None) != self.never:
            raise PydanticCustomError(
                "person", "{said}", {"said": "names nobody, or somebody and `never`", "expected": "person or never"}
            )
        return self


class GivePortfolio(_DatedUpTo):
    """Put a post in charge of units and sectors from a day on (归口、分管)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "scope": "分管旅游口",
                    "units": ["330324-nxj"],
                    "sectors": ["hotels"],
                    "effective_on": "2026-03-01",
                    "document": _DOCUMENT,
                    "replace": True,
                }
            ]
        }
    )

    scope: LongText
    source: Title | None = Field(None, description="Item of the document; its number if left out.")
    sectors: tuple[SectorCode, ...] = Field((), max_length=200)
    units: tuple[UnitCode, ...] = Field((), max_length=200)
    replace: bool = Field(default=False, description="Replace what this scope had on these days; else it refuses it.")

    def as_portfolio(self, post: str) -> Portfolio:
        """Return the portfolio."""
        return Portfolio(
            post=post,
            scope=self.scope,
            source=self.source or self.document,
            document=self.document,
            sectors=tuple(Named(code) for code in dict.fromkeys(self.sectors)),
            units=tuple(Named(code) for code in dict.fromkeys(self.units)),
            valid_from=self.effective_on,
            valid_to=self.valid_to,
        )


class TakePortfolio(DatedCommand):
    """Let a post be in charge of a scope no more from a day on; without scope, of none."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"scope": "分管旅游口", "effective_on": "2026-03-01", "document": _DOCUMENT}]}
    )

    scope: LongText | None = None
