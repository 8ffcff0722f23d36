"""What a publication counts: the tallies at its closing, and on top of them what its appeals gave. Pure.

The tallies are kept as JSON rows of the same members as in the database, decimals as texts, so that a published result
can be computed again from its own row at any time.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

from services.scoring.domain import MethodReference, Subject
from services.scoring.fold import Line
from services.scoring.method import Method
from services.scoring.publications.domain import Publication
from services.scoring.rules.base import Part, Tally
from services.scoring.schemas import StandingView
from services.scoring.standings import Standing, TalliesByCriterion, standings
from shared.contracts.scoring import PublishedPlace

Facts = Mapping[str, Any]
_PLACE = ("rank", "total", "grade")
Places = list[dict[str, Any]]


def kept(subjects: Sequence[Subject], tallies: TalliesByCriterion, recorded_until: datetime | None) -> dict[str, Any]:
    """Return subjects, tallies and the record time of the newest line among them as JSON values."""
    rows = [
        [criterion, unit, part, sums.lines, str(sums.weight), str(sums.points)]
        for criterion, units in sorted(tallies.items())
        for unit, tally in sorted(units.items())
        for part, sums in sorted(tally.parts.items())
    ]
    return {
        "subjects": [[subject.code, subject.name] for subject in subjects],
        "tallies": rows,
        "recorded_until": None if recorded_until is None else recorded_until.isoformat(),
    }


def subjects_in(facts: Facts) -> list[Subject]:
    """Return who was assessed at the closing."""
    return [Subject(*row) for row in facts["subjects"]]


def recorded_until(publication: Publication) -> datetime:
    """Return the record time of the newest line that was counted: the log's clock may differ from the service's."""
    noted = publication.facts.get("recorded_until")  # closings before this was kept have none
    return publication.closed_at if noted is None else datetime.fromisoformat(noted)


def tallies_in(facts: Facts, lines: Iterable[Line] = ()) -> TalliesByCriterion:
    """Return the kept tallies with further lines on top."""
    parts: dict[str, dict[str, dict[str, Part]]] = {}
    for criterion, unit, part, count, weight, points in facts["tallies"]:
        held = Part(count, Decimal(weight), Decimal(points))
        parts.setdefault(criterion, {}).setdefault(unit, {})[part] = held
    for line in lines:
        if line.counts:
            units = parts.setdefault(line.criterion, {}).setdefault(line.unit, {})
            before = units.get(line.part, Part())
            units[line.part] = Part(before.lines + 1, before.weight + line.weight, before.points + line.points)
    return {code: {unit: Tally(found) for unit, found in units.items()} for code, units in parts.items()}


def ranked(
    reference: MethodReference, method: Method, subjects: Sequence[Subject], tallies: TalliesByCriterion
) -> Places:
    """Return every unit's standing, best first, as the JSON values that are kept and shown."""
    names = {subject.code: subject for subject in subjects}
    placed = standings(method, list(names), tallies)
    return [_place(standing, names[standing.unit], reference) for standing in placed]


def _place(standing: Standing, subject: Subject, reference: MethodReference) -> dict[str, Any]:
    shown = StandingView.of(standing, subject, reference).model_dump(mode="json", exclude={"method", "method_version"})
    return {key: value for key, value in shown.items() if value not in (None, [], "")} | {"rank": standing.rank}


def places_of(rows: Places) -> tuple[PublishedPlace, ...]:
    """Return rank, total and grade of each unit as events tell them."""
    return tuple(
        PublishedPlace(unit=row["unit"]["code"], rank=row["rank"], total=row.get("total"), grade=row.get("grade"))
        for row in rows
    )


def below(method: Method, results: Iterable[Places]) -> set[str]:
    """Return the units whose total in any of these results is below the method's threshold."""
    rule = method.rectification
    if rule is None:
        return set()
    rows = [row for result in results for row in result]
    return {row["unit"]["code"] for row in rows if row.get("total") is not None and Decimal(row["total"]) < rule.below}


def digest_of(rows: Places) -> str:
    """Return the SHA-256 of a result: its JSON with sorted keys and no blanks, UTF-8."""
    return hashlib.sha256(orjson.dumps(rows, option=orjson.OPT_SORT_KEYS)).hexdigest()


@dataclass(frozen=True, slots=True)
class Shift:
    """How a unit's place would differ if it were computed again."""

    unit: dict[str, str]
    published: dict[str, Any]
    now: dict[str, Any]
    criteria: tuple[dict[str, Any], ...]


def shifts(published: Places, now: Places) -> list[Shift]:
    """Return the units whose rank, total or any score differs, in the published order."""
    present = {row["unit"]["code"]: row for row in now}
    found = []
    for row in published:
        other = present.get(row["unit"]["code"], {})
        criteria = tuple(_changed_scores(row, other))
        if criteria or any(row.get(member) != other.get(member) for member in _PLACE):
            found.append(Shift(row["unit"], _place_only(row), _place_only(other), criteria))
    return found


def _place_only(row: Mapping[str, Any]) -> dict[str, Any]:
    return {member: row.get(member) for member in _PLACE}


def _changed_scores(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    scores = {score["criterion"]: score for score in (*after.get("criteria", ()), *after.get("bonuses", ()))}
    for score in (*before["criteria"], *before.get("bonuses", ())):
        other = scores.get(score["criterion"], {})
        if score.get("points") != other.get("points"):
            yield {
                "criterion": score["criterion"],
                "title": score["title"],
                "published": score.get("points"),
                "now": other.get("points"),
                "formula": other.get("formula", ""),
            }
