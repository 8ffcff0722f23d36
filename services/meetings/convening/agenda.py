"""Agenda items and papers of a meeting: put on, changed, taken off, asked for. None of these commits.

Editing the agenda is the meeting's own affair and makes no event; its items carry a version of their own. Asking for a
paper is told, because the unit owes it (永政办发〔2009〕106号 二.2: members report on their work).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.meetings import changes, store
from services.meetings.convening import store as convening
from services.meetings.convening.domain import AgendaItem, Paper, paper_faults, unit_faults
from services.meetings.convening.errors import AgendaItemInUseError, PaperStateError
from services.meetings.convening.schemas import (
    AgendaItemCommand,
    AgendaItemContent,
    OrderAgenda,
    PaperContent,
    RequestPaper,
)
from services.meetings.copies import store as copies
from services.meetings.copies.domain import Unit
from services.meetings.domain import Action, Meeting
from services.meetings.readers import EVERYTHING
from services.meetings.schemas import ConveneMeeting
from shared.commands import Act
from shared.contracts.meetings import PaperRequested
from shared.errors import FieldFault, InvalidError, StaleError, invalid, unknown_code
from shared.postgres import Connection


@dataclass(frozen=True, slots=True)
class _Known:
    """What agenda items may name."""

    units: Mapping[str, date | None]
    bodies: Collection[str]
    day: date


def faults_of(
    act: Act, body: ConveneMeeting, units: Mapping[str, Unit], bodies: Collection[str], day: date
) -> Iterator[FieldFault]:
    """Yield what is wrong with the agenda and the papers of a meeting that is being convened."""
    known = _Known({code: unit.ended_on for code, unit in units.items()}, bodies, day)
    for index, item in enumerate(body.agenda):
        yield from _item_faults(f"agenda.{index}.", item, known)
    for index, paper in enumerate(body.papers):
        yield from _named_unit(f"papers.{index}.unit", paper.unit, known)
        yield from paper_faults(
            f"papers.{index}.{_due_field(paper)}", paper.due_moment, body.starts_at, act.occurred_at
        )
        if paper.item is not None and paper.item > len(body.agenda):
            yield FieldFault(
                field=f"papers.{index}.item",
                reason=f"the agenda has no item {paper.item}",
                expected=f"1 to {len(body.agenda)}" if body.agenda else "no item, as the agenda is empty",
            )


async def prepare(conn: Connection, act: Act, meeting: Meeting, body: ConveneMeeting) -> Meeting:
    """Put agenda and papers of a new meeting on record; return it at its newest version."""
    for item in body.agenda:
        meeting = await store.next_item(conn, meeting.id, act.occurred_at)
        await convening.insert_item(conn, meeting.id, meeting.item_count, item.columns())
    for paper in body.papers:
        meeting = await _ask(conn, act, meeting, paper)
    return meeting


async def add_item(conn: Connection, act: Act, meeting_id: UUID, body: AgendaItemCommand) -> AgendaItem:
    """Put an item at the end of the agenda, also of a meeting under way."""
    meeting = await changes.meeting_for(conn, act, meeting_id, Action.AGENDA)
    await _require_good(conn, meeting, body)
    meeting = await store.next_item(conn, meeting.id, act.occurred_at)
    return await convening.insert_item(conn, meeting.id, meeting.item_count, body.columns())


async def replace_item(
    conn: Connection, act: Act, meeting_id: UUID, number: int, body: AgendaItemCommand
) -> AgendaItem:
    """Change what an item says; If-Match names the item's version."""
    meeting, item = await _item_for(conn, act, meeting_id, number)
    if item.decision is not None and (body.plan_id, body.problem_id) != (item.plan_id, item.problem_id):
        raise AgendaItemInUseError(f"item {number} is decided; what it was about stays")
    await _require_good(conn, meeting, body)
    await store.touch(conn, meeting.id, act.occurred_at)
    columns = body.columns()
    charged = await convening.list_charged(conn, meeting.id, number) if body.restricted else []
    seen_by = tuple(dict.fromkeys([*columns["visible_to"], *charged]))
    return await convening.replace_item(conn, meeting.id, number, {**columns, "visible_to": seen_by})


async def remove_item(conn: Connection, act: Act, meeting_id: UUID, number: int) -> list[AgendaItem]:
    """Take an item off the agenda, unless something rests on it; its number is not given again."""
    meeting, item = await _item_for(conn, act, meeting_id, number)
    if item.decision is not None:
        raise AgendaItemInUseError(f"item {number} is decided")
    if any(paper.item_number == number for paper in await _papers(conn, meeting)):
        raise AgendaItemInUseError(f"a paper was asked for item {number}")
    if await convening.list_charged(conn, meeting.id, number):
        raise AgendaItemInUseError(f"a resolution settles item {number}")
    await convening.delete_item(conn, meeting.id, number)
    await store.touch(conn, meeting.id, act.occurred_at)
    return await convening.list_items(conn, meeting.id, EVERYTHING)


async def order_items(conn: Connection, act: Act, meeting_id: UUID, body: OrderAgenda) -> list[AgendaItem]:
    """Put the items in another order; their numbers stay."""
    meeting = await changes.meeting_for(conn, act, meeting_id, Action.AGENDA)
    numbers = sorted(item.number for item in await convening.list_items(conn, meeting.id, EVERYTHING))
    if sorted(body.numbers) != numbers:
        raise invalid("numbers", "does not name each item once", f"an order of {', '.join(map(str, numbers))}")
    await convening.order_items(conn, meeting.id, body.numbers)
    await store.touch(conn, meeting.id, act.occurred_at)
    return await convening.list_items(conn, meeting.id, EVERYTHING)


async def request_paper(conn: Connection, act: Act, meeting_id: UUID, body: RequestPaper) -> Paper:
    """Ask a unit for a paper."""
    meeting = await changes.meeting_for(conn, act, meeting_id, Action.PAPERS)
    known = await _known(conn, meeting)
    faults = [
        *_named_unit("unit", body.unit, known),
        *paper_faults(_due_field(body), body.due_moment, meeting.starts_at, act.occurred_at),
    ]
    if faults:
        raise InvalidError(*faults)
    await item_named(conn, meeting, body.item)
    await _ask(conn, act, meeting, body)
    return (await _papers(conn, meeting, newest_first=True))[0]


async def item_named(conn: Connection, meeting: Meeting, number: int | None) -> AgendaItem | None:
    """Return the item that a payload names in `item`, if it names one; refuse a number that the agenda has not."""
    if number is None:
        return None
    items = {item.number: item for item in await convening.list_items(conn, meeting.id, EVERYTHING)}
    if number not in items:
        expected = f"one of {', '.join(map(str, sorted(items)))}" if items else "no item, as the agenda is empty"
        raise invalid("item", f"the agenda has no item {number}", expected)
    return items[number]


async def withdraw_paper(conn: Connection, act: Act, meeting_id: UUID, paper_id: UUID) -> Paper:
    """Say that a paper is no longer wanted."""
    meeting = await changes.meeting_for(conn, act, meeting_id, Action.PAPERS)
    paper = await convening.find_paper(conn, meeting.id, paper_id, EVERYTHING)
    if paper.withdrawn:
        raise PaperStateError("the paper is withdrawn already")
    await withdraw(conn, act, meeting, paper)
    return await convening.find_paper(conn, meeting.id, paper_id, EVERYTHING)


async def withdraw_all(conn: Connection, act: Act, meeting: Meeting) -> Meeting:
    """Withdraw what was asked for a meeting that will not take place."""
    for paper in await _papers(conn, meeting):
        if not paper.withdrawn:
            meeting = await withdraw(conn, act, meeting, paper)
    return meeting


async def withdraw(conn: Connection, act: Act, meeting: Meeting, paper: Paper) -> Meeting:
    """Withdraw one paper and say so."""
    await convening.withdraw_paper(conn, paper.id)
    return await changes.tell(conn, act, meeting, lambda told: _requested(told, paper.id, paper, withdrawn=True))


async def _ask(conn: Connection, act: Act, meeting: Meeting, paper: PaperContent) -> Meeting:
    due_at = paper.due_moment
    paper_id = await convening.insert_paper(conn, meeting.id, paper.item, paper.unit, paper.title, due_at)
    asked = await convening.find_paper(conn, meeting.id, paper_id, EVERYTHING)
    return await changes.tell(conn, act, meeting, lambda told: _requested(told, paper_id, asked, withdrawn=False))


def _requested(meeting: Meeting, paper_id: UUID, paper: Paper, *, withdrawn: bool) -> PaperRequested:
    return PaperRequested(
        **changes.fact(meeting),
        paper_id=paper_id,
        unit=paper.unit,
        title=paper.title,
        due_at=paper.due_at,
        withdrawn=withdrawn,
    )


async def _papers(conn: Connection, meeting: Meeting, *, newest_first: bool = False) -> list[Paper]:
    papers = await convening.list_papers(conn, EVERYTHING, meeting_id=meeting.id)
    return sorted(papers, key=lambda paper: paper.id, reverse=True) if newest_first else papers


async def _item_for(conn: Connection, act: Act, meeting_id: UUID, number: int) -> tuple[Meeting, AgendaItem]:
    """Return meeting and item; here If-Match names the item's version, not the meeting's."""
    act.principal.require(*changes.OFFICE)
    meeting = await changes.locked(conn, meeting_id, Action.AGENDA)
    item = await convening.find_item(conn, meeting.id, number, EVERYTHING)
    if act.expected_version not in (None, item.version):
        raise StaleError(
            f"If-Match names version {act.expected_version}, item {number} has version {item.version}; read it again"
        )
    return meeting, item


async def _known(conn: Connection, meeting: Meeting) -> _Known:
    units = {code: unit.ended_on for code, unit in (await copies.list_units(conn, meeting.day)).items()}
    return _Known(units, tuple(await copies.list_bodies(conn)), meeting.day)


async def _require_good(conn: Connection, meeting: Meeting, item: AgendaItemContent) -> None:
    faults = list(_item_faults("", item, await _known(conn, meeting)))
    if faults:
        raise InvalidError(*faults)


def _item_faults(prefix: str, item: AgendaItemContent, known: _Known) -> Iterator[FieldFault]:
    yield from unit_faults(f"{prefix}presenter_units", item.presenter_units, known.units, known.day)
    yield from unit_faults(f"{prefix}visible_to", item.visible_to, known.units, known.day)
    if item.presenter_body is not None and item.presenter_body not in known.bodies:
        yield unknown_code(f"{prefix}presenter_body", item.presenter_body, known.bodies)


def _named_unit(field: str, unit: str, known: _Known) -> Sequence[FieldFault]:
    return [fault.model_copy(update={"field": field}) for fault in unit_faults("unit", (unit,), known.units, known.day)]


def _due_field(paper: PaperContent) -> str:
    return "due_on" if paper.due_on is not None else "due_at"
