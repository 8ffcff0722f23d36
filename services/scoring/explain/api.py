"""Routes that explain numbers (port 8104)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query

from services.scoring import store
from services.scoring.chosen import Chosen
from services.scoring.domain import Subject
from services.scoring.explain import store as ledger
from services.scoring.explain.explaining import explained, line_changes, needed_codes, needed_units, score_changes
from services.scoring.explain.moments import AtMoment, Moment, MomentText, read_moment
from services.scoring.explain.schemas import (
    ComparisonView,
    ExplanationView,
    LineChangeView,
    MomentView,
    PlaceThen,
    ScoreChangeView,
)
from services.scoring.explain.store import LineKey
from services.scoring.method import Criterion, Method
from services.scoring.rules.base import Tally
from services.scoring.schemas import CriterionScoreView, LedgerLineView, UnitName
from services.scoring.standings import Standing, standings
from shared.errors import invalid, unknown_code
from shared.runtime import Caller, ReadConnection
from shared.web import refusals

router = APIRouter(tags=["explanations"])

MOST_LINES = 200
BEGINNING = LineKey(datetime(1, 1, 1, tzinfo=UTC), "", "", "")

UnitCode = Annotated[str, Query(max_length=64, description="Code of an assessed unit.")]


@router.get("/v1/explanations", responses=refusals(404))
async def explain(
    conn: ReadConnection,
    generation: Chosen,
    moment: AtMoment,
    _caller: Caller,
    unit: UnitCode,
    criterion: Annotated[str, Query(max_length=64, description="Code of a criterion.")],
) -> ExplanationView:
    """Explain one number: formula with values, evidence with links, what full marks would have needed."""
    method = generation.read_method()
    rule = _criterion(method, criterion)
    subjects = await store.subjects_of(conn, method)
    subject = _subject(subjects, unit)
    codes = needed_codes(method, rule)
    tallies = await ledger.tallies_now_or_at(conn, generation.id, moment, codes, needed_units(rule, unit))
    score = explained(method, rule, [each.code for each in subjects], tallies, unit)
    rows = await ledger.lines_at(conn, generation.id, moment, unit, codes, BEGINNING, MOST_LINES + 1)
    return ExplanationView(
        method=generation.method,
        method_version=generation.method_version,
        unit=UnitName(code=subject.code, name=subject.name),
        moment=MomentView.of(moment),
        score=CriterionScoreView.of(score),
        evidence=[LedgerLineView.of(row, generation) for row in rows[:MOST_LINES]],
        more=len(rows) > MOST_LINES,
    )


@router.get("/v1/comparisons", responses=refusals(404))
async def compare(
    conn: ReadConnection,
    generation: Chosen,
    _caller: Caller,
    unit: UnitCode,
    since: MomentText = None,
    until: MomentText = None,
    by: Annotated[
        Literal["event", "record"], Query(description="What had happened by then, or what the log had by then.")
    ] = "event",
) -> ComparisonView:
    """Say why a unit's result changed between two moments: scores, and the evidence that came, changed or went."""
    if since is None:
        raise invalid("since", "no moment to compare with", "an instant or a day, e.g. 2026-06-30")
    method = generation.read_method()
    subjects = await store.subjects_of(conn, method)
    subject = _subject(subjects, unit)
    moments = [_moment(by, "since", since), _moment(by, "until", until)]
    units = [each.code for each in subjects]
    placed: list[tuple[Standing, dict[str, dict[str, Tally]]]] = []
    for moment in moments:
        tallies = await ledger.tallies_now_or_at(conn, generation.id, moment)
        (standing,) = [each for each in standings(method, units, tallies) if each.unit == unit]
        placed.append((standing, tallies))
    before, after = [
        await ledger.lines_at(conn, generation.id, moment, unit, None, BEGINNING, 100_000) for moment in moments
    ]
    return ComparisonView(
        method=generation.method,
        method_version=generation.method_version,
        unit=UnitName(code=subject.code, name=subject.name),
        before=_place(moments[0], placed[0][0]),
        after=_place(moments[1], placed[1][0]),
        criteria=[ScoreChangeView.of(change) for change in score_changes(unit, placed[0], placed[1])],
        lines=[LineChangeView.of(change, generation) for change in line_changes(before, after)],
    )


def _moment(by: str, field: str, text: str | None) -> Moment:
    instant = read_moment(field, text)
    return Moment(as_of=instant) if by == "event" else Moment(known_at=instant)


def _place(moment: Moment, standing: Standing) -> PlaceThen:
    return PlaceThen(moment=MomentView.of(moment), rank=standing.rank, total=standing.total)


def _criterion(method: Method, code: str) -> Criterion:
    found = {criterion.code: criterion for criterion in method.criteria}
    if code not in found:
        raise invalid("criterion", f"{method.method} has no criterion {code}", f"one of {', '.join(found)}")
    return found[code]


def _subject(subjects: Sequence[Subject], unit: str) -> Subject:
    found = {subject.code: subject for subject in subjects}
    if unit not in found:
        raise invalid("unit", f"{unit} is not assessed", unknown_code("unit", unit, found).expected)
    return found[unit]
