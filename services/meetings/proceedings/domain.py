"""Attendance, quorum, decisions, resolutions: what they are and which rules hold. Pure: no I/O, no clock."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from math import ceil
from uuid import UUID

from services.meetings.convening.domain import Invitee, unit_faults
from shared.contracts.meetings import Decision
from shared.errors import FieldFault, unknown_code


class Attending(StrEnum):
    """How an invitee attended."""

    PRESENT = "present"
    STAND_IN = "stand_in"
    LEAVE = "leave"
    ABSENT = "absent"


ATTENDING_NAMES = {
    Attending.PRESENT: "出席",
    Attending.STAND_IN: "代会",
    Attending.LEAVE: "请假",
    Attending.ABSENT: "缺席",
}
"""What officials read."""


@dataclass(frozen=True, slots=True)
class Attendance:
    """How one invitee attended; before the meeting, what it announced."""

    meeting_id: UUID
    code: str
    attendance: Attending
    person: str | None
    person_post: str | None
    approved: bool | None
    approved_by: str | None
    reason: str | None
    recorded_at: datetime
    recorded_by: str

    @property
    def counts(self) -> bool:
        """Return whether it counts for the quorum: who came itself, or a stand-in who was approved."""
        return self.attendance is Attending.PRESENT or (self.attendance is Attending.STAND_IN and self.approved is True)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided on an item, under which conditions, on which day of the county, and when that was recorded."""

    decision: Decision
    conditions: str | None
    decided_on: date
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class BodyRule:
    """How a body does things."""

    body: str
    version: int
    quorum_percent: int
    due_working_days: int
    minutes_name: str

    @classmethod
    def usual(cls, body: str, name: str) -> "BodyRule":
        """Return the rule of a body for which none was made: half of the members, five working days."""
        return cls(body, 0, 50, 5, f"{name}纪要")


class QuorumState(StrEnum):
    """Whether enough members attended; `unknown` until attendance is recorded, `none_needed` without members."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"
    UNKNOWN = "unknown"
    NONE_NEEDED = "none_needed"


@dataclass(frozen=True, slots=True)
class Quorum:
    """How many member units must attend, and how many did."""

    members: int
    required: int
    attending: int
    recorded: int

    @property
    def state(self) -> QuorumState:
        """Return whether there is a quorum."""
        if not self.required:
            return QuorumState.NONE_NEEDED
        if not self.recorded:
            return QuorumState.UNKNOWN
        return QuorumState.REACHED if self.attending >= self.required else QuorumState.NOT_REACHED


def quorum_of(invitees: Sequence[Invitee], attendance: Mapping[str, Attendance], rule: BodyRule) -> Quorum:
    """Return the quorum: of the member units that are invited, so many per cent, rounded up."""
    members = [each.code for each in invitees if each.kind == "unit" and each.role != "guest"]
    records = [attendance[code] for code in members if code in attendance]
    return Quorum(
        members=len(members),
        required=ceil(len(members) * rule.quorum_percent / 100),
        attending=sum(record.counts for record in records),
        recorded=len(records),
    )


@dataclass(frozen=True, slots=True)
class Charge:
    """Who does something by when: a resolution, or one of its parts."""

    field: str
    lead_unit: str
    cooperating_units: Sequence[str]
    due_on: date


def charge_faults(
    charge: Charge, known: Mapping[str, date | None], adopted_on: date, today: date
) -> Iterator[FieldFault]:
    """Yield what is wrong: units that are not known, ceased or stand twice, a due date in the past."""
    yield from _lead_faults(charge, known, adopted_on)
    for index, unit in enumerate(charge.cooperating_units):
        if unit == charge.lead_unit:
            field = f"{charge.field}cooperating_units.{index}"
            yield FieldFault(field=field, reason=f"{unit} is the lead unit", expected="another unit, or leave it out")
    others = [unit for unit in charge.cooperating_units if unit != charge.lead_unit]
    for fault in unit_faults("", others, known, adopted_on):
        unit = others[int(fault.field.removeprefix("."))]
        place = _place_of(charge.cooperating_units, unit, last="twice" in fault.reason)
        yield fault.model_copy(update={"field": f"{charge.field}cooperating_units.{place}"})
    yield from _due_faults(charge, adopted_on, today)


def _lead_faults(charge: Charge, known: Mapping[str, date | None], day: date) -> Iterator[FieldFault]:
    field = f"{charge.field}lead_unit"
    if charge.lead_unit not in known:
        yield unknown_code(field, charge.lead_unit, known)
        return
    for fault in unit_faults("", (charge.lead_unit,), known, day):
        yield fault.model_copy(update={"field": field})


def _place_of(units: Sequence[str], unit: str, *, last: bool) -> int:
    places = [index for index, each in enumerate(units) if each == unit]
    return places[-1 if last else 0]


def _due_faults(charge: Charge, adopted_on: date, today: date) -> Iterator[FieldFault]:
    field = f"{charge.field}due_on"
    if charge.due_on < adopted_on:
        yield FieldFault(
            field=field, reason=f"{charge.due_on} is before the meeting", expected=f"{max(adopted_on, today)} or later"
        )
    elif charge.due_on < today:
        yield FieldFault(
            field=field,
            reason=f"{charge.due_on} is in the past",
            expected=f"{today} or later; what was resolved earlier is recorded with its `occurred_at`",
        )
