"""The content of notice and minutes, in official Chinese and in reading order. Pure.

The parts are those of the 纪要 format, GB/T 9704-2012 10.3: mark, number, title, body, 出席、请假、列席, imprint.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from shared.clock import COUNTY_ZONE

_WEEKDAYS = "一二三四五六日"
_NOON = 12


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered part of the body: its heading and what follows, prose or a list of names."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Roll:
    """Names under a label: who was there, excused or sitting in, who gets a copy; each with the mark after it."""

    label: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its title, header, rows and the share of each column."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    shares: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper as it is set; empty parts are left out. `persons` are names that no line tears in two."""

    mark: str
    title: str
    issuer: str
    issued_on: date
    number: str = ""
    addressees: tuple[str, ...] = ()
    opening: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    tables: tuple[Table, ...] = ()
    closing: tuple[str, ...] = ()
    rolls: tuple[Roll, ...] = ()
    remark: tuple[str, ...] = ()
    copies: tuple[Roll, ...] = ()
    printed_on: date | None = None
    persons: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the paper as JSON values for the layout: days written out; `whole` matches what no line tears."""
        return {
            **asdict(self),
            "issued_on": chinese_day(self.issued_on),
            "printed_on": "" if self.printed_on is None else f"{chinese_day(self.printed_on)}印发",
            "whole": "|".join([*map(re.escape, sorted(self.persons, key=len, reverse=True)), _NUMBER]),
        }


_NUMBER = r"〔\d{4}〕\d+号|第?\d+([.,:：]\d+)*[万亿]?(平方米|平方公里|公里|公顷|百分点|\p{Han}|%|‰)?"
"""A number with its unit, a document's or minutes' number, in typst's syntax of regular expressions."""


def lines(text: str) -> tuple[str, ...]:
    """Return the paragraphs of a free text; a tab is a blank as wide as a character."""
    return tuple(line.strip().replace("\t", "　") for line in text.split("\n") if line.strip())


def listed(names: Sequence[str], between: str, end: str = "") -> tuple[str, ...]:
    """Return names with the marks between them and at the end, each with the one that follows it."""
    return (*(f"{name}{between}" for name in names[:-1]), *(f"{name}{end}" for name in names[-1:]))


def chinese_day(day: date) -> str:
    """Return a date as official papers write it: 2026年1月9日, GB/T 9704-2012 7.3.5.4."""
    return f"{day.year}年{day.month}月{day.day}日"


def chinese_moment(instant: datetime) -> str:
    """Return the county's day, weekday and time: 2026年1月16日（星期五）上午9:00."""
    there = instant.astimezone(COUNTY_ZONE)
    half, hour = ("上午", there.hour) if there.hour < _NOON else ("下午", (there.hour - _NOON) or _NOON)
    weekday = _WEEKDAYS[there.weekday()]
    return f"{chinese_day(there.date())}（星期{weekday}）{half}{hour}:{there.minute:02d}"
