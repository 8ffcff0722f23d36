"""Routes that find tasks besides the list: counts per facet, and a unit's dashboard in one request."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from services.tasks.reports.calendar import store as registry_copies
from services.tasks.schemas import TaskView
from services.tasks.search import store
from services.tasks.search.domain import NEAR_DAYS, Cursor, Facet, LightName, Sort, TaskSearch
from services.tasks.states import State
from services.tasks.supervision.lights import LightRule, light_rule
from shared.auth import Role
from shared.clock import Day
from shared.contracts import tasks as facts
from shared.errors import invalid
from shared.runtime import Caller, ReadConnection, runtime_of
from shared.web import refusals

router = APIRouter(tags=["tasks"])

_OWED = (State.ASSIGNED, State.ACKNOWLEDGED, State.IN_PROGRESS)
_SHOWN = 10


async def light_rule_now(request: Request, conn: ReadConnection) -> LightRule:
    """Return the rule by which lights are lit now, by the county's working days."""
    return light_rule(runtime_of(request).clock(), NEAR_DAYS, await registry_copies.workdays(conn))


class SearchQuery(BaseModel):
    """What a list of tasks may be asked for, as query parameters."""

    model_config = ConfigDict(frozen=True)

    state: tuple[State, ...] = Field((), description="The task's derived state, one or several.")
    unit: str | None = Field(None, max_length=64, description="A unit that has an assignment.")
    role: facts.Role | None = Field(None, description="The role of `unit`'s (or of some) assignment.")
    part_state: tuple[State, ...] = Field((), description="State of `unit`'s assignment, one or several.")
    source_kind: facts.SourceKind | None = Field(None, description="Kind of what the task comes from.")
    source_id: str | None = Field(None, max_length=200, description="What the task comes from.")
    plan: UUID | None = Field(None, description="A plan, also one whose items the task serves besides.")
    tag: str | None = Field(None, max_length=50, description="A tag.")
    leader_post: str | None = Field(None, max_length=64, description="Post of the leader in charge.")
    parent_id: UUID | None = Field(None, description="The task whose sub-tasks are asked for.")
    due_from: Day | None = Field(None, description="First due day; with `unit`, of its part.")
    due_to: Day | None = Field(None, description="Last due day; with `unit`, of its part.")
    light: LightName | None = Field(
        None, description="Light of `unit`'s part; without it, the worst light of a task's parts."
    )
    q: str | None = Field(None, max_length=200, description="Part of the title, or of the text's beginning.")
    sort: Sort = Field("newest", description="`newest` first, or the earliest `due` date first.")


_ANYTHING = SearchQuery()


async def wanted_tasks(
    request: Request, conn: ReadConnection, query: Annotated[SearchQuery, Query()] = _ANYTHING
) -> TaskSearch:
    """Return what a list of tasks is asked for."""
    if query.part_state and query.unit is None:
        raise invalid("unit", "is missing", "the unit whose part is to be in `part_state`")
    return TaskSearch(
        states=query.state,
        part_states=query.part_state,
        parent=query.parent_id,
        q=query.q or None,
        rule=LightRule(date.min, None) if query.light is None else await light_rule_now(request, conn),
        **{name: getattr(query, name) for name in _AS_ASKED},
    )


_AS_ASKED = (
    "unit",
    "role",
    "source_kind",
    "source_id",
    "plan",
    "tag",
    "leader_post",
    "due_from",
    "due_to",
    "light",
    "sort",
)


Wanted = Annotated[TaskSearch, Depends(wanted_tasks)]


class FacetView(BaseModel):
    """How many of the tasks found have a value."""

    model_config = ConfigDict(from_attributes=True)

    facet: str = Field(description="state, lead_unit, tag, plan or source_kind.")
    value: str
    count: int


class Facets(BaseModel):
    """Counts per facet, the most frequent value first."""

    items: list[FacetView]

    @classmethod
    def of(cls, found: list[Facet]) -> Self:
        """Show counts."""
        return cls(items=[FacetView.model_validate(each) for each in found])


@router.get("/v1/task-facets", responses=refusals())
async def count_facets(wanted: Wanted, conn: ReadConnection, caller: Caller) -> Facets:
    """Count the tasks of a search per state, lead unit, tag, plan and kind of source; filters as of the list."""
    if wanted.drafts and caller.role is not Role.OFFICE:
        return Facets(items=[])
    return Facets.of(await store.count_facets(conn, wanted))


class PartCountView(BaseModel):
    """How many parts of a unit are in a role and state."""

    model_config = ConfigDict(from_attributes=True)

    role: facts.Role
    state: State
    count: int
    overdue: int
    near: int = Field(description="Due within the next working days.")


class ReportCountView(BaseModel):
    """How many expected reports of a unit are in a state."""

    model_config = ConfigDict(from_attributes=True)

    state: str
    count: int


class Dashboard(BaseModel):
    """What a unit has before it."""

    unit: str
    parts: list[PartCountView]
    open: int
    overdue: int
    near: int = Field(description="Due within the next five working days.")
    near_unknown: str | None = Field(description="Why `near` cannot be said, if the calendar of the year is unknown.")
    never_acknowledged: int
    waiting_for_office: int = Field(description="Completions requested and not yet decided.")
    extensions_asked: int
    requests_asked: int
    slips_open: int
    reports: list[ReportCountView]
    next_due: list[TaskView] = Field(description="The tasks whose part is due next, the earliest first.")


@router.get("/v1/units/{unit}/dashboard", responses=refusals())
async def read_dashboard(
    unit: Annotated[str, Path(max_length=64)], request: Request, conn: ReadConnection, _caller: Caller
) -> Dashboard:
    """Show what a unit has before it, in one request."""
    rule = await light_rule_now(request, conn)
    parts = await store.unit_counts(conn, unit, rule.today, rule.near_until)
    waiting = await store.unit_asked(conn, unit)
    next_due = TaskSearch(unit=unit, part_states=_OWED, sort="due", rule=rule)
    return Dashboard(
        unit=unit,
        parts=[PartCountView.model_validate(each) for each in parts],
        open=sum(each.count for each in parts if each.state in _OWED),
        overdue=sum(each.overdue for each in parts),
        near=sum(each.near for each in parts),
        near_unknown=rule.unknown,
        never_acknowledged=sum(each.count for each in parts if each.state == State.ASSIGNED),
        waiting_for_office=sum(each.count for each in parts if each.state == State.COMPLETION_REQUESTED),
        extensions_asked=waiting.extensions,
        requests_asked=waiting.requests,
        slips_open=waiting.slips,
        reports=[ReportCountView.model_validate(each) for each in await store.unit_reports(conn, unit)],
        next_due=[TaskView.of(task) for task in await store.search(conn, next_due, Cursor(), _SHOWN)],
    )
