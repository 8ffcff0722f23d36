"""When a plan's item is due, as counties write it: 6月底, 第三季度, 全年, 年底前, 12月15日前, 上半年. Pure."""

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from shared.sheets import normalised, read_day

_DIGITS = {sign: number for number, sign in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2}
_NUMERAL = re.compile(r"[〇零一二三四五六七八九十]+(?=月|季度|日|年)|(?<=第)[一二三四]")
_UNTIL = r"(?:之?前|以前|为止|完成)*"
_QUARTER = re.compile(rf"第?([1-4])季度?(?:末|底|内)?{_UNTIL}")
_MONTH_END = re.compile(rf"(1[0-2]|0?[1-9])月份?(?:底|末|内|下旬|完成)?{_UNTIL}")
_DAY_OF_MONTH = re.compile(rf"(1[0-2]|0?[1-9])月([0-3]?\d)[日号]{_UNTIL}")
_TEN_DAYS = re.compile(rf"(1[0-2]|0?[1-9])月(?:份)?(上旬|中旬|初|中)(?:末|底)?{_UNTIL}")
_RANGE = re.compile(rf"(?:1[0-2]|0?[1-9])月?(?:份)?[-—–~～至到]+(1[0-2]|0?[1-9])月份?(?:底|末)?{_UNTIL}")
_BEFORE_MONTH = re.compile(r"(1[0-2]|0?[1-9])月份?(?:之|以)?前(?:完成)?")
_YEAR = re.compile(r"(\d{4})年(?:度)?|今年|当年|本年度?")
_LASTING = ("长期", "持续", "常年", "每月", "每季度", "每季", "按月", "按季", "经常性", "常态化", "全年推进")
_YEAR_END = re.compile(rf"(?:全年|年底|年末|年内|年终|下半年|年度内|全年度|年底内){_UNTIL}")
_HALF_YEAR = re.compile(rf"(?:上半年|年中|半年)(?:底|末)?{_UNTIL}")

JUNE, DECEMBER = 6, 12
EXAMPLES = "6月底, 第三季度, 上半年, 全年, 年底前, 12月15日前, 2026-06-30"


@dataclass(frozen=True, slots=True)
class Due:
    """The last day, and what to say of it if it was read freely."""

    day: date
    remark: str | None = None


def read_due(text: str, year: int) -> Due | None:
    """Return the day that the words mean in the plan's year; None if they say none for certain."""
    plain = _plain(text)
    whole = read_day(plain)
    if whole is not None:
        return Due(whole)
    named = _YEAR.match(plain)
    if named is not None:
        year = int(named[1]) if named[1] else year
        plain = plain[named.end() :]
    return _in_year(plain, year, yearly=named is not None)


def _in_year(plain: str, year: int, *, yearly: bool) -> Due | None:
    if any(plain.startswith(word) for word in _LASTING):
        return Due(date(year, DECEMBER, 31), f"“{plain}”按全年计，至年底")
    if yearly and plain in {"", "底", "末", "内", "底前", "内完成", "底前完成"}:
        return Due(date(year, DECEMBER, 31))
    if _BEFORE_MONTH.fullmatch(plain):
        return None  # 6月前 may mean the end of May or of June: only the office knows
    for pattern, day_of in _FORMS:
        if found := pattern.fullmatch(plain):
            return day_of(year, found)
    return None


def _plain(text: str) -> str:
    without = re.sub(r"[\s。．，,；;（）()]+", "", normalised(text))
    return _NUMERAL.sub(lambda found: str(_number(found[0])), without).replace("周年", "年")


def _number(numeral: str) -> int | str:
    """Return the number that a numeral up to 九十九 or a year's digits say."""
    if "十" not in numeral:
        return int("".join(str(_DIGITS[sign]) for sign in numeral))
    tens, ones = numeral.split("十", 1)
    return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)


def _month_end(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _on(year: int, month: int, day: int) -> Due | None:
    if not 1 <= day <= calendar.monthrange(year, month)[1]:
        return None
    return Due(date(year, month, day))


_FORMS: tuple[tuple[re.Pattern[str], Callable[[int, re.Match[str]], Due | None]], ...] = (
    (_YEAR_END, lambda year, _: Due(date(year, DECEMBER, 31))),
    (_HALF_YEAR, lambda year, _: Due(_month_end(year, JUNE))),
    (_DAY_OF_MONTH, lambda year, found: _on(year, int(found[1]), int(found[2]))),
    (_QUARTER, lambda year, found: Due(_month_end(year, 3 * int(found[1])))),
    (_TEN_DAYS, lambda year, found: _on(year, int(found[1]), 20 if found[2].startswith("中") else 10)),
    (_MONTH_END, lambda year, found: Due(_month_end(year, int(found[1])))),
    (_RANGE, lambda year, found: Due(_month_end(year, int(found[1])))),
)
"""Each form of words, and the day that it means in a year."""

_WITHIN = re.compile(
    r"(?:\d{4}年)?(?:(?:1[0-2]|[1-9]|[一二三四五六七八九十]+)月(?:(?:[1-3]?\d)日|底|末|上旬|中旬|下旬)?前?|"
    r"第?[一二三四1-4]季度(?:末|底)?前?|上半年|年底前|年底|年内|全年)"
)


def due_within(text: str, year: int) -> Due | None:
    """Return the last day that a sentence names, such as …，6月底前完成规划文本; None if it names none."""
    found = [due for match in _WITHIN.finditer(normalised(text)) if (due := read_due(match[0], year)) is not None]
    return max(found, key=lambda due: due.day, default=None)
