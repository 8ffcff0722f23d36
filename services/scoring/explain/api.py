"""Routes that explain numbers (port 8104)."""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Query

from services.scoring import store
from services.scoring.chosen import Chosen, ChosenThen
from services.scoring.domain import Subject
from services.scoring.explain import store as ledger
from services.scoring.explain.contributions import contributions, moved
from services.scoring.explain.explaining import explained, needed_codes, needed_units, score_changes
from services.scoring.explain.moments import AtMoment, Moment, MomentText, read_moment
from services.scoring.explain.schemas import (
    ComparisonView,
    ExplanationView,
    LineChangeView,
    MomentView,
    MovedView,
    PlaceThen,
    ScoreChangeView,
)
from services.scoring.method import Criterion, Method
from services.scoring.rules.base import ZERO
from services.scoring.schemas import CriterionScoreView, LedgerLineView, UnitName, shown
from services.scoring.scores import TalliesByCriterion
from services.scoring.standings import Standing, standings
from shared.errors import invalid, unknown_code
from shared.pages import PageQuery
from shared.runtime import Caller, ReadConnection
from shared.web import refusals

router = APIRouter(tags=["explanations"])

UnitCode = Annotated[str, Query(max_length=64, description="Code of an assessed unit.")]


@router.get("/v1/explanations", responses=refusals(404))
async def explain(
    page: PageQuery,
    conn: ReadConnection,
    generation: ChosenThen,
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
    tallies = await ledger.tallies_now_or_at(conn, generation, moment, needed_units(rule, unit), codes)
    score = explained(method, rule, [each.code for each in subjects], tallies, unit)
    rows = await ledger.lines_at(conn, generation.id, moment, [unit], codes, ledger.LineKey.after(page), page.fetch)
    evidence = page.cut(rows, lambda row: LedgerLineView.of(row, generation), ledger.LineKey.of)
    return ExplanationView(
        method=generation.method,
        method_version=generation.method_version,
        unit=UnitName(code=subject.code, name=subject.name),
        moment=MomentView.of(moment),
        score=CriterionScoreView.of(score),
        evidence=evidence.items,
        next=evidence.next,
    )


@router.get("/v1/comparisons", responses=refusals(404))
async def compare(
    page: PageQuery,
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
    tallies = [await ledger.tallies_now_or_at(conn, generation, moment) for moment in moments]
    before, after = (_standing(method, units, each, unit) for each in tallies)
    changes = moved(contributions(method, before), contributions(method, after))
    found = await ledger.changed_lines(conn, generation.id, moments[0], moments[1], unit, page)
    lines = page.cut(found, lambda change: LineChangeView.of(change, generation), ledger.ChangeKey.of)
    return ComparisonView(
        method=generation.method,
        method_version=generation.method_version,
        unit=UnitName(code=subject.code, name=subject.name),
        before=_place(moments[0], before),
        after=_place(moments[1], after),
        difference=sum((change.difference for change in changes), ZERO),
        contributions=[MovedView.of(change) for change in changes],
        criteria=[ScoreChangeView.of(each) for each in score_changes(unit, (before, tallies[0]), (after, tallies[1]))],
        lines=lines.items,
        next=lines.next,
    )


def _standing(method: Method, units: Sequence[str], tallies: TalliesByCriterion, unit: str) -> Standing:
    (found,) = [each for each in standings(method, units, tallies) if each.unit == unit]
    return found


def _moment(by: str, field: str, text: str | None) -> Moment:
    instant = read_moment(field, text)
    return Moment(as_of=instant) if by == "event" else Moment(known_at=instant)


def _place(moment: Moment, standing: Standing) -> PlaceThen:
    total = None if standing.total is None else shown(standing.total)
    return PlaceThen(moment=MomentView.of(moment), rank=standing.rank, total=total, notes=list(standing.notes))


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
