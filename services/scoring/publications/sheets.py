"""Result sheets (考核结果单): a published result as xlsx and docx, one page per unit. Pure.

What they show is what is published, nothing is computed anew; a preliminary result says that it is one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from math import ceil
from typing import Any

from docx.document import Document as WordDocument

from services.scoring.method import Method
from services.scoring.publications.domain import Appeal, AppealState, Publication
from services.scoring.rules.numbers import plain
from shared import official_word as word
from shared.clock import county_date
from shared.workbook import SheetColumn, SheetContent, Value, make_workbook

Place = Mapping[str, Any]

_OVERVIEW = (
    SheetColumn("名次", 8, "center"), SheetColumn("单位", 30), SheetColumn("总分", 12, "right"),
    SheetColumn("等次", 10, "center"), SheetColumn("备注", 40),
)  # fmt: skip
_DETAIL = (
    SheetColumn("考核项目", 30), SheetColumn("满分", 10, "right"), SheetColumn("得分", 10, "right"),
    SheetColumn("计算过程", 60), SheetColumn("得满分尚需", 40),
)  # fmt: skip
_WORD_HEADER = ("考核项目", "满分", "得分", "计算过程")
_WORD_WIDTHS = (50, 14, 14, 78)
_LINES_OF_A_PAGE = 22
_LINES_AROUND = 7
"""Blank lines around the title, at the page's top, before and in the signature."""
_SIGNS_OF_A_LINE = 26
_SIGNS_OF_A_TITLE_LINE = 20
_INDENT = 2
_NOT_APPLICABLE = "不适用"
_OUTCOMES: Mapping[AppealState, str] = {
    "filed": "正在审理", "upheld": "成立", "rejected": "不成立", "withdrawn": "已撤回",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ResultSheets:
    """What the sheets are made of: the publication's rows and appeals, the method, who issues it."""

    publication: Publication
    method: Method
    appeals: Sequence[Appeal]
    issuer: str

    @property
    def title(self) -> str:
        """Return the method's title."""
        return self.method.title

    @property
    def places(self) -> list[dict[str, Any]]:
        """Return the published rows, the preliminary ones if nothing is published yet."""
        return self.publication.result or self.publication.preliminary

    @property
    def note(self) -> str:
        """Return which state and day the sheets are of."""
        if self.publication.state == "abandoned":
            return f"{word.chinese_date(self.publication.closed_on)}的初步结果，已撤销，不作为考核依据"
        if self.publication.published_at is None:
            return f"初步结果，统计截至{word.chinese_date(self.publication.closed_on)}，申诉期内可能变动"
        edition = f"第{self.publication.edition}版，" if self.publication.edition > 1 else ""
        return f"{edition}公布日期：{word.chinese_date(self.issued_on)}"

    @property
    def issued_on(self) -> date:
        """Return the county's day of publication, of the closing before that."""
        return county_date(self.publication.published_at or self.publication.closed_at)

    def to_xlsx(self, at: datetime) -> bytes:
        """Return a workbook: an overview, then a sheet per unit."""
        return make_workbook(self._sheets(), title=self.title, created=at, author=self.issuer)

    def to_docx(self) -> bytes:
        """Return a Word document with a page per unit."""
        document = word.new_document()
        for index, place in enumerate(self.places):
            if index:
                word.page_break(document)
            self._add_page(document, place)
        return word.written(document)

    def _add_page(self, document: WordDocument, place: Place) -> None:
        """Add a unit's page, its table in a size of type that leaves room for what stands around it."""
        texts = [
            f"{self.title}结果单",
            f"{place['unit']['name']}：{_result_text(place)}",
            *self._remarks(place),
            f"{self.note}。",
        ]
        rows = list(_word_rows(place))
        lines = ceil(len(texts[0]) / _SIGNS_OF_A_TITLE_LINE) + _LINES_AROUND
        lines += sum(ceil((len(text) + _INDENT) / _SIGNS_OF_A_LINE) for text in texts[1:])
        height = (_LINES_OF_A_PAGE - lines) * word.LINE.pt
        word.title(document, texts[0])
        word.plain(document, texts[1])
        word.table(
            document, _WORD_HEADER, rows, _WORD_WIDTHS, word.fitting_size([_WORD_HEADER, *rows], _WORD_WIDTHS, height)
        )
        for text in texts[2:]:
            word.paragraph(document, text)
        word.signature(document, self.issuer, self.issued_on)

    def _sheets(self) -> Iterator[SheetContent]:
        yield SheetContent("总表", f"{self.title}结果", _OVERVIEW, [self._overview(p) for p in self.places], self.note)
        for place in self.places:
            name = place["unit"]["name"]
            rows = [*_detail_rows(place), *(("备注", None, None, text, None) for text in self._remarks(place))]
            note = f"{_result_text(place)}。{self.note}"
            yield SheetContent(name, f"{self.title}结果单（{name}）", _DETAIL, rows, note, on_one_page=True)

    def _overview(self, place: Place) -> tuple[Value, ...]:
        total = place.get("total")
        remarks = "；".join(self._remarks(place))
        given = None if total is None else Decimal(total)
        return place["rank"], place["unit"]["name"], given, place.get("grade"), remarks

    def _remarks(self, place: Place) -> list[str]:
        """Return what a unit's scores do not say: its notes, and what became of its appeals."""
        notes = [str(note) for note in place.get("notes", ())]
        appeals = [self._appeal_text(each) for each in self.appeals if each.unit == place["unit"]["code"]]
        return [*notes, "；".join(appeals)] if appeals else notes

    def _appeal_text(self, appeal: Appeal) -> str:
        code = appeal.decided_criterion or appeal.criterion
        title = next((rule.title for rule in self.method.criteria if rule.code == code), None)
        matter = f"对{'考核结果' if title is None else f'“{title}”'}的申诉"
        given = f"，{'加' if appeal.points > 0 else '减'} {plain(abs(appeal.points))} 分" if appeal.points else ""
        return f"{matter}{_OUTCOMES[appeal.state]}{given}"


def _result_text(place: Place) -> str:
    if place.get("total") is None:
        return f"不参加排名（{place['formula']}）"
    rank = "不参加评定" if place["rank"] is None else f"第{place['rank']}名"
    parts = [f"总分 {place['total']}", rank, *([f"等次“{place['grade']}”"] if place.get("grade") else [])]
    return "，".join(parts)


def _scores(place: Place) -> Iterator[Mapping[str, Any]]:
    yield from place["criteria"]
    yield from place.get("bonuses", ())


def _detail_rows(place: Place) -> Iterator[tuple[Value, ...]]:
    for score in _scores(place):
        points = score.get("points")
        given: Value = _NOT_APPLICABLE if points is None else Decimal(points)
        full = Decimal(score["max"])
        yield score["title"], full or None, given, score["formula"], score.get("wanted") or ""


def _word_rows(place: Place) -> Iterator[tuple[str, ...]]:
    for title, full, points, formula, _wanted in _detail_rows(place):
        shown = plain(points) if isinstance(points, Decimal) else str(points)
        yield str(title), plain(full) if isinstance(full, Decimal) else "—", shown, str(formula)
