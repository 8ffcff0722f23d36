"""What belongs on the next agenda, gathered by itself: open resolutions, escalated problems, overdue key tasks, plans.

A proposal is computed when it is asked for, from what is known then; taking it makes an agenda item (永政办发〔2009〕
106号 二.2: check the completion of key tasks, settle problems, deliberate plans).
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from services.meetings import changes, store
from services.meetings.convening import store as convening
from services.meetings.convening.domain import AgendaItem, ItemKind
from services.meetings.convening.schemas import AgendaItemContent, TakeProposals
from services.meetings.copies import store as copies
from services.meetings.copies.domain import KEY_TASK, KnownTask, Today
from services.meetings.domain import Action, Meeting, Resolution
from services.meetings.followup.domain import Followed
from services.meetings.readers import EVERYTHING
from shared.auth import Principal, Role
from shared.clock import county_date
from shared.commands import Act
from shared.errors import InvalidError, invalid, unknown_code
from shared.postgres import Connection

Source = Literal["waiting_plan", "escalated_problem", "open_resolution", "overdue_key_task"]

_READERS = (Role.OFFICE, Role.LEADER, Role.AUDITOR)
_TITLE = 200


@dataclass(frozen=True, slots=True)
class Proposal:
    """An item that might go on the agenda; `reasons` says what is late and why."""

    source: Source
    id: UUID
    item: AgendaItemContent
    reasons: Sequence[str] = field(default=())

    @property
    def key(self) -> str:
        """Return the name by which it is taken."""
        return f"{self.source}:{self.id}"


async def of_meeting(conn: Connection, caller: Principal, meeting_id: UUID, now: datetime) -> list[Proposal]:
    """Return what a meeting might take up and is not on its agenda yet."""
    caller.require(*_READERS)
    meeting = await store.find_meeting(conn, meeting_id)
    return await _gather(conn, meeting, now)


async def of_body(conn: Connection, caller: Principal, body: str, now: datetime) -> list[Proposal]:
    """Return what the next meeting of a body might take up."""
    caller.require(*_READERS)
    bodies = await copies.list_bodies(conn)
    if body not in bodies:
        raise InvalidError(unknown_code("body", body, bodies))
    return [proposal async for proposal in _all(conn, body, None, now, now)]


async def take(conn: Connection, act: Act, meeting_id: UUID, body: TakeProposals) -> list[AgendaItem]:
    """Put proposals on the agenda; return the whole agenda."""
    meeting = await changes.meeting_for(conn, act, meeting_id, Action.AGENDA)
    found = {proposal.key: proposal for proposal in await _gather(conn, meeting, act.occurred_at)}
    for index, key in enumerate(body.keys or ()):
        if key not in found:
            raise invalid(f"keys.{index}", f"{key} is not proposed", f"some of {', '.join(found) or 'none'}")
    for key in dict.fromkeys(found if body.keys is None else body.keys):
        meeting = await store.next_item(conn, meeting.id, act.occurred_at)
        await convening.insert_item(conn, meeting.id, meeting.item_count, found[key].item.columns())
    return await convening.list_items(conn, meeting.id, EVERYTHING)


async def _gather(conn: Connection, meeting: Meeting, now: datetime) -> list[Proposal]:
    taken = {
        getattr(item, name)
        for item in await convening.list_items(conn, meeting.id, EVERYTHING)
        for name in ("plan_id", "problem_id", "resolution_id", "task_id")
    }
    proposals = [each async for each in _all(conn, meeting.body, meeting.id, meeting.starts_at, now)]
    return [proposal for proposal in proposals if proposal.id not in taken]


async def _all(
    conn: Connection, body: str, meeting_id: UUID | None, before: datetime, now: datetime
) -> AsyncIterator[Proposal]:
    today = Today.of(county_date(now), await copies.list_calendars(conn))
    for plan in await copies.list_waiting_plans(conn):
        content = AgendaItemContent(
            kind=ItemKind.DELIBERATE_PLAN, title=_titled("审议", plan.title), plan_id=plan.plan_id
        )
        yield Proposal("waiting_plan", plan.plan_id, content)
    units = await copies.list_units(conn)
    for problem in await copies.list_problems(conn, "escalated"):
        content = AgendaItemContent(
            kind=ItemKind.COORDINATE_PROBLEM,
            title=_titled("研究解决", problem.title),
            problem_id=problem.problem_id,
            presenter_units=(problem.unit,) if problem.unit in units else (),
        )
        yield Proposal("escalated_problem", problem.problem_id, content)
    resolutions = await convening.list_open_resolutions(conn, body, meeting_id, before)
    sources = [str(resolution.id) for resolution in resolutions]
    tasks = await copies.list_tasks_of_sources(conn, sources)
    for proposal in _follow_ups(resolutions, tasks, today):
        yield proposal
    for task in await copies.list_overdue_tasks(conn, today.day, KEY_TASK):
        if task.source_id not in sources:
            yield _overdue(task, today)


def _follow_ups(resolutions: Sequence[Resolution], tasks: Sequence[KnownTask], today: Today) -> Iterator[Proposal]:
    for resolution in resolutions:
        followed = Followed(resolution, [task for task in tasks if task.source_id == str(resolution.id)])
        content = AgendaItemContent(
            kind=ItemKind.HEAR_REPORT,
            title=_titled("听取议定事项落实情况：", resolution.title),
            presenter_units=(resolution.lead_unit,),
            resolution_id=resolution.id,
            restricted=resolution.restricted,
            visible_to=tuple(resolution.visible_to),
        )
        yield Proposal("open_resolution", resolution.id, content, followed.reasons(today))


def _overdue(task: KnownTask, today: Today) -> Proposal:
    lead = tuple(part.unit for part in task.assignments if part.role == "lead")
    content = AgendaItemContent(
        kind=ItemKind.HEAR_REPORT,
        title=_titled("督促检查重点工作：", task.title),
        presenter_units=lead,
        task_id=task.task_id,
    )
    return Proposal("overdue_key_task", task.task_id, content, task.reasons(today))


def _titled(what: str, title: str) -> str:
    return f"{what}{title}"[:_TITLE]
