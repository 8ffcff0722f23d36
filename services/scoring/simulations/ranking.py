"""How the ranking by a draft differs from that by the method in force. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from services.scoring.domain import Subject
from services.scoring.standings import Standing


def differences(
    subjects: Sequence[Subject], in_force: Sequence[Standing] | None, draft: Sequence[Standing]
) -> list[dict[str, Any]]:
    """Return each unit's place by both methods as JSON values, in the draft's order; `moved` counts ranks gained."""
    names = {subject.code: subject.name for subject in subjects}
    present: Mapping[str, Standing] = {} if in_force is None else {standing.unit: standing for standing in in_force}
    return [_difference(names, present.get(standing.unit), standing) for standing in draft]


def _difference(names: Mapping[str, str], now: Standing | None, then: Standing) -> dict[str, Any]:
    moved = None if now is None or now.rank is None or then.rank is None else now.rank - then.rank
    return {
        "unit": {"code": then.unit, "name": names.get(then.unit, then.unit)},
        "in_force": None if now is None else _place(now),
        "draft": _place(then),
        "moved": moved,
        "gained": None if now is None else _gained(now.total, then.total),
    }


def _place(standing: Standing) -> dict[str, Any]:
    total = None if standing.total is None else str(standing.total)
    return {"rank": standing.rank, "total": total, "grade": standing.grade}


def _gained(before: Decimal | None, after: Decimal | None) -> str | None:
    return None if before is None or after is None else str(after - before)
