"""Which lists there are, in the order in which their rows refer to each other, and what their columns are called."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from services.registry.exchange.words import DUTY_KINDS, ROLES, SECTOR_KINDS, UNIT_KINDS, Words
from services.registry.registers.kinds import REGISTERS, Register

Kind = Literal[
    "text", "name", "texts", "lines", "day", "number", "word", "standard",
    "unit", "units", "post", "sector", "sectors", "body",
]  # fmt: skip
"""How a cell is read.

Spaces between the Chinese signs of a `name` are for looks; `texts` are short and divided by 、 ； too, `lines` by
line ends alone; a `standard` is the number of one, with any dash; the last six name what is in the registry, by code,
name or alias; plurals take several.
"""

ListName = Literal[
    "documents", "units", "posts", "incumbencies", "bodies", "obligations", "memberships", "sectors", "duties",
    "portfolios", "standards", "trademarks", "associations", "association-work", "programmes", "policies",
]  # fmt: skip
LIST_NAMES: tuple[ListName, ...] = get_args(ListName)

Part = Literal["fact", "clause"]


@dataclass(frozen=True, slots=True)
class Field:
    """A column: its key in records, its headers (the first is written), how its cells are read, its width."""

    key: str
    headings: tuple[str, ...]
    kind: Kind = "text"
    width: float = 14
    required: bool = False
    words: Words | None = None
    part: Part = "fact"
    spread: bool = False
    """Several names in the cell are several records that are alike otherwise."""


@dataclass(frozen=True, slots=True)
class ListKind:
    """A list: its sheet, its title, its columns, and which of them say what a record is about."""

    name: ListName
    sheet: str
    title: str
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    named_by: str | None = None
    """The field that names a record where its code is left out."""
    dated: bool = True

    def field(self, key: str) -> Field:
        """Return a field by its key."""
        return next(field for field in self.fields if field.key == key)

    @property
    def all_fields(self) -> tuple[Field, ...]:
        """Return the fields with the days, which every dated list has."""
        return (*self.fields, *(_DAYS if self.dated else ()))


def _f(  # noqa: PLR0913 - each of them is a column's
    key: str, headings: str, kind: Kind = "text", width: float = 14, *, required: bool = False,
    words: Words | None = None, part: Part = "fact", spread: bool = False,
) -> Field:  # fmt: skip
    return Field(key, tuple(headings.split()), kind, width, required, words, part, spread)


_DAYS = (
    _f("valid_from", "生效日期 起始日期 开始日期 任职日期", "day", 12),
    _f("valid_to", "失效日期 终止日期 截止日期 离任日期", "day", 12),
)
_DOCUMENT = _f("document", "依据文件 文号 任职文件", width=18)
_SOURCE = _f("source", "出处 条目", width=8)

_PLAIN = (
    ListKind("documents", "文件", "文件目录", ("number",), (
        _f("number", "发文字号 文号", width=24, required=True),
        _f("title", "标题 文件标题", width=44, required=True),
        _f("issuer", "发文机关 发文单位", width=22),
        _f("written_on", "成文日期", "day", 13), _f("printed_on", "印发日期", "day", 13),
        _f("addressees", "主送 主送机关", "texts", 26), _f("copies", "抄送 抄送机关", "texts", 26),
        _f("subject_words", "主题词", "texts", 18),
    ), dated=False),
    ListKind("units", "单位", "单位名录", ("code",), (
        _f("code", "单位代码 代码 编码", width=16),
        _f("name", "单位名称 名称 单位全称 单位", "name", 24, required=True),
        _f("short_name", "简称 单位简称", "name", 18), _f("aliases", "别名 曾用名 其他名称", "texts", 22),
        _f("kind", "类别 单位类别 单位性质", "word", 14, words=UNIT_KINDS),
        _f("parent", "上级单位 主管单位", "unit", 18),
        _f("social_credit_code", "统一社会信用代码 信用代码", width=22),
        _f("note", "备注 说明", width=28), _DOCUMENT,
    ), named_by="name"),
    ListKind("posts", "职务", "职务名录", ("code",), (
        _f("code", "职务代码 代码 编码", width=20),
        _f("title", "职务名称 职务", "name", 28, required=True),
        _f("unit", "所属单位 单位", "unit", 24, required=True),
    ), named_by="title"),
    ListKind("incumbencies", "任职", "任职情况", ("post",), (
        _f("post", "职务 职务名称", "post", 28, required=True), _f("person", "姓名", "name", 12, required=True),
        _DOCUMENT,
    )),
    ListKind("bodies", "机构", "会议和机构名录", ("code",), (
        _f("code", "机构代码 代码", width=22), _f("name", "机构名称 名称 会议名称", "name", 30, required=True),
        _f("office", "办公室设在 办公室", "unit", 18), _f("note", "备注 说明", width=40), _SOURCE,
    ), named_by="name"),
    ListKind("obligations", "会议制度", "会议制度", ("body", "kind"), (
        _f("body", "会议 机构", "body", 28, required=True), _f("kind", "种类代码 种类", width=24, required=True),
        _f("times_per_year", "每年次数", "number", 10), _f("windows", "时段", "lines", 22),
        _f("hears", "听取", "lines", 36), _f("decides", "研究审议 决定", "lines", 40), _SOURCE,
    )),
    ListKind("memberships", "成员", "成员名单", ("body", "role", "holder_unit", "holder_post"), (
        _f("body", "会议 机构 会议名称", "body", 28, required=True),
        _f("role", "角色 担任", "word", 12, words=ROLES),
        _f("holder_unit", "成员单位 单位", "unit", 24, spread=True), _f("holder_post", "职务", "post", 24, spread=True),
        _DOCUMENT, _SOURCE,
    )),
    ListKind("sectors", "行业", "行业和事项目录", ("code",), (
        _f("code", "行业代码 代码 编码", width=30), _f("name", "行业名称 名称 行业 事项", "name", 24, required=True),
        _f("kind", "类别", "word", 8, words=SECTOR_KINDS), _f("within", "所属行业 上级行业", "sector", 22),
        _f("gbt4754_class", "国民经济行业类目 行业类目", width=12),
        _f("gbt4754_edition", "国民经济行业分类版本 分类版本", width=18),
    ), named_by="name"),
    ListKind("duties", "职责", "职责和条款", ("code",), (
        _f("code", "职责编号 编号", width=8, required=True), _f("article", "部分 章", width=5),
        _f("number", "项 项次", "number", 5),
        _f("holder_unit", "承担单位 单位 责任单位", "unit", 15), _f("holder_post", "承担职务 职务", "post", 11),
        _f("text", "职责原文 职责 职责内容", width=44), _SOURCE, _DOCUMENT,
        _f("clause_kind", "条款类别 职责种类", "word", 10, words=DUTY_KINDS, part="clause"),
        _f("clause_text", "条款原文 条款", width=32, part="clause"),
        _f("objects", "行业或事项 行业 对象", "sectors", 18, part="clause"),
        _f("partners", "会同单位 配合单位", "units", 13, part="clause"),
    )),
    ListKind("portfolios", "归口", "分管和归口", ("post", "scope"), (
        _f("post", "职务 分管领导", "post", 18, required=True),
        _f("scope", "分管内容 归口内容", width=30, required=True),
        _f("sectors", "行业或事项 行业", "sectors", 30), _f("units", "分管单位 单位", "units", 30), _SOURCE, _DOCUMENT,
    )),
)  # fmt: skip

_SHEETS = {
    "standards": "标准",
    "trademarks": "商标",
    "associations": "协会",
    "association-work": "协会工作",
    "programmes": "退二进三和二三产分离",
    "policies": "政策规划",
}
_LONG_FIELDS = frozenset({"goods", "result", "addressees", "copies"})


def _list_of(register: Register) -> ListKind:
    """Return the list of a register's entries, its own fields as they are declared there."""
    own = tuple(
        Field(
            key=name,
            headings=(about.title or name,),
            kind=_kind_of(register, name),
            width=26 if name in _LONG_FIELDS else 13,
            words=register.fields.words.get(name),
        )
        for name, about in register.fields.model_fields.items()
    )
    name: ListName = next(each for each in LIST_NAMES if each == register.name)
    common = (
        Field("key", (register.key_heading, "编号"), _key_kind(register), width=22, required=True),
        Field("title", (register.title_heading, "名称", "标题"), width=34, required=True),
        *own,
        Field("sectors", ("行业或事项", "行业"), "sectors", 22),
        Field("unit", (register.unit_heading, "单位"), "unit", 18),
        Field("status", ("状态",), "word", 10, words=register.states),
        _DOCUMENT,
    )
    return ListKind(name, _SHEETS[register.name], register.title, ("key",), common)


def _key_kind(register: Register) -> Kind:
    return "standard" if register.name == "standards" else "text"


def _kind_of(register: Register, name: str) -> Kind:
    written = str(register.fields.model_fields[name].annotation)
    if name in register.fields.words:
        return "word"
    if "date" in written:
        return "day"
    if "tuple" in written:
        return "texts"
    return "number" if "int" in written else "text"


LISTS: Mapping[ListName, ListKind] = MappingProxyType(
    {each.name: each for each in (*_PLAIN, *(_list_of(register) for register in REGISTERS.values()))}
)
"""Every list by its name, in the order in which they must be entered."""
