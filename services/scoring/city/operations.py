"""Commands on city evaluations, each in its caller's transaction; none commits."""

from uuid import UUID

from services.scoring.city import store
from services.scoring.city.domain import CityEvaluation, Improvement
from services.scoring.city.schemas import ImportEvaluation, OrderImprovement
from services.scoring.city.store import Imported, Order
from services.scoring.errors import EvaluationNotFoundError, ImprovementExistsError
from shared import outbox
from shared.auth import Role
from shared.clock import county_date
from shared.commands import Act
from shared.contracts.scoring import CityEvaluationImported, CityIndicatorFact, ImprovementOrdered
from shared.errors import FieldFault, InvalidError, invalid, unknown_code
from shared.postgres import Connection
from shared.text import digest


async def import_evaluation(conn: Connection, act: Act, body: ImportEvaluation) -> CityEvaluation:
    """Enter the city's evaluation, or correct the one of the same year and title; the same content changes nothing."""
    act.principal.require(Role.OFFICE)
    indicators = [indicator.indicator() for indicator in body.indicators]
    imported = Imported(body.document, body.published_on, indicators, act.principal.subject, act.occurred_at)
    entered = await store.insert_evaluation(conn, body.year, body.title, imported)
    if entered is None:
        held = await store.evaluation_named(conn, body.year, body.title)
        if held is not None and _same(held, imported):
            return held
        entered = await store.correct_evaluation(conn, _id_of(held), imported)
    await outbox.append(conn, act.event(_fact(entered), subject=str(entered.id), version=entered.version))
    return entered


async def order_improvement(conn: Connection, act: Act, evaluation_id: UUID, body: OrderImprovement) -> Improvement:
    """Order a measure against a gap; tasks makes a task of it. The same measure again changes nothing."""
    act.principal.require(Role.OFFICE)
    evaluation = await store.lock_evaluation(conn, evaluation_id)
    if evaluation is None:
        raise EvaluationNotFoundError(f"there is no city evaluation {evaluation_id}")
    codes = [indicator.code for indicator in evaluation.indicators]
    if body.indicator not in codes:
        expected = f"one of {', '.join(codes)}"
        raise invalid("indicator", f"the evaluation has no indicator {body.indicator}", expected)
    order = Order(
        evaluation_id, body.indicator, body.title, body.lead_unit, body.cooperating_units, body.due_on, body.text,
        act.principal.subject, act.occurred_at,
    )  # fmt: skip
    before = await store.same_improvement(conn, order)
    if before is not None:
        return _unchanged(before, order)
    today = county_date(act.occurred_at)
    if body.due_on < today:
        raise invalid("due_on", f"{body.due_on} is past", f"{today} or later")
    await _check_units(conn, body)
    ordered = await store.insert_improvement(conn, order)
    await outbox.append(conn, act.event(_order(ordered), subject=str(ordered.id), version=1))
    return ordered


def _unchanged(before: Improvement, order: Order) -> Improvement:
    """Return the measure as it was ordered; what would be another due day, text or partner is refused."""
    stated = (set(order.cooperating_units), order.due_on, order.text)
    if stated != (set(before.cooperating_units), before.due_on, before.text):
        raise ImprovementExistsError(
            f"{before.title!r} was ordered of {before.lead_unit} on {county_date(before.ordered_at)}, due "
            f"{before.due_on}: order {before.id}",
            allowed=["change its task", "order another measure under another title"],
        )
    return before


async def _check_units(conn: Connection, body: OrderImprovement) -> None:
    named = [("lead_unit", body.lead_unit)]
    named += [(f"cooperating_units.{index}", unit) for index, unit in enumerate(body.cooperating_units)]
    seen: set[str] = set()
    known = await store.known_units(conn, [unit for _, unit in named])
    faults: list[FieldFault] = []
    for field, unit in named:
        if unit not in known:
            faults.append(unknown_code(field, unit, await store.all_unit_codes(conn)))
        elif unit in seen:
            faults.append(FieldFault(field=field, reason=f"{unit} is named twice", expected="each unit once"))
        seen.add(unit)
    if faults:
        raise InvalidError(*faults)


def _id_of(held: CityEvaluation | None) -> UUID:
    if held is None:
        raise EvaluationNotFoundError("the evaluation has just been removed")
    return held.id


def _same(held: CityEvaluation, imported: Imported) -> bool:
    content = (held.document, held.published_on, [indicator.as_json() for indicator in held.indicators])
    return content == imported.columns()[:3]


def _fact(evaluation: CityEvaluation) -> CityEvaluationImported:
    return CityEvaluationImported(
        evaluation_id=evaluation.id,
        year=evaluation.year,
        title=evaluation.title,
        document=evaluation.document,
        published_on=evaluation.published_on,
        indicators=tuple(
            CityIndicatorFact(
                indicator=each.code, ours=each.ours, target=each.target, average=each.average, best=each.best
            )
            for each in evaluation.indicators
        ),
    )


def _order(ordered: Improvement) -> ImprovementOrdered:
    return ImprovementOrdered(
        order_id=ordered.id,
        title=ordered.title,
        lead_unit=ordered.lead_unit,
        cooperating_units=ordered.cooperating_units,
        due_on=ordered.due_on,
        text_digest=None if ordered.text is None else digest(ordered.text),
        text_link=f"/v1/improvements/{ordered.id}",
        evaluation_id=ordered.evaluation,
        indicator=ordered.indicator,
    )
