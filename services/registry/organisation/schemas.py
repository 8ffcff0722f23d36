"""What the office sends to change the organisation."""

from datetime import date
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from services.registry.domain import Unit, UnitKind
from services.registry.identifier_fields import SocialCreditCode, check_division
from services.registry.schemas import CorrectionCommand, DocumentNumber, PostCode, UnitCode
from shared.clock import Day
from shared.commands import CommandBody
from shared.text import LongText, Title


class Rule(BaseModel):
    """Where what is still open goes: `to` a unit, or it ends (`end`), or it stays (`stay`, only in a split)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: UnitCode | None = None
    end: bool = False
    stay: bool = False

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.to is not None) + self.end + self.stay != 1:
            raise PydanticCustomError(
                "rule", "says {said}", {"said": "none or several of to, end, stay", "expected": "to, end or stay"}
            )
        return self


class Follow(BaseModel):
    """What follows, by kind and where needed item by item; `rest` is for all that is not named."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rest: Rule | None = Field(None, description="For everything that no other rule names.")
    duties: Rule | None = Field(None, description="Duty items that the unit holds.")
    duty_items: dict[str, Rule] = Field(default={}, max_length=500, description="By code of the duty item.")
    memberships: Rule | None = Field(None, description="Roles in bodies that the unit holds.")
    bodies: dict[str, Rule] = Field(default={}, max_length=100, description="Its roles, by code of the body.")
    posts: Rule | None = Field(None, description="Posts of the unit; what they hold goes with them.")
    post_items: dict[PostCode, Rule] = Field(default={}, max_length=100, description="By code of the post.")
    references: Rule | None = Field(
        None, description="Its part in others' duties (会同) and in portfolios, the office of bodies, units under it."
    )
    open_work_to: UnitCode | None = Field(None, description="Who takes over open assignments; null: they end.")


class _Organising(CommandBody):
    effective_on: Day = Field(description="First day of the new state.")
    document: DocumentNumber = Field(description="The document that makes the change; it may be recorded later.")
    dry_run: bool = Field(default=False, description="Only say what would follow; nothing is changed.")
    confirm: tuple[str, ...] = Field(
        (), max_length=500, description="Codes of the warnings that are accepted; applying needs all of them."
    )


class NewUnit(BaseModel):
    """A unit that the change sets up."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: UnitCode
    name: Title
    short_name: Title
    kind: UnitKind
    aliases: tuple[Title, ...] = Field((), max_length=20)
    parent: UnitCode | None = None
    note: LongText | None = None
    social_credit_code: SocialCreditCode | None = None

    @model_validator(mode="after")
    def _division_exists(self) -> Self:
        check_division(self.code)
        return self

    def as_unit(self, valid_from: date, document: str) -> Unit:
        """Return the unit from its first day on."""
        return Unit(**self.model_dump(), valid_from=valid_from, document=document)


class MergeUnits(_Organising):
    """Merge units into a new one, or into one of them or another that exists."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "units": ["330324-wgj", "330324-tyj"],
                    "into": {
                        "code": "330324-wgt",
                        "name": "县文化广电旅游体育局",
                        "short_name": "文广旅体局",
                        "kind": "department",
                    },
                    "effective_on": "2026-03-01",
                    "document": "永委办〔2026〕5号",
                    "follow": {"open_work_to": "330324-wgt"},
                    "dry_run": True,
                }
            ]
        }
    )

    units: tuple[UnitCode, ...] = Field(min_length=1, max_length=50, description="The units that are merged.")
    into: UnitCode | NewUnit
    follow: Follow = Field(Follow(), description="Without a rule everything goes to the unit that they become.")

    @model_validator(mode="after")
    def _several(self) -> Self:
        involved = {*self.units, self.into if isinstance(self.into, str) else self.into.code}
        if len(set(self.units)) != len(self.units) or len(involved) < 2:  # noqa: PLR2004 - a merger takes two
            raise PydanticCustomError(
                "units", "{reason}", {"reason": "a unit is named twice, or alone", "expected": "at least two units"}
            )
        return self


class SplitUnit(_Organising):
    """Divide a unit among others, new ones or such as exist; it may go on beside them."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "into": [
                        {
                            "code": "330324-rlj",
                            "name": "县人力资源和社会保障局",
                            "short_name": "人社局",
                            "kind": "department",
                        },
                        {"code": "330324-bb", "name": "县编办", "short_name": "编办", "kind": "leading_office"},
                    ],
                    "continues": False,
                    "effective_on": "2026-03-01",
                    "document": "永委办〔2026〕5号",
                    "follow": {"rest": {"to": "330324-rlj"}, "open_work_to": "330324-rlj"},
                    "dry_run": True,
                }
            ]
        }
    )

    into: tuple[UnitCode | NewUnit, ...] = Field(min_length=1, max_length=20)
    continues: bool = Field(default=False, description="Whether the unit itself goes on beside the new ones.")
    follow: Follow = Field(Follow(), description="Without a rule, what is open stays if the unit goes on.")


class RenameUnit(_Organising):
    """Call a unit otherwise from a day on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "县文化和广电旅游体育局",
                    "short_name": "文广旅体局",
                    "effective_on": "2026-03-01",
                    "document": "永委办〔2026〕5号",
                }
            ]
        }
    )

    name: Title
    short_name: Title
    aliases: tuple[Title, ...] = Field((), max_length=20, description="All other names from that day on.")


class MoveUnit(_Organising):
    """Put a unit under another from a day on; null: under none."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"parent": "330324-fgj", "effective_on": "2026-03-01", "document": "永委办〔2026〕5号"}]
        }
    )

    parent: UnitCode | None


class RetireUnit(_Organising):
    """Let a unit be no more from a day on; what is open follows by the rules given."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "effective_on": "2026-03-01",
                    "document": "永委办〔2026〕5号",
                    "follow": {"rest": {"end": True}},
                    "dry_run": True,
                }
            ]
        }
    )

    follow: Follow = Follow()


class CorrectUnit(CorrectionCommand):
    """Say that the registry was wrong: on these days the unit was so. What is left out is right as it stands."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "valid_from": "2009-07-06",
                    "valid_to": "2026-03-01",
                    "short_name": "文广局",
                    "reason": "简称录入有误，以原文件为准",
                }
            ]
        }
    )

    name: Title | None = None
    short_name: Title | None = None
    aliases: tuple[Title, ...] | None = Field(None, max_length=20)
    kind: UnitKind | None = None
    note: LongText | None = None
    document: DocumentNumber | None = None
    social_credit_code: SocialCreditCode | None = None

    @property
    def content(self) -> dict[str, Any]:
        """Return what is said to be otherwise."""
        stated = self.model_dump(
            include={"name", "short_name", "aliases", "kind", "note", "document", "social_credit_code"}
        )
        return {name: value for name, value in stated.items() if value is not None}
