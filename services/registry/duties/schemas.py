"""What the office sends about documents, sectors and duties."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from services.registry.domain import Clause, Days, Document, Duty, DutyKind, Holder, Named, Sector, SectorKind
from services.registry.identifier_fields import check_gbt4754
from services.registry.schemas import (
    CorrectionCommand,
    DatedCommand,
    DocumentNumber,
    HolderBody,
    UnitCode,
    check_order,
)
from shared.clock import Day
from shared.commands import CommandBody
from shared.text import LongText, Title

SectorCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=64)]
DutyCode = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z.-]*$", max_length=40)]


class RecordDocument(CommandBody):
    """Record an official document."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "number": "永政办发〔2026〕12号",
                    "title": "关于调整县服务业工作部门职责分工的通知",
                    "issuer": "永嘉县人民政府办公室",
                    "written_on": "2026-02-20",
                    "printed_on": "2026-02-24",
                }
            ]
        }
    )

    number: DocumentNumber
    title: Title
    issuer: Title
    written_on: Day = Field(description="成文日期")
    printed_on: Day | None = Field(None, description="印发日期, not before 成文")
    addressees: tuple[Title, ...] = Field((), max_length=200, description="主送")
    copies: tuple[Title, ...] = Field((), max_length=200, description="抄送")
    subject_words: tuple[Title, ...] = Field((), max_length=50, description="主题词")

    @model_validator(mode="after")
    def _printed_after_written(self) -> Self:
        if self.printed_on is not None and self.printed_on < self.written_on:
            raise PydanticCustomError(
                "days", "printed_on is before written_on", {"expected": "printed_on on or after written_on"}
            )
        return self

    def as_document(self) -> Document:
        """Return the document."""
        return Document(**self.model_dump(exclude={"occurred_at"}))


class ClassificationBody(BaseModel):
    """A class of 国民经济行业分类 with its edition."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: Annotated[str, StringConstraints(pattern=r"^[A-Z]?[0-9]{0,4}$", min_length=1)]
    edition: Annotated[str, StringConstraints(pattern=r"^GB/T 4754-[12][0-9]{3}$")]

    @model_validator(mode="after")
    def _class_of_edition(self) -> Self:
        check_gbt4754(self.code, self.edition)
        return self


class EnterSector(DatedCommand):
    """Enter a sector or theme, or say what it is from a day on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "夜间经济",
                    "kind": "sector",
                    "within": "catering",
                    "effective_on": "2026-03-01",
                    "document": "永政办发〔2026〕12号",
                }
            ]
        }
    )

    name: Title
    kind: SectorKind
    within: SectorCode | None = None
    gbt4754: ClassificationBody | None = None

    def as_sector(self, code: str) -> Sector:
        """Return the sector from its day on."""
        return Sector(
            code=code,
            name=self.name,
            kind=self.kind,
            within=self.within,
            gbt4754_class=None if self.gbt4754 is None else self.gbt4754.code,
            gbt4754_edition=None if self.gbt4754 is None else self.gbt4754.edition,
            valid_from=self.effective_on,
        )


class ClauseBody(BaseModel):
    """One clause of a duty."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: DutyKind
    text: LongText
    objects: tuple[SectorCode, ...] = Field((), max_length=100)
    partners: tuple[UnitCode, ...] = Field((), max_length=100)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for codes in (self.objects, self.partners):
            if len(set(codes)) != len(codes):
                raise PydanticCustomError("clause", "names a code twice", {"expected": "each code once"})
        return self

    def as_clause(self) -> Clause:
        """Return the clause."""
        return Clause(
            kind=self.kind,
            text=self.text,
            objects=tuple(Named(code) for code in self.objects),
            partners=tuple(Named(code) for code in self.partners),
        )


Clauses = Annotated[tuple[ClauseBody, ...], Field(min_length=1, max_length=100)]


class AssignDuty(CommandBody):
    """Let a duty item rest with a unit or a post from a day on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "2026.1",
                    "article": "一",
                    "number": 1,
                    "source": "一.1",
                    "holder": {"unit": "330324-fgj"},
                    "text": "负责夜间经济的指导协调和统计。",
                    "clauses": [
                        {"kind": "guide_coordinate", "text": "指导协调", "objects": ["catering"]},
                        {"kind": "statistics", "text": "统计", "objects": ["catering"], "partners": ["330324-tjj"]},
                    ],
                    "document": "永政办发〔2009〕106号",
                    "valid_from": "2026-03-01",
                }
            ]
        }
    )

    code: DutyCode
    article: Title
    number: int = Field(ge=1, le=10_000)
    source: Title = Field(description="Article and number as cited, e.g. 三.19.")
    holder: HolderBody
    text: LongText
    clauses: Clauses
    document: DocumentNumber = Field(description="The document in which the item stands; it must be recorded.")
    valid_from: Day
    valid_to: Day | None = None

    @model_validator(mode="after")
    def _days_in_order(self) -> Self:
        check_order(self.valid_from, self.valid_to)
        return self

    def as_duty(self) -> Duty:
        """Return the duty that is asked for."""
        return Duty(
            code=self.code,
            article=self.article,
            number=self.number,
            holder=Holder(unit=self.holder.unit, post=self.holder.post),
            text=self.text,
            source=self.source,
            document=self.document,
            clauses=tuple(clause.as_clause() for clause in self.clauses),
            valid_from=self.valid_from,
            valid_to=self.valid_to,
        )


class _DutyContent(CommandBody):
    """What may be otherwise."""

    holder: HolderBody | None = None
    text: LongText | None = None
    clauses: Clauses | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.content and not getattr(self, "never", False):
            raise PydanticCustomError("duty", "changes nothing", {"expected": "holder, text or clauses"})
        return self

    @property
    def content(self) -> dict[str, Any]:
        """Return what is said to be otherwise."""
        stated: dict[str, Any] = {}
        if self.holder is not None:
            stated |= {"holder": Holder(unit=self.holder.unit, post=self.holder.post), "aggregate": ""}
        if self.text is not None:
            stated["text"] = self.text
        if self.clauses is not None:
            stated["clauses"] = tuple(clause.as_clause() for clause in self.clauses)
        return stated


class AmendDuty(DatedCommand, _DutyContent):
    """Let a duty item read otherwise, or rest with another holder, from a day on; what is left out stays."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "holder": {"unit": "330324-jmj"},
                    "effective_on": "2026-03-01",
                    "document": "永政办发〔2026〕12号",
                }
            ]
        }
    )


class CorrectDuty(CorrectionCommand, _DutyContent):
    """Say that the registry was wrong about a duty item on some days; what is left out is right as it stands."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"valid_from": "2009-07-06", "text": "负责……", "reason": "录入时漏字，以原文件为准"}]
        }
    )


class RevokeDuty(DatedCommand):
    """Let a duty item rest with nobody from a day on."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"effective_on": "2026-03-01", "document": "永政办发〔2026〕12号"}]}
    )

    @property
    def days(self) -> Days:
        """Return the days on which it rests with nobody."""
        return Days(self.effective_on)


class EndSector(DatedCommand):
    """Let a sector or theme be no more from a day on; nothing may refer to it then."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"effective_on": "2026-03-01", "document": "永政办发〔2026〕12号"}]}
    )
