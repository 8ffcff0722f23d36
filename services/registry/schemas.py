"""What callers of the registry send."""

from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from services.registry.document_number import FORM, document_number_faults
from services.registry.domain import Days, Holder, Membership, Role, Unit, UnitKind
from services.registry.identifier_fields import SocialCreditCode, check_division
from shared.clock import Day
from shared.commands import CommandBody
from shared.text import LongText, Title


def _document_number(text: str) -> str:
    faults = document_number_faults(text)
    if faults:
        raise PydanticCustomError("document_number", "{reason}", {"reason": "; ".join(faults), "expected": FORM})
    return text


DocumentNumber = Annotated[
    str, AfterValidator(_document_number), WithJsonSchema({"type": "string", "description": FORM})
]
"""发文字号, e.g. 永政办发〔2009〕106号."""

UnitCode = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{6}-[a-z0-9]+(-[a-z0-9]+)*$",
        max_length=64,
        description="Division code (GB/T 2260) and pinyin initials, e.g. 330324-fgj.",
    ),
]
PostCode = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{6}-[a-z0-9]+(-[a-z0-9]+)*$", max_length=64, description="Code of a post, e.g. 330324-fgj-head."
    ),
]


class RegisterUnit(CommandBody):
    """Register a unit from a day on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "330324-swj",
                    "name": "县商务局",
                    "short_name": "商务局",
                    "kind": "department",
                    "aliases": ["县招商局"],
                    "valid_from": "2026-01-01",
                    "document": "永政办发〔2025〕88号",
                }
            ]
        }
    )

    code: UnitCode
    name: Title
    short_name: Title
    kind: UnitKind
    aliases: tuple[Title, ...] = Field((), max_length=20, description="Other names by which it is called.")
    parent: UnitCode | None = Field(None, description="The unit under which it stands.")
    valid_from: Day = Field(description="First day.")
    valid_to: Day | None = Field(None, description="The day before which it ends; null: open.")
    document: DocumentNumber | None = Field(None, description="The document that set it up.")
    social_credit_code: SocialCreditCode | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_order(self.valid_from, self.valid_to)
        check_division(self.code)
        return self

    def as_unit(self) -> Unit:
        """Return the unit that is asked for."""
        return Unit(
            code=self.code,
            name=self.name,
            short_name=self.short_name,
            aliases=self.aliases,
            kind=self.kind,
            parent=self.parent,
            document=self.document,
            social_credit_code=self.social_credit_code,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
        )


class HolderBody(BaseModel):
    """A unit or a post, one of the two."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    unit: UnitCode | None = None
    post: PostCode | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.unit is None) == (self.post is None):
            raise PydanticCustomError("holder", "names {count}", {"count": self._count(), "expected": "unit or post"})
        return self

    def _count(self) -> str:
        return "neither unit nor post" if self.unit is None else "both unit and post"


class AddMember(CommandBody):
    """Give a unit or post a role in a body (根据人事变动和工作需要及时调整补充协调会议成员, 二.2)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "role": "member",
                    "holder": {"unit": "330324-fdj"},
                    "valid_from": "2026-01-01",
                    "document": "永政办发〔2025〕88号",
                }
            ]
        }
    )

    role: Role
    holder: HolderBody
    valid_from: Day = Field(description="First day.")
    valid_to: Day | None = Field(None, description="The day before which it ends; null: open.")
    document: DocumentNumber = Field(description="The document that makes the change; it may be recorded later.")

    @model_validator(mode="after")
    def _days_in_order(self) -> Self:
        check_order(self.valid_from, self.valid_to)
        return self

    def as_membership(self, body: str) -> Membership:
        """Return the membership that is asked for."""
        return Membership(
            body=body,
            role=self.role,
            holder=Holder(unit=self.holder.unit, post=self.holder.post),
            document=self.document,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
        )


class DatedCommand(CommandBody):
    """A command that holds from a day on, by a document."""

    effective_on: Day = Field(description="First day of the new state.")
    document: DocumentNumber = Field(description="The document that makes the change.")


class CorrectionCommand(CommandBody):
    """Say that the registry was wrong about some days, past ones too; what was known stays on record."""

    valid_from: Day = Field(description="First day that is corrected.")
    valid_to: Day | None = Field(None, description="The day before which the corrected days end; null: open.")
    never: bool = Field(default=False, description="It was not so on these days at all.")
    reason: LongText = Field(description="What was wrong, and how it is known.")

    @model_validator(mode="after")
    def _days_in_order(self) -> Self:
        check_order(self.valid_from, self.valid_to)
        return self

    @property
    def days(self) -> Days:
        """Return the corrected days."""
        return Days(self.valid_from, self.valid_to)


def check_order(valid_from: Day, valid_to: Day | None) -> None:
    """Refuse days that end before they begin."""
    if valid_to is not None and valid_to <= valid_from:
        raise PydanticCustomError(
            "days",
            "valid_to {valid_to} is not after valid_from {valid_from}",
            {
                "valid_to": valid_to.isoformat(),
                "valid_from": valid_from.isoformat(),
                "expected": "a valid_to after valid_from",
            },
        )
