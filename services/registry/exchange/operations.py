"""Imports: opening a plan, and applying it, all or nothing, to the state of the registry for which it was made."""

from datetime import timedelta

from services.registry.changes import store as changes
from services.registry.changes.operations import changing
from services.registry.exchange import plans
from services.registry.exchange.applying import apply_lines
from services.registry.exchange.errors import PlanNotFoundError, PlanStateError, RegistryMovedError
from services.registry.exchange.plans import KeptLine, KeptPlan, Upload
from shared.auth import Role
from shared.commands import Act
from shared.postgres import Connection

KEPT_FOR = timedelta(days=90)
"""Plans older than this are removed when another is made."""


async def open_plan(conn: Connection, act: Act, upload: Upload) -> KeptPlan:
    """Open a plan for a file; its lines follow."""
    act.principal.require(Role.OFFICE)
    await plans.forget_plans(conn, act.occurred_at - KEPT_FOR)
    return await plan_named(conn, await plans.open_plan(conn, act.occurred_at, act.principal.subject, upload))


async def plan_named(conn: Connection, plan_id: str) -> KeptPlan:
    """Return a plan; refuse an id that none has."""
    plan = await plans.plan_by_id(conn, plan_id)
    if plan is None:
        raise PlanNotFoundError(f"there is no import {plan_id}")
    return plan


async def apply(conn: Connection, act: Act, plan_id: str) -> KeptPlan:
    """Apply a plan: every new, changed and ended line, or none. Applied before, it is answered as it was."""
    act.principal.require(Role.OFFICE)
    plan = await plans.lock_plan(conn, plan_id)
    if plan is None:
        raise PlanNotFoundError(f"there is no import {plan_id}")
    if plan.state == "applied":
        return plan
    _require_applicable(plan)
    await changes.one_change_at_a_time(conn)
    await _require_unmoved(conn, plan)
    lines = [line for line in await plans.plan_lines(conn, plan_id) if line.action in {"new", "changed", "ended"}]
    change = await _applied(conn, act, plan, lines) if lines else None
    await plans.apply_plan(conn, plan_id, act.occurred_at, act.principal.subject, change)
    return await plan_named(conn, plan_id)


async def _applied(conn: Connection, act: Act, plan: KeptPlan, lines: list[KeptLine]) -> int:
    reason = f"{plan.file_name} ({plan.file_digest[:16]})"
    async with changing(conn, act, "apply-import", document=plan.document, reason=reason) as change:
        await apply_lines(conn, act, lines, plan.document)
        return change.id


def _require_applicable(plan: KeptPlan) -> None:
    if plan.state == "planning":
        raise PlanStateError(
            f"row {plan.rows_done} of {plan.rows_total} is being compared", ["wait until it is planned"]
        )
    if plan.state == "failed":
        raise PlanStateError(f"the plan could not be made: {plan.failure}", ["plan the file again"])
    bad = plan.count("bad")
    if bad:
        raise PlanStateError(
            f"{bad} rows are bad; nothing is applied by half", ["correct them and plan the file again"]
        )


async def _require_unmoved(conn: Connection, plan: KeptPlan) -> None:
    last = await changes.last_change(conn)
    now_at = None if last is None else last[0]
    if now_at != plan.known_to:
        raise RegistryMovedError(
            f"the registry changed since the plan was made (change {plan.known_to or 0} then, {now_at or 0} now)",
            ["plan the file again"],
        )
