"""Minutes: what they say, how they are numbered, what changed between editions, how they are searched. Pure."""

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, Field

from shared.text import LongText, Title


class Section(BaseModel):
    """One section of the minutes: what was said and decided on an item, or something besides."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    item: int | None = Field(None, ge=1, description="Number of the agenda item; who may see it, sees the section.")
    heading: Title
    text: LongText


class Content(BaseModel):
    """What an edition says. Lines of attendance read `单位　姓名（职务）`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Title
    opening: LongText
    sections: tuple[Section, ...] = Field(max_length=2000)
    closing: LongText | None = None
    present: tuple[Title, ...] = Field((), max_length=2000, description="出席")
    leave: tuple[Title, ...] = Field((), max_length=2000, description="请假")
    absent: tuple[Title, ...] = Field((), max_length=2000, description="缺席")
    observers: tuple[Title, ...] = Field((), max_length=2000, description="列席")
    copies_to: tuple[Title, ...] = Field((), max_length=2000, description="抄送")
    printed_by: Title = Field(description="印发机关")

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the whole content in canonical JSON."""
        canonical = orjson.dumps(self.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(canonical).hexdigest()

    def without(self, hidden: Collection[int]) -> "Content":
        """Return the content without the sections of some items."""
        return self.model_copy(update={"sections": tuple(each for each in self.sections if each.item not in hidden)})


class MinutesState(StrEnum):
    """Where minutes stand."""

    DRAFTED = "drafted"
    REVIEWED = "reviewed"
    SIGNED = "signed"
    PUBLISHED = "published"


MINUTES_STATE_NAMES = {
    MinutesState.DRAFTED: "草稿",
    MinutesState.REVIEWED: "已核稿",
    MinutesState.SIGNED: "已签发",
    MinutesState.PUBLISHED: "已印发",
}
"""What officials read."""

MINUTES_ALLOWED = {
    MinutesState.DRAFTED: ("edit", "review"),
    MinutesState.REVIEWED: ("edit", "sign"),
    MinutesState.SIGNED: ("publish",),
    MinutesState.PUBLISHED: ("corrections",),
}
"""What each state allows."""


@dataclass(frozen=True, slots=True)
class Minutes:
    """The minutes of a meeting, without what they say."""

    meeting_id: UUID
    version: int
    body: str
    state: MinutesState
    edition: int
    year: int | None
    number: int | None
    reviewed_by: str | None
    signed_on: date | None
    published_at: datetime | None

    @property
    def official_number(self) -> str | None:
        """Return e.g. 〔2026〕1号, once they are signed."""
        return None if self.number is None else f"〔{self.year}〕{self.number}号"


@dataclass(frozen=True, slots=True)
class Edition:
    """What the minutes say in one edition, who signed it, and, from the second on, what changed."""

    meeting_id: UUID
    edition: int
    content: Content
    digest: str
    signed_on: date | None
    signer: str | None
    signer_post: str | None
    change_note: str | None
    made_at: datetime
    made_by: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One part that reads otherwise than in the edition before; None: it was not there, or is there no longer."""

    part: str
    before: str | None
    after: str | None


def differences(before: Content, after: Content) -> list[Difference]:
    """Return what changed between two editions, in the order of the minutes; last, that sections were moved."""
    old, new = dict(_parts(before)), dict(_parts(after))
    names = dict.fromkeys([*new, *old])
    changed = [Difference(name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)]
    was, now = (
        "、".join(name for name, _ in _sections(content) if name in old and name in new) for content in (before, after)
    )
    return [*changed, *([Difference("顺序", was, now)] if was != now else [])]


_LISTS = (("present", "出席"), ("leave", "请假"), ("absent", "缺席"), ("observers", "列席"), ("copies_to", "抄送"))


def _parts(content: Content) -> Iterator[tuple[str, str]]:
    yield "标题", content.title
    yield "导语", content.opening
    yield from _sections(content)
    if content.closing is not None:
        yield "结语", content.closing
    for name, shown in _LISTS:
        lines: Sequence[str] = getattr(content, name)
        if lines:
            yield shown, "\n".join(lines)
    yield "印发机关", content.printed_by


def _sections(content: Content) -> Iterator[tuple[str, str]]:
    """Yield name and text of each section; names do not hang on places, so that one can be moved."""
    seen: Counter[str] = Counter()
    for section in content.sections:
        name = "其他部分" if section.item is None else f"第{section.item}项议题"
        seen[name] += 1
        shown = name if seen[name] == 1 else f"{name}（{seen[name]}）"
        yield shown, f"{section.heading}\n{section.text}"


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of the minutes that can be found; None as item: everybody who has the minutes may read it."""

    item_number: int | None
    text: str


def passages(content: Content) -> Iterator[Passage]:
    """Yield what can be found by search."""
    yield Passage(None, content.title)
    yield Passage(None, content.opening)
    for section in content.sections:
        yield Passage(section.item, f"{section.heading}\n{section.text}")
    if content.closing is not None:
        yield Passage(None, content.closing)
    attended = [*content.present, *content.leave, *content.absent, *content.observers]
    if attended:
        yield Passage(None, "\n".join(attended))


def plain(text: str) -> str:
    """Return the text as search compares it: one width, one case, without blanks."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def terms(text: str) -> list[str]:
    """Return the single signs and the pairs of signs of a plain text: Chinese has no blanks between its words."""
    pairs = (text[index : index + 2] for index in range(len(text) - 1))
    return sorted({*text, *pairs})


def query_terms(word: str) -> list[str]:
    """Return what a passage's terms must hold for it to be worth a look."""
    return [word] if len(word) == 1 else sorted({word[index : index + 2] for index in range(len(word) - 1)})


def excerpt(text: str, words: Sequence[str]) -> str:
    """Return the piece of a text around the first of the plain words that it holds, its beginning if around none."""
    places = [place for place, sign in enumerate(text) for _ in plain(sign)]
    flat = "".join(map(plain, text))
    found = min((at for word in words if (at := flat.find(word)) >= 0), default=None)
    middle = 0 if found is None else places[found]
    start, end = max(0, middle - _AROUND), middle + 2 * _AROUND
    return f"{'…' if start else ''}{text[start:end].strip()}{'…' if end < len(text) else ''}"


_AROUND = 60
_ORDINALS = "一二三四五六七八九"
_TEN = 10
_HUNDRED = 100


def chinese_ordinal(number: int) -> str:
    """Return 一, 十二, 二十, 一百零三 … for 1 to 999."""
    hundreds, rest = divmod(number, _HUNDRED)
    tens, ones = divmod(rest, _TEN)
    last = _ORDINALS[ones - 1] if ones else ""
    if not hundreds:
        leading = "" if tens == 1 else _ORDINALS[tens - 1] if tens else ""
        return f"{leading}十{last}" if tens else last
    middle = f"{_ORDINALS[tens - 1]}十" if tens else ("零" if ones else "")
    return f"{_ORDINALS[hundreds - 1]}百{middle}{last}"


def sentence(text: str) -> str:
    """Return the text with the full stop that its last sentence lacks."""
    return text if text.endswith(_ENDS) else f"{text}。"


_ENDS = ("。", "！", "？", "；", "：", "…", "”", "）", ".", "!", "?")
