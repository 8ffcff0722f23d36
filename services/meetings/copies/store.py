"""What is known of others: one function per query of queries.sql."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from services.meetings.copies.domain import (
    Body,
    KnownAssignment,
    KnownPlan,
    KnownProblem,
    KnownTask,
    Member,
    Target,
    Unit,
)
from shared.contracts.registry import (
    BodyChanged,
    CalendarChanged,
    MembershipChanged,
    PostState,
    UnitChanged,
    UnitRegistered,
    UnitState,
)
from shared.contracts.tasks import AssignmentTargetsSet, PlanFact, PlanSubmitted, ProblemFact, TaskFact
from shared.postgres import Connection, Record, load_queries
from shared.workdays import Workdays, YearCalendar

QUERIES = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class TaskNews:
    """What an event says of a task; no state if it says nothing of it."""

    task: TaskFact
    version: int
    state: str | None


@dataclass(frozen=True, slots=True)
class AssignmentNews:
    """What an event says of a part; None where it says nothing. In the order of the query's parameters."""

    task_id: UUID
    unit: str
    role: str
    due_on: date
    version: int
    state: str | None = None
    done_at: datetime | None = None
    days_late: int | None = None
    percent: int | None = None
    note_link: str | None = None
    slip_colour: str | None = None
    slip_answered: bool | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """A post's title and unit, and whether there is such a post on the day that was asked for."""

    post: str
    title: str
    unit: str
    stands: bool


async def learn_unit(conn: Connection, unit: UnitRegistered | UnitChanged, version: int) -> None:
    """Keep the newest name of a unit."""
    await conn.execute(QUERIES["learn_unit"], unit.unit, unit.name, unit.short_name, unit.kind, version)


async def learn_unit_states(conn: Connection, unit: str, states: Sequence[UnitState], version: int) -> None:
    """Keep the newest of what a unit is on which days."""
    await conn.execute(QUERIES["learn_unit_states"], unit, [each.model_dump(mode="json") for each in states], version)


async def learn_post_states(conn: Connection, post: str, states: Sequence[PostState], version: int) -> None:
    """Keep the newest of what a post is on which days."""
    await conn.execute(QUERIES["learn_post_states"], post, [each.model_dump(mode="json") for each in states], version)


async def end_unit(conn: Connection, unit: str, ended_on: date, version: int) -> None:
    """Keep from when on a unit is no more."""
    await conn.execute(QUERIES["end_unit"], unit, ended_on, version)


async def learn_body(conn: Connection, body: BodyChanged, version: int) -> None:
    """Keep the newest of a body."""
    await conn.execute(QUERIES["learn_body"], body.body, body.name, body.office_unit, version)


async def learn_membership(conn: Connection, seat: MembershipChanged, version: int) -> None:
    """Keep the newest of a membership."""
    await conn.execute(
        QUERIES["learn_membership"],
        seat.membership_id,
        seat.body,
        seat.role,
        seat.holder_unit,
        seat.holder_post,
        seat.valid_from,
        seat.valid_to,
        version,
    )


async def learn_post(conn: Connection, post: str, title: str, unit: str, version: int) -> None:
    """Keep the newest title of a post."""
    await conn.execute(QUERIES["learn_post"], post, title, unit, version)


async def learn_calendar(conn: Connection, year: CalendarChanged, version: int) -> None:
    """Keep the newest table of a year."""
    await conn.execute(QUERIES["learn_calendar"], year.year, year.days_off, year.working_days, version)


async def learn_problem(conn: Connection, problem: ProblemFact, state: str, version: int) -> None:
    """Keep the newest of a problem."""
    await conn.execute(QUERIES["learn_problem"], problem.problem_id, problem.title, problem.unit, state, version)


async def learn_plan(conn: Connection, plan: PlanFact, state: str, version: int, submitted_at: datetime | None) -> None:
    """Keep the newest of a plan."""
    await conn.execute(
        QUERIES["learn_plan"],
        plan.plan_id,
        plan.year,
        plan.title,
        plan.edition,
        state,
        version,
        submitted_at,
        plan.content_digest if isinstance(plan, PlanSubmitted) else None,
    )


async def learn_task(conn: Connection, news: TaskNews) -> None:
    """Keep the newest of a task, and of its state."""
    task = news.task
    await conn.execute(
        QUERIES["learn_task"],
        task.task_id,
        task.title,
        task.source_kind,
        task.source_id,
        task.due_on,
        task.tags,
        news.version,
        news.state,
    )


async def learn_assignment(conn: Connection, news: AssignmentNews) -> None:
    """Keep the newest of each thing that is said of a part."""
    await conn.execute(QUERIES["learn_assignment"], *astuple(news))


async def learn_targets(conn: Connection, part: AssignmentTargetsSet, version: int) -> None:
    """Keep the newest of how far along a known part is to be by which day."""
    targets = [target.model_dump(mode="json") for target in part.targets]
    await conn.execute(QUERIES["learn_targets"], part.task_id, part.unit, targets, version)


async def list_units(conn: Connection, day: date | None = None) -> dict[str, Unit]:
    """Return all known units by code, by their names of a day, or by those that they have in the end."""
    return {row["code"]: Unit(**row) for row in await conn.fetch(QUERIES["list_units"], day)}


async def list_bodies(conn: Connection) -> dict[str, Body]:
    """Return all known bodies by code."""
    return {row["code"]: Body(**row) for row in await conn.fetch(QUERIES["list_bodies"])}


async def list_members(conn: Connection, body: str, day: date) -> list[Member]:
    """Return who is a member of a body on a day, conveners first."""
    return [Member(**row) for row in await conn.fetch(QUERIES["list_members"], body, day)]


async def list_bodies_of(conn: Connection, unit: str, day: date) -> list[str]:
    """Return the names of the bodies of which a unit is a member on a day."""
    return [row["name"] for row in await conn.fetch(QUERIES["list_bodies_of"], unit, day)]


async def list_posts(conn: Connection, day: date | None = None) -> dict[str, Post]:
    """Return all known posts by code, by their titles of a day, or by those that they have in the end."""
    return {row["post"]: Post(**row) for row in await conn.fetch(QUERIES["list_posts"], day)}


async def list_calendars(conn: Connection) -> Workdays:
    """Return the county's working days: the national calendar, and the office's own tables before it."""
    rows = await conn.fetch(QUERIES["list_calendars"])
    return Workdays(
        {row["year"]: YearCalendar(frozenset(row["days_off"]), frozenset(row["working_days"])) for row in rows}
    )


async def list_problems(conn: Connection, state: str) -> list[KnownProblem]:
    """Return the problems in a state."""
    return [KnownProblem(**row) for row in await conn.fetch(QUERIES["list_problems"], state)]


async def list_waiting_plans(conn: Connection) -> list[KnownPlan]:
    """Return the plans that wait for adoption."""
    return [KnownPlan(**row) for row in await conn.fetch(QUERIES["list_waiting_plans"])]


async def list_plans(conn: Connection, plan_ids: Sequence[UUID]) -> dict[UUID, KnownPlan]:
    """Return plans by id, those that are known."""
    return {row["plan_id"]: KnownPlan(**row) for row in await conn.fetch(QUERIES["list_plans"], plan_ids)}


async def list_tasks(conn: Connection, task_ids: Sequence[UUID]) -> list[KnownTask]:
    """Return tasks by id, with their parts."""
    return await _with_parts(conn, await conn.fetch(QUERIES["list_tasks"], task_ids))


async def list_overdue_tasks(conn: Connection, today: date, tag: str) -> list[KnownTask]:
    """Return the tasks with this tag of which a part is overdue, with their parts."""
    return await _with_parts(conn, await conn.fetch(QUERIES["list_overdue_tasks"], today, tag))


async def list_tasks_of_sources(conn: Connection, sources: Sequence[str]) -> list[KnownTask]:
    """Return the tasks made from resolutions, with their parts."""
    return await _with_parts(conn, await conn.fetch(QUERIES["list_tasks_of_sources"], sources))


async def list_assignments(conn: Connection, task_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[KnownAssignment]]:
    """Return parts by task."""
    found: dict[UUID, list[KnownAssignment]] = {}
    for row in await conn.fetch(QUERIES["list_assignments"], task_ids):
        targets = [Target(date.fromisoformat(each["due_on"]), each["percent"]) for each in row["targets"]]
        found.setdefault(row["task_id"], []).append(KnownAssignment(**{**row, "targets": targets}))
    return found


async def _with_parts(conn: Connection, rows: Iterable[Record]) -> list[KnownTask]:
    tasks = [KnownTask(**row) for row in rows]
    parts = await list_assignments(conn, [task.task_id for task in tasks])
    return [replace(task, assignments=parts.get(task.task_id, ())) for task in tasks]
