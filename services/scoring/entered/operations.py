"""Commands on entered scores and adjustments, each in its caller's transaction; none commits."""

from collections.abc import Collection, Sequence
from uuid import UUID

from services.scoring.assessed import Assessed, assessed_now
from services.scoring.entered import store
from services.scoring.entered.domain import NEXT_STEPS, Adjustment, AdjustmentState, EnteredScore, Outcome, Proposal
from services.scoring.entered.schemas import EnterScores, ProposeAdjustment, ScoreLineBody, SheetLineView, SheetView
from services.scoring.entered.store import ScoreLine, Sheet, StandingScore
from services.scoring.errors import AdjustmentNotFoundError, AdjustmentStateError, ScoreNotFoundError
from services.scoring.rules.panel import Panel, RaterGroup
from shared import outbox
from shared.auth import Role
from shared.clock import county_date
from shared.commands import Act
from shared.contracts.scoring import AdjustmentApproved, ScoreEntered
from shared.errors import FieldFault, ForbiddenError, InvalidError, invalid
from shared.postgres import Connection
from shared.text import digest


async def enter_scores(conn: Connection, act: Act, body: EnterScores) -> SheetView:
    """Enter a score sheet: all lines or none; a line that is there already is corrected."""
    act.principal.require(Role.OFFICE, Role.LEADER)
    assessed = await assessed_now(conn, body.method)
    group = _check_sheet(assessed, body)
    day, today = body.scored_on or county_date(act.occurred_at), county_date(act.noted_at)
    if day > today:
        raise invalid("scored_on", f"{day} is to come", f"{today} or earlier")
    sheet = Sheet(
        body.method, assessed.method.version, body.criterion, body.rater_group, day, act.principal.subject,
        act.occurred_at,
    )  # fmt: skip
    lines = [ScoreLine(line.unit, line.rater, line.score) for line in body.lines]
    await store.lock_raters(conn, sheet.method, sheet.criterion, sheet.rater_group)
    there = await store.standing_scores(conn, sheet, [line.unit for line in lines])
    _check_own(act, lines, there)
    if group.average == "direct":
        _check_only_rater(sheet, lines, there)
    changed = await store.enter_scores(conn, sheet, lines)
    for score in changed:
        await outbox.append(conn, act.event(_score_fact(score), subject=str(score.id), version=score.version))
    return _sheet_view(sheet, lines, {(score.unit, score.rater): score.version for score in changed})


async def withdraw_score(conn: Connection, act: Act, score_id: UUID) -> EnteredScore:
    """Take a score back; the rater may score again."""
    act.principal.require(Role.OFFICE, Role.LEADER)
    score = await store.lock_score(conn, score_id)
    if score is None:
        raise ScoreNotFoundError(f"there is no score {score_id}")
    act.expect(score.version)
    if act.principal.role is Role.LEADER and score.entered_by != act.principal.subject:
        raise ForbiddenError(
            "a leader takes back only what was entered by the same leader; the office may take back any"
        )
    await assessed_now(conn, score.method)
    if score.withdrawn:
        return score
    withdrawn = await store.withdraw_score(conn, score_id, act.principal.subject, act.occurred_at)
    await outbox.append(conn, act.event(_score_fact(withdrawn), subject=str(score_id), version=withdrawn.version))
    return withdrawn


async def propose_adjustment(conn: Connection, act: Act, body: ProposeAdjustment) -> Adjustment:
    """Propose points on a document; they count once a second person approved."""
    act.principal.require(Role.OFFICE)
    assessed = await assessed_now(conn, body.method)
    assessed.require_criterion("criterion", body.criterion)
    assessed.require_subjects([("unit", body.unit)])
    if not body.points:
        raise invalid("points", "0 changes nothing", "points to give (positive) or to take (negative)")
    assessed.require_day("effective_on", body.effective_on)
    return await store.insert_adjustment(
        conn,
        Proposal(
            body.method, assessed.method.version, body.criterion, body.unit, body.points, body.effective_on,
            body.document, body.reason, act.principal.subject, act.occurred_at,
        ),
    )  # fmt: skip


async def approve_adjustment(conn: Connection, act: Act, adjustment_id: UUID, reason: str | None) -> Adjustment:
    """Approve what another person proposed."""
    act.principal.require(Role.OFFICE, Role.LEADER)
    adjustment = await _locked(conn, act, adjustment_id, "approve")
    if act.principal.subject == adjustment.proposed_by:
        raise ForbiddenError(f"proposed by {adjustment.proposed_by}: a second person approves it")
    await assessed_now(conn, adjustment.method)
    return await _decided(conn, act, adjustment, "approved", reason, tells=True)


async def refuse_adjustment(conn: Connection, act: Act, adjustment_id: UUID, reason: str) -> Adjustment:
    """Refuse a proposed adjustment."""
    act.principal.require(Role.OFFICE, Role.LEADER)
    adjustment = await _locked(conn, act, adjustment_id, "refuse")
    return await _decided(conn, act, adjustment, "refused", reason, tells=False)


async def withdraw_adjustment(conn: Connection, act: Act, adjustment_id: UUID, reason: str) -> Adjustment:
    """Withdraw an adjustment; if it was approved its points are taken back."""
    act.principal.require(Role.OFFICE)
    adjustment = await _locked(conn, act, adjustment_id, "withdraw")
    await assessed_now(conn, adjustment.method)
    return await _decided(conn, act, adjustment, "withdrawn", reason, tells=adjustment.state == "approved")


async def _locked(conn: Connection, act: Act, adjustment_id: UUID, step: str) -> Adjustment:
    adjustment = await store.lock_adjustment(conn, adjustment_id)
    if adjustment is None:
        raise AdjustmentNotFoundError(f"there is no adjustment {adjustment_id}")
    act.expect(adjustment.version)
    if step not in NEXT_STEPS[adjustment.state]:
        raise AdjustmentStateError(f"the adjustment is {adjustment.state}", allowed=NEXT_STEPS[adjustment.state])
    return adjustment


async def _decided(
    conn: Connection, act: Act, adjustment: Adjustment, state: AdjustmentState, reason: str | None, *, tells: bool
) -> Adjustment:
    """Keep the decision; approval and its withdrawal are told to the log."""
    moved = adjustment.moved(state, act.principal.subject, act.occurred_at, reason, tells=tells)
    decided = await store.decide_adjustment(conn, moved)
    if tells:
        await outbox.append(
            conn, act.event(_adjustment_fact(decided), subject=str(decided.id), version=decided.version)
        )
    return decided


def _check_own(act: Act, lines: Sequence[ScoreLine], there: Sequence[StandingScore]) -> None:
    """Let a leader correct only what the same leader entered, as a leader takes back only that; the office any."""
    if act.principal.role is not Role.LEADER:
        return
    named = {(line.unit, line.rater) for line in lines}
    for score in there:
        if (score.unit, score.rater) in named and score.entered_by != act.principal.subject:
            raise ForbiddenError(
                f"rater {score.rater}'s score of {score.unit} was entered by {score.entered_by}: "
                "a leader corrects only what was entered by the same leader; the office may correct any"
            )


def _check_only_rater(sheet: Sheet, lines: Sequence[ScoreLine], there: Sequence[StandingScore]) -> None:
    """Refuse a second rater where one rater's score is taken as it is."""
    first = {score.unit: score.rater for score in there}
    faults = [
        FieldFault(
            field=f"lines.{index}.rater",
            reason=f"{sheet.rater_group} is one rater's score, and rater {first[line.unit]} has scored {line.unit}",
            expected=f"rater {first[line.unit]}, whose score is corrected, or that score withdrawn before",
        )
        for index, line in enumerate(lines)
        if first.setdefault(line.unit, line.rater) != line.rater
    ]
    if faults:
        raise InvalidError(*faults)


def _check_sheet(assessed: Assessed, body: EnterScores) -> RaterGroup:
    criterion = assessed.require_criterion("criterion", body.criterion)
    if not isinstance(criterion, Panel):
        panels = [each.code for each in assessed.method.criteria if isinstance(each, Panel)]
        raise invalid("criterion", f"{body.criterion} is of kind {criterion.kind}", _one_of(panels, "of kind panel"))
    groups = {group.code: group for group in criterion.groups}
    if body.rater_group not in groups:
        raise invalid("rater_group", f"{body.criterion} has no group {body.rater_group}", f"one of {', '.join(groups)}")
    assessed.require_subjects([(f"lines.{index}.unit", line.unit) for index, line in enumerate(body.lines)])
    faults = [*_repeated(body.lines), *_out_of_range(criterion, body.lines)]
    if faults:
        raise InvalidError(*faults)
    return groups[body.rater_group]


def _repeated(lines: Sequence[ScoreLineBody]) -> list[FieldFault]:
    seen: dict[tuple[str, str], int] = {}
    faults = []
    for index, line in enumerate(lines):
        first = seen.setdefault((line.unit, line.rater), index)
        if first != index:
            reason = f"rater {line.rater} has scored {line.unit} in line {first} already"
            faults.append(FieldFault(field=f"lines.{index}", reason=reason, expected="one score per rater and unit"))
    return faults


def _out_of_range(criterion: Panel, lines: Sequence[ScoreLineBody]) -> list[FieldFault]:
    return [
        FieldFault(
            field=f"lines.{index}.score", reason=f"{line.score} is out of range", expected=f"0 to {criterion.highest}"
        )
        for index, line in enumerate(lines)
        if not 0 <= line.score <= criterion.highest
    ]


def _one_of(codes: Collection[str], what: str) -> str:
    return f"one {what}: {', '.join(codes)}" if codes else f"a method with a criterion {what}"


def _sheet_view(sheet: Sheet, lines: Sequence[ScoreLine], changed: dict[tuple[str, str], int]) -> SheetView:
    def outcome(line: ScoreLine) -> SheetLineView:
        version = changed.get((line.unit, line.rater))
        said: Outcome = "unchanged" if version is None else "entered" if version == 1 else "corrected"
        return SheetLineView(unit=line.unit, rater=line.rater, outcome=said)

    return SheetView(
        method=sheet.method,
        method_version=sheet.method_version,
        criterion=sheet.criterion,
        rater_group=sheet.rater_group,
        lines=[outcome(line) for line in lines],
    )


def _score_fact(score: EnteredScore) -> ScoreEntered:
    return ScoreEntered(
        score_id=score.id,
        method=score.method,
        method_version=score.method_version,
        criterion=score.criterion,
        unit=score.unit,
        rater_group=score.rater_group,
        rater=score.rater,
        score=score.score,
        scored_on=score.scored_on,
        withdrawn=score.withdrawn,
    )


def _adjustment_fact(adjustment: Adjustment) -> AdjustmentApproved:
    return AdjustmentApproved(
        adjustment_id=adjustment.id,
        method=adjustment.method,
        method_version=adjustment.method_version,
        criterion=adjustment.criterion,
        unit=adjustment.unit,
        points=adjustment.points,
        effective_on=adjustment.effective_on,
        document=adjustment.document,
        reason_digest=digest(adjustment.reason),
        withdrawn=adjustment.state == "withdrawn",
    )
