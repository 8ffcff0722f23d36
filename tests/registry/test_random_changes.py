"""Random sequences of changes: nothing overlaps, no duty is lost, answers equal a replay, and what was known stays."""

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.registry import store
from services.registry.bodies import operations as bodies
from services.registry.bodies.schemas import AdjustMembers
from services.registry.changes import store as changes
from services.registry.domain import Viewpoint
from services.registry.duties import operations as duties
from services.registry.duties.schemas import AmendDuty, AssignDuty, CorrectDuty, RevokeDuty
from services.registry.errors import UnconfirmedError
from services.registry.organisation import correcting, operations
from services.registry.organisation.operations import Organising
from services.registry.organisation.schemas import CorrectUnit, MergeUnits, MoveUnit, RenameUnit, RetireUnit, SplitUnit
from shared.auth import Principal, Role
from shared.commands import Act
from shared.contracts.envelope import read_event
from shared.errors import RefusalError
from shared.postgres import Connection
from tests.registry.replaying import Copy
from tests.support.api import NOW, ServiceUnderTest

DAYS = [date(2015, 1, 1), date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)]
LOOKED_AT = [date(2009, 7, 6), date(2014, 12, 31), *DAYS, date(2030, 1, 1)]
DOCUMENT, RECORDED = "永委办〔2026〕5号", "永政办发〔2009〕106号"
UNITS = [f"330324-{code}" for code in ("fgj", "jmj", "wgj", "tyj", "rsj", "nxj", "jtj", "wsj", "new1", "new2")]
DUTIES = ["3.1", "3.2", "3.5", "3.9", "3.12", "3.19", "3.20", "2026.1", "2026.2"]
KEYS = (
    ("unit", "code"),
    ("post", "code"),
    ("duty", "code"),
    ("sector", "code"),
    ("body", "code"),
    ("portfolio", "post, scope"),
)

Presence = dict[date, set[str]]
Command = tuple[str, dict[str, Any]]


def follow() -> st.SearchStrategy[dict[str, Any]]:
    rule = st.one_of(st.sampled_from(UNITS).map(lambda code: {"to": code}), st.just({"end": True}))
    return st.fixed_dictionaries(
        {"rest": rule, "open_work_to": st.one_of(st.none(), st.sampled_from(UNITS))},
        optional={"duties": rule, "duty_items": st.dictionaries(st.sampled_from(DUTIES[:7]), rule, max_size=1)},
    )


def commands() -> st.SearchStrategy[Command]:
    unit, duty, day = st.sampled_from(UNITS), st.sampled_from(DUTIES), st.sampled_from(DAYS)
    new = st.sampled_from(UNITS[-2:]).map(
        lambda code: {"code": code, "name": f"县{code[-4:]}局", "short_name": f"{code[-4:]}局", "kind": "department"}
    )
    dated = {"effective_on": day, "document": st.just(DOCUMENT)}
    holder = unit.map(lambda code: {"unit": code})
    clause = {"kind": "guide_coordinate", "text": "指导", "objects": ["hotels"], "partners": ["330324-jmj"]}

    def command(named: str, /, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Command]:
        return st.tuples(st.just(named), st.fixed_dictionaries(fields))

    return st.one_of(
        command("rename", code=unit, name=st.sampled_from(["县甲局", "县乙局"]), short_name=st.just("甲"), **dated),
        command("move", code=unit, parent=st.one_of(st.none(), unit), **dated),
        command("retire", code=unit, follow=follow(), **dated),
        command(
            "split",
            code=unit,
            into=st.lists(new, min_size=1, max_size=1),
            continues=st.booleans(),
            follow=follow(),
            **dated,
        ),
        command("merge", units=st.lists(unit, min_size=2, max_size=3, unique=True), into=st.one_of(unit, new), **dated),
        command("amend", code=duty, holder=holder, **dated),
        command("revoke", code=duty, **dated),
        command(
            "assign",
            code=duty,
            holder=holder,
            valid_from=day,
            article=st.just("一"),
            number=st.just(1),
            source=st.just("一.1"),
            text=st.just("职责"),
            clauses=st.just([clause]),
            document=st.just(RECORDED),
        ),
        command("correct_duty", code=duty, valid_from=day, valid_to=st.just(date(2026, 4, 15)), never=st.booleans()),
        command("correct_unit", code=unit, valid_from=day, short_name=st.sampled_from(["丙", "丁"])),
        command("adjust", ends=st.lists(holder, max_size=1), adds=st.lists(holder, max_size=1), **dated),
    )


@dataclass
class Model:
    """What a reader of the commands alone expects, and what was answered after each."""

    present: Presence
    holders: dict[date, dict[str, str]]
    answers: list[tuple[datetime, dict[date, Any]]] = field(default_factory=list)

    def ends(self, code: str, since: date, until: date = date.max) -> None:
        for day in self.present:
            if since <= day < until:
                self.present[day].discard(code)

    def ends_with(self, code: str, since: date, holders: set[str]) -> None:
        """Expect the duty to end on the days from one on on which one of these held it."""
        for day, held in self.holders.items():
            if day >= since and held.get(code) in holders:
                self.present[day].discard(code)

    def begins(self, code: str, since: date, until: date = date.max) -> None:
        for day in self.present:
            if since <= day < until:
                self.present[day].add(code)


async def answers(conn: Connection, known_at: datetime | None = None) -> dict[date, Any]:
    return {day: await answer(conn, Viewpoint(day, known_at)) for day in LOOKED_AT}


async def answer(conn: Connection, at: Viewpoint) -> tuple[Any, Any, Any]:
    held = [
        (
            duty.code,
            duty.holder.code,
            tuple(
                (clause.kind, tuple(each.code for each in clause.objects), tuple(each.code for each in clause.partners))
                for clause in duty.clauses
            ),
        )
        for duty in await store.list_duties(conn, at)
    ]
    seats = {(seat.body, seat.role, seat.holder.code) for seat in await store.list_memberships(conn, at)}
    return {unit.code: unit.name for unit in await store.list_units(conn, at)}, seats, sorted(held)


def replayed(copy: Copy, day: date) -> tuple[Any, Any, Any]:
    held = [
        (code, holder, tuple((clause.kind, clause.objects, clause.partners) for clause in clauses))
        for code, holder, clauses in copy.duties_on(day)
    ]
    return copy.names_on(day), copy.seats_on(day), sorted(held)


async def organise(
    conn: Connection, act: Act, run: Callable[..., Awaitable[Any]], model: Model, body: Organising, *code: str
) -> None:
    try:
        async with conn.transaction():
            done = await run(conn, act, *code, body)
    except UnconfirmedError as unconfirmed:
        done = await run(conn, act, *code, body.model_copy(update={"confirm": tuple(unconfirmed.allowed)}))
    for effect in done.effects:
        if effect.kind == "duty" and effect.outcome == "ends":
            model.ends_with(effect.key, body.effective_on, {*code, *getattr(body, "units", ())})


def _holders(answered: dict[date, Any]) -> dict[date, dict[str, str]]:
    return {day: {code: holder for code, holder, _ in held} for day, (_, _, held) in answered.items()}


ORGANISING: dict[str, tuple[Callable[..., Awaitable[Any]], type[Any]]] = {
    "rename": (operations.rename, RenameUnit),
    "move": (operations.move, MoveUnit),
    "retire": (operations.retire, RetireUnit),
    "split": (operations.split, SplitUnit),
    "merge": (operations.merge, MergeUnits),
}


async def apply(conn: Connection, act: Act, model: Model, command: Command) -> None:
    name, fields = command
    fields = dict(fields)
    code = fields.pop("code", "")
    if name in ORGANISING:
        run, shape = ORGANISING[name]
        await organise(conn, act, run, model, shape(**fields), *([code] if code else []))
        return
    match name:
        case "amend":
            await duties.amend(conn, act, code, AmendDuty(**fields))
        case "revoke":
            await duties.revoke(conn, act, code, RevokeDuty(**fields))
            model.ends(code, fields["effective_on"])
        case "assign":
            await duties.assign(conn, act, AssignDuty(code=code, **fields))
            model.begins(code, fields["valid_from"])
        case "correct_duty":
            body = CorrectDuty(**fields, text="更正", reason="有误")
            await duties.correct(conn, act, code, body)
            (model.ends if body.never else model.begins)(code, body.valid_from, body.valid_to or date.max)
        case "correct_unit":
            await correcting.correct(conn, act, code, CorrectUnit(**fields, reason="有误"))
        case _:
            seats = {key: [{"role": "member", "holder": each} for each in fields.pop(key)] for key in ("ends", "adds")}
            await bodies.adjust(conn, act, "coordination-meeting", AdjustMembers.model_validate(fields | seats))


async def check(conn: Connection, model: Model) -> None:
    for table, key in KEYS:
        query = f"""
            select count(*) from {table} as one join {table} as other using ({key})
            where one.entry < other.entry and one.valid && other.valid
        """  # noqa: S608 - our own names
        assert await conn.fetchval(query) == 0, table
    now = await answers(conn)
    events = [read_event(row["event"]) for row in await conn.fetch("select event from outbox order by position")]
    copy = Copy().hear(events)
    for day, answered in now.items():
        assert {code for code, _, _ in answered[2]} == model.present[day], f"duties on {day}"
        assert len(answered[2]) == len(model.present[day])
        assert replayed(copy, day) == answered, f"replay on {day}"
    for known_at, answered_then in model.answers:
        assert await answers(conn, known_at) == answered_then, f"known at {known_at}"


@pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(sequence=st.lists(commands(), min_size=1, max_size=7))
async def test_random_sequences_of_changes(lasting_registry: ServiceUnderTest, sequence: list[Command]) -> None:
    act = Act(Principal("office", Role.OFFICE), occurred_at=NOW, correlation_id="random")
    async with lasting_registry.pool.acquire() as conn:
        whole = conn.transaction()
        await whole.start()
        try:
            first = await answers(conn)
            held = _holders(first)
            model = Model({day: set(codes) for day, codes in held.items()}, held)
            for command in sequence:
                expected = Model({day: set(codes) for day, codes in model.present.items()}, model.holders)
                with contextlib.suppress(RefusalError, ValueError):
                    async with conn.transaction():
                        await conn.execute("select set_config('xietiao.change', '', true)")
                        await apply(conn, act, expected, command)
                    _, recorded_at = await changes.last_change(conn) or (0, NOW)
                    answered = await answers(conn)
                    told = [*model.answers, (recorded_at, answered)]
                    model = replace(expected, holders=_holders(answered), answers=told)
            await check(conn, model)
        finally:
            await whole.rollback()
