"""How the ranking by a draft differs from that by the method in force. Pure."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from services.scoring.domain import Subject
from services.scoring.standings import Standing


class InForce(NamedTuple):
    """The method in force with which a draft is compared, and its standings."""

    method: str
    version: int
    standings: Sequence[Standing]


def differences(
    subjects: Sequence[Subject], in_force: InForce | None, draft: Sequence[Standing]
) -> list[dict[str, Any]]:
    """Return each unit's place by both methods as JSON values; `moved` counts ranks gained.

    In the draft's order; then the units that the draft assesses no longer.
    """
    names = {subject.code: subject.name for subject in subjects}
    present = {standing.unit: standing for standing in in_force.standings} if in_force else {}
    then = {standing.unit: standing for standing in draft}
    return [
        _difference(unit, names.get(unit, unit), in_force, present.get(unit), then.get(unit))
        for unit in (*then, *(unit for unit in present if unit not in then))
    ]


def _difference(
    unit: str, name: str, in_force: InForce | None, now: Standing | None, then: Standing | None
) -> dict[str, Any]:
    by = {} if in_force is None else {"method": in_force.method, "method_version": in_force.version}
    return {
        "unit": {"code": unit, "name": name},
        "in_force": None if now is None else _place(now) | by,
        "draft": None if then is None else _place(then),
        "moved": None if now is None or then is None else _moved(now.rank, then.rank),
        "gained": None if now is None or then is None else _gained(now.total, then.total),
    }


def _place(standing: Standing) -> dict[str, Any]:
    total = None if standing.total is None else str(standing.total)
    return {"rank": standing.rank, "total": total, "grade": standing.grade}


def _moved(before: int | None, after: int | None) -> int | None:
    return None if before is None or after is None else before - after


def _gained(before: Decimal | None, after: Decimal | None) -> str | None:
    return None if before is None or after is None else str(after - before)
