"""What the office sends about bodies and their members."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from services.registry.domain import Body, Holder, Membership, Named, Role
from services.registry.schemas import CorrectionCommand, DatedCommand, DocumentNumber, HolderBody, UnitCode
from shared.text import LongText, Title

BodyCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=64)]
_DOCUMENT = "永政办发〔2026〕12号"


class Seat(BaseModel):
    """A role and who holds it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Role
    holder: HolderBody

    def as_holder(self) -> Holder:
        """Return the holder."""
        return Holder(unit=self.holder.unit, post=self.holder.post)


class NewSeat(Seat):
    """A seat that is given."""

    source: Title | None = Field(None, description="Item of the document.")


class RoleChange(BaseModel):
    """A holder who takes another role."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    holder: HolderBody
    from_role: Role
    to_role: Role


class AdjustMembers(DatedCommand):
    """Adjust the members of a body by one document: all of it or nothing (根据人事变动和工作需要及时调整补充, 二.2)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "effective_on": "2026-03-01",
                    "document": _DOCUMENT,
                    "adds": [{"role": "member", "holder": {"unit": "330324-fdj"}}],
                    "ends": [{"role": "member", "holder": {"unit": "330324-rhz"}}],
                    "role_changes": [],
                }
            ]
        }
    )

    adds: tuple[NewSeat, ...] = Field((), max_length=500)
    ends: tuple[Seat, ...] = Field((), max_length=500)
    role_changes: tuple[RoleChange, ...] = Field((), max_length=500)

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.adds or self.ends or self.role_changes):
            raise PydanticCustomError("adjustment", "changes nothing", {"expected": "adds, ends or role_changes"})
        return self


class CorrectMember(CorrectionCommand):
    """Say that the registry was wrong: on these days the holder had the role, or (`never`) had not."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "role": "member",
                    "holder": {"unit": "330324-fdj"},
                    "valid_from": "2010-01-01",
                    "valid_to": "2012-01-01",
                    "document": "永政办发〔2010〕1号",
                    "reason": "漏录的成员调整",
                }
            ]
        }
    )

    role: Role
    holder: HolderBody
    document: DocumentNumber | None = None

    def as_membership(self, body: str) -> Membership:
        """Return the membership that is right."""
        return Membership(
            body=body,
            role=self.role,
            holder=Holder(unit=self.holder.unit, post=self.holder.post),
            document=self.document,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
        )


class SetUpBody(DatedCommand):
    """Set up a body, or say what it is from a day on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "县服务业发展领导小组",
                    "office": "330324-fgj",
                    "effective_on": "2026-03-01",
                    "document": _DOCUMENT,
                }
            ]
        }
    )

    name: Title
    office: UnitCode | None = None
    note: LongText | None = None
    source: Title | None = None

    def as_body(self, code: str) -> Body:
        """Return the body from its day on."""
        return Body(
            code=code,
            name=self.name,
            office_unit=None if self.office is None else Named(self.office),
            note=self.note,
            source=self.source,
            valid_from=self.effective_on,
        )


class EndBody(DatedCommand):
    """Dissolve a body from a day on; its memberships end with it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"effective_on": "2026-03-01", "document": _DOCUMENT}]})
