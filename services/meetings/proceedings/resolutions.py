"""Adopting resolutions: who does what by when. None of these commits."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from uuid import UUID

from services.meetings import changes, store
from services.meetings.convening.agenda import item_named
from services.meetings.convening.domain import AgendaItem
from services.meetings.convening.operations import post_faults
from services.meetings.copies import store as copies
from services.meetings.domain import Action, Meeting, Resolution, ResolutionPart, require_held_by
from services.meetings.proceedings import operations
from services.meetings.proceedings import store as proceedings
from services.meetings.proceedings.domain import BodyRule, Charge, charge_faults
from services.meetings.proceedings.schemas import AdoptResolution
from services.meetings.readers import EVERYTHING
from shared.clock import county_date
from shared.commands import Act
from shared.contracts.meetings import ResolutionAdopted
from shared.errors import FieldFault, InvalidError, invalid
from shared.postgres import Connection
from shared.workdays import UnknownYearError


@dataclass(frozen=True, slots=True)
class Adopted:
    """A resolution and its parts, if it is several tasks."""

    resolution: Resolution
    parts: Sequence[ResolutionPart]


async def adopt(conn: Connection, act: Act, meeting_id: UUID, body: AdoptResolution) -> Adopted:
    """Adopt the meeting's next resolution; its events make the tasks, one per part."""
    meeting = await changes.meeting_for(conn, act, meeting_id, Action.ADOPT)
    held_on = require_held_by(meeting, act.occurred_at)
    await operations.require_quorum(conn, meeting)
    item = await item_named(conn, meeting, body.item)
    due_on = body.due_on or _last_of_parts(body) or await _default_due(conn, meeting, held_on)
    known = {code: unit.ended_on for code, unit in (await copies.list_units(conn, held_on)).items()}
    faults = [
        *_faults(body, due_on, known, held_on, county_date(act.occurred_at)),
        *await post_faults(conn, "leader_post", body.leader_post, held_on, ""),
    ]
    if faults:
        raise InvalidError(*faults)
    resolution = await _keep(conn, meeting, body, due_on, held_on)
    parts = _parts(body, due_on)
    for part in parts if body.parts else ():
        await store.insert_part(conn, resolution.id, part)
    if item is not None and item.restricted:
        await proceedings.show_item_to(conn, meeting.id, item.number, _charged(resolution, parts))
    await _tell(conn, act, meeting, resolution, parts, item)
    return Adopted(await store.find_resolution(conn, resolution.id, EVERYTHING), parts if body.parts else ())


async def _default_due(conn: Connection, meeting: Meeting, held_on: date) -> date:
    """Return the due day of a resolution that names none: some working days after the meeting."""
    rule = await proceedings.find_rule(conn, meeting.body) or BodyRule.usual(meeting.body, "")
    try:
        return (await copies.list_calendars(conn)).after(held_on, rule.due_working_days)
    except UnknownYearError as unknown:
        raise invalid("due_on", f"is left out, and {unknown}", "a day") from unknown


def _last_of_parts(body: AdoptResolution) -> date | None:
    """Return the last day of its parts, if each names one: by then the whole is due."""
    days = [part.due_on for part in body.parts]
    return max((day for day in days if day is not None), default=None) if all(days) else None


def _faults(
    body: AdoptResolution, due_on: date, known: Mapping[str, date | None], held_on: date, today: date
) -> Iterator[FieldFault]:
    whole = Charge("", body.lead_unit, body.cooperating_units, due_on)
    yield from charge_faults(whole, known, held_on, today)
    for index, part in enumerate(body.parts):
        charge = Charge(f"parts.{index}.", part.lead_unit, part.cooperating_units, part.due_on or due_on)
        yield from charge_faults(charge, known, held_on, today)


async def _keep(conn: Connection, meeting: Meeting, body: AdoptResolution, due_on: date, held_on: date) -> Resolution:
    counted = await store.count_resolution(conn, meeting.id)
    return await store.insert_resolution(
        conn,
        meeting_id=meeting.id,
        sequence=counted.resolution_count,
        title=body.title,
        text=body.text,
        lead_unit=body.lead_unit,
        cooperating_units=body.cooperating_units,
        adopted_on=held_on,
        due_on=due_on,
        weight=body.weight,
        tags=body.tags,
        leader_post=body.leader_post,
        item_number=body.item,
        parts=len(body.parts) or 1,
    )


def _parts(body: AdoptResolution, due_on: date) -> list[ResolutionPart]:
    """Return the tasks that the resolution is: its parts, or itself."""
    if not body.parts:
        return [ResolutionPart(1, body.title, body.lead_unit, body.cooperating_units, due_on, body.weight)]
    return [
        ResolutionPart(number, part.title, part.lead_unit, part.cooperating_units, part.due_on or due_on, part.weight)
        for number, part in enumerate(body.parts, start=1)
    ]


def _charged(resolution: Resolution, parts: Sequence[ResolutionPart]) -> list[str]:
    units = [resolution.lead_unit, *resolution.cooperating_units]
    return [*units, *(unit for part in parts for unit in (part.lead_unit, *part.cooperating_units))]


async def _tell(
    conn: Connection,
    act: Act,
    meeting: Meeting,
    resolution: Resolution,
    parts: Sequence[ResolutionPart],
    item: AgendaItem | None,
) -> None:
    for part in parts:
        meeting = await changes.tell(conn, act, meeting, partial(_adopted, resolution=resolution, part=part, item=item))


def _adopted(
    meeting: Meeting, resolution: Resolution, part: ResolutionPart, item: AgendaItem | None
) -> ResolutionAdopted:
    return ResolutionAdopted(
        **changes.fact(meeting),
        resolution_id=resolution.id,
        sequence=resolution.sequence,
        title=operations.public_title(item, part.title),
        lead_unit=part.lead_unit,
        cooperating_units=tuple(part.cooperating_units),
        adopted_on=resolution.adopted_on,
        due_on=part.due_on,
        weight=part.weight,
        tags=tuple(resolution.tags),
        leader_post=resolution.leader_post,
        text_digest=resolution.text_digest,
        text_link=resolution.text_link,
        part=part.part,
        parts=resolution.parts,
        item=resolution.item_number,
        problem_id=None if item is None else item.problem_id,
    )
