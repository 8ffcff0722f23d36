"""Ranks, tie-breaks, grades and their quotas. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from services.scoring.grading import Grade
from services.scoring.rules.numbers import plain


class Ranked(NamedTuple):
    """A unit that takes part in the ranking."""

    unit: str
    total: Decimal
    tie_points: tuple[Decimal, ...]
    highest_grade: int
    """Index of the best grade that it may get."""


def ranked(entries: Sequence[Ranked]) -> dict[str, int]:
    """Return each unit's rank: by total, then by the tie-break; who is equal in all shares the better rank."""
    keys = [(entry.total, entry.tie_points) for entry in entries]
    return {entry.unit: 1 + sum(1 for other in keys if other > key) for entry, key in zip(entries, keys, strict=True)}


def graded(
    grades: Sequence[Grade], entries: Sequence[Ranked], places: Mapping[str, int]
) -> dict[str, tuple[str | None, str | None]]:
    """Return each unit's grade, and a note where it is not that of its total.

    Within a quota the better ranks come first; units that share a rank and do not all fit fall to the next grade.
    """
    found: dict[str, tuple[str | None, str | None]] = {}
    waiting: dict[str, str] = {}
    by_unit = {entry.unit: entry for entry in entries}
    own = {entry.unit: _band_of(grades, entry.total) for entry in entries}
    for index, grade in enumerate(grades):
        candidates = [
            unit for unit, entry in by_unit.items()
            if unit not in found and own[unit] is not None and max(own[unit] or 0, entry.highest_grade) <= index
        ]  # fmt: skip
        taken = _within_quota(grade, candidates, places, len(entries))
        for unit in candidates:
            if unit in taken:
                found[unit] = grade.title, waiting.get(unit)
            else:
                waiting.setdefault(unit, f"“{grade.title}”名额已满，列入下一等次")
    for unit, entry in by_unit.items():
        if grades and unit not in found:
            found[unit] = None, f"总分 {plain(entry.total)} 不在任何等次内"
    return found


def _band_of(grades: Sequence[Grade], total: Decimal) -> int | None:
    return next((index for index, grade in enumerate(grades) if total in grade.band), None)


def _within_quota(grade: Grade, candidates: Sequence[str], places: Mapping[str, int], count: int) -> set[str]:
    if grade.quota is None:
        return set(candidates)
    limit = grade.quota.places(count)
    taken: set[str] = set()
    for rank in sorted({places[unit] for unit in candidates}):
        tied = [unit for unit in candidates if places[unit] == rank]
        if len(taken) + len(tied) > limit:
            break
        taken.update(tied)
    return taken
