"""What each register keeps, declared once: its key, its states, its own fields. All else is read from here.

A field's `title` is its Chinese header in files, `words` are the Chinese words of its values: the first is written, any
is read.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from services.registry.document_number import document_number_faults
from services.registry.registers.standard_number import STANDARD_FORM, level_of, standard_number_faults
from shared.clock import Day
from shared.text import LongText, Title

Words = Mapping[str, tuple[str, ...]]
Level = Literal["national", "industry", "local"]


def _words(**of_values: str) -> Words:
    return MappingProxyType({value: tuple(words.split()) for value, words in of_values.items()})


class EntryFields(BaseModel):
    """Base of what a register keeps beside key, title, unit, sectors and state."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    words: ClassVar[Mapping[str, Words]] = MappingProxyType({})

    def check_key(self, key: str) -> None:
        """Refuse fields that contradict the entry's key; most registers have none that could."""


class Standard(EntryFields):
    """A standard of the service industry (服务业标准目录, 三.18)."""

    words = MappingProxyType(
        {"level": _words(national="国家标准 国家", industry="行业标准 行业", local="地方标准 地方")}
    )

    level: Level = Field(title="级别")
    issued_on: Day | None = Field(None, title="发布日期")
    in_force_on: Day | None = Field(None, title="实施日期")
    replaces: str | None = Field(None, title="代替标准", max_length=200)

    def check_key(self, key: str) -> None:
        """Refuse a level that the number does not have: GB is national, DB local, any other an industry's."""
        level = level_of(key)
        if level != self.level:
            raise _contradiction(f"{key} is a {level} standard by its number, not {self.level}", f"level {level}")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        _check_order("in_force_on", self.in_force_on, "issued_on", self.issued_on)
        return self


class Trademark(EntryFields):
    """A trademark recognised as 著名, or recommended as 驰名 (三.17)."""

    words = MappingProxyType({"grade": _words(famous="著名商标 著名", well_known="驰名商标 驰名")})

    grade: Literal["famous", "well_known"] = Field(title="类别")
    year: int = Field(title="年度", ge=1949, le=2199)
    holder: Title = Field(title="商标权人")
    goods: str | None = Field(None, title="核定商品或服务", max_length=500)


class Association(EntryFields):
    """An association of an industry, or the federation (服务业联合会, 二.5)."""

    words = MappingProxyType({"kind": _words(association="行业协会 协会", federation="联合会")})

    kind: Literal["association", "federation"] = Field(title="类别")
    federation: str | None = Field(None, title="所属联合会", max_length=200)
    founded_on: Day | None = Field(None, title="成立日期")
    members: int | None = Field(None, title="会员数", ge=0, le=1_000_000)


class AssociationWork(EntryFields):
    """A piece of work of an association (战略研究、商务咨询、信息交流、标准制定、人才培养、行业自律, 二.5)."""

    words = MappingProxyType(
        {
            "kind": _words(
                research="战略研究 研究",
                advice="商务咨询 咨询",
                exchange="信息交流",
                standards="标准制定",
                training="人才培养 培训",
                self_discipline="行业自律 自律",
            )
        }
    )

    association: Title = Field(title="协会")
    kind: Literal["research", "advice", "exchange", "standards", "training", "self_discipline"] = Field(title="类别")
    year: int = Field(title="年度", ge=1949, le=2199)
    result: LongText | None = Field(None, title="成果")


class Programme(EntryFields):
    """An enterprise's part in a programme: 退二进三 (三.9) or 二三产分离 (三.6)."""

    words = MappingProxyType({"programme": _words(land_conversion="退二进三", service_separation="二三产分离")})

    programme: Literal["land_conversion", "service_separation"] = Field(title="事项")
    enterprise: Title = Field(title="企业")
    place: str | None = Field(None, title="地点", max_length=200)
    started_on: Day | None = Field(None, title="启动日期")
    completed_on: Day | None = Field(None, title="完成日期")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        _check_order("completed_on", self.completed_on, "started_on", self.started_on)
        return self


class Policy(EntryFields):
    """A policy or plan that was issued, with 主送, 抄送 and 主题词 where the document has them."""

    words = MappingProxyType({"kind": _words(policy="政策", plan="规划 计划")})

    kind: Literal["policy", "plan"] = Field(title="类别")
    issuer: Title = Field(title="发文机关")
    written_on: Day = Field(title="成文日期")
    printed_on: Day | None = Field(None, title="印发日期")
    addressees: tuple[Title, ...] = Field((), title="主送", max_length=100)
    copies: tuple[Title, ...] = Field((), title="抄送", max_length=100)
    subject_words: tuple[Title, ...] = Field((), title="主题词", max_length=20)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        _check_order("printed_on", self.printed_on, "written_on", self.written_on)
        return self


@dataclass(frozen=True, slots=True)
class Register:
    """A register: its Chinese name, what its key and its unit are called, its states, its fields."""

    name: str
    title: str
    key_heading: str
    title_heading: str
    unit_heading: str
    states: Words
    fields: type[EntryFields]
    key_faults: Callable[[str], list[str]] = lambda _key: []
    key_form: str = "1 to 200 characters on one line"

    def parsed(self, fields: Mapping[str, Any], key: str) -> EntryFields:
        """Return the register's own fields, checked; raises pydantic's `ValidationError` or `PydanticCustomError`."""
        found = self.fields.model_validate(fields)
        found.check_key(key)
        return found


REGISTERS: Mapping[str, Register] = MappingProxyType(
    {
        register.name: register
        for register in (
            Register(
                "standards", "服务业标准目录", "标准号", "标准名称", "归口单位",
                _words(in_force="现行", upcoming="即将实施", replaced="被代替", withdrawn="废止"),
                Standard, standard_number_faults, STANDARD_FORM,
            ),
            Register(
                "trademarks", "服务业商标名录", "注册号", "商标名称", "认定或推荐单位",
                _words(recognised="已认定 认定", recommended="已推荐 推荐", lapsed="已失效 失效"), Trademark,
            ),
            Register(
                "associations", "服务业协会名录", "协会编号", "协会名称", "业务主管单位",
                _words(active="正常", dissolved="已注销 注销"), Association,
            ),
            Register(
                "association-work", "服务业协会工作", "编号", "工作名称", "指导单位",
                _words(planned="计划", running="进行中", done="已完成 完成"), AssociationWork,
            ),
            Register(
                "programmes", "退二进三和二三产分离项目", "项目编号", "项目名称", "牵头单位",
                _words(planned="计划", running="进行中", done="已完成 完成", cancelled="已取消 取消"), Programme,
            ),
            Register(
                "policies", "服务业政策和规划", "发文字号", "标题", "承办单位",
                _words(in_force="现行", replaced="被代替", repealed="废止"), Policy,
                document_number_faults, "发文字号, e.g. 永政办发〔2009〕106号",
            ),
        )
    }
)  # fmt: skip
"""Every register by its name in paths and events."""


def _check_order(later_name: str, later: Day | None, earlier_name: str, earlier: Day | None) -> None:
    if later is not None and earlier is not None and later < earlier:
        raise _contradiction(f"{later_name} {later} is before {earlier_name} {earlier}", f"{earlier} or later")


def _contradiction(reason: str, expected: str) -> PydanticCustomError:
    return PydanticCustomError("contradiction", "{reason}", {"reason": reason, "expected": expected})
