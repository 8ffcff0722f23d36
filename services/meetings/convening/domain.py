"""Invitees, agenda, papers and warnings: what they are and which rules hold. Pure: no I/O, no clock."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from services.meetings.copies.domain import KnownPlan, Member
from services.meetings.domain import Meeting
from shared.clock import COUNTY_ZONE, county_date
from shared.contracts.meetings import Decision
from shared.errors import FieldFault, unknown_code
from shared.workdays import UnknownYearError, Workdays

ASSUMED_LENGTH = timedelta(hours=2)
"""How long a meeting lasts whose end nobody stated; for clashes and calendars."""


class ItemKind(StrEnum):
    """What a meeting does with an item (永政办发〔2009〕106号 二.1, 二.2)."""

    HEAR_REPORT = "hear_report"
    DELIBERATE_PLAN = "deliberate_plan"
    DELIBERATE_POLICY = "deliberate_policy"
    DELIBERATE_PROJECT_LIST = "deliberate_project_list"
    COORDINATE_PROBLEM = "coordinate_problem"


MEETING_KIND_NAMES = {"coordination": "协调会议", "executive": "常务会议", "special": "专题会议"}

ITEM_KIND_NAMES = {
    ItemKind.HEAR_REPORT: "听取汇报",
    ItemKind.DELIBERATE_PLAN: "审议规划、计划",
    ItemKind.DELIBERATE_POLICY: "审议政策",
    ItemKind.DELIBERATE_PROJECT_LIST: "审议重大项目计划",
    ItemKind.COORDINATE_PROBLEM: "协调解决问题",
}
"""What officials read."""


@dataclass(frozen=True, slots=True)
class Invitee:
    """A unit, post or guest that is invited. `unit` is the unit for which it comes, if that is known."""

    meeting_id: UUID
    code: str
    kind: Literal["unit", "post", "guest"]
    role: str
    unit: str | None
    name: str
    position: int


@dataclass(frozen=True, slots=True)
class AgendaItem:
    """One item; `number` stays for good, `position` is its place on the agenda."""

    meeting_id: UUID
    number: int
    version: int
    position: int
    kind: ItemKind
    title: str
    text: str | None
    presenter_units: Sequence[str]
    presenter_body: str | None
    covers: Sequence[str]
    plan_id: UUID | None
    problem_id: UUID | None
    resolution_id: UUID | None
    task_id: UUID | None
    restricted: bool
    visible_to: Sequence[str]
    decision: Decision | None
    conditions: str | None
    decided_on: date | None
    decided_at: datetime | None
    plan_digest: str | None

    def plan_fault(self, plan: KnownPlan | None) -> str | None:
        """Return why a plan cannot be adopted as the item has it; None if it can, as far as is known."""
        if plan is None:
            return None
        if plan.state == "withdrawn":
            return "the plan was taken back and waits for no adoption"
        unknown = None in (self.plan_digest, plan.content_digest)
        if plan.state != "submitted" or unknown or self.plan_digest == plan.content_digest:
            return None
        return "the plan was submitted with other words since it was put on the agenda"


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper asked of a unit; state and timeliness are what tasks says of the report that it became."""

    id: UUID
    meeting_id: UUID
    item_number: int | None
    unit: str
    unit_name: str
    title: str
    due_at: datetime
    withdrawn: bool
    state: str
    report_id: UUID | None
    submitted_at: datetime | None
    on_time: bool | None
    days_late: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """A meeting was moved or called off: what was so before, what is so now, and why."""

    meeting_id: UUID
    version: int
    change: Literal["rescheduled", "cancelled"]
    occurred_at: datetime
    subject: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    reason: str


@dataclass(frozen=True, slots=True)
class Clash:
    """Another convened meeting at an overlapping time that wants the same room, chair or units."""

    meeting_id: UUID
    title: str
    starts_at: datetime
    same_place: bool
    same_chair: bool
    shared: Sequence[str]


@dataclass(frozen=True, slots=True)
class Caution:
    """Something that whoever convenes should know; it hinders nothing."""

    code: Literal[
        "clash",
        "day-off",
        "calendar-unknown",
        "no-members",
        "chair-unknown",
        "presenter-not-invited",
        "requirement-missing",
        "paper-after-start",
        "kind-not-counted",
        "plan-not-submitted",
        "plan-changed",
        "not-a-member",
        "unit-ended",
    ]
    text: str
    meeting_id: UUID | None = None
    units: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Called:
    """A convened or moved meeting, and what whoever did it should know."""

    meeting: Meeting
    cautions: Sequence[Caution]


def ends_at(meeting: Meeting) -> datetime:
    """Return when the meeting ends, as stated or assumed."""
    return meeting.ends_at or meeting.starts_at + ASSUMED_LENGTH


def clash_caution(clash: Clash, unit_names: Mapping[str, str]) -> Caution:
    """Say with which meeting it clashes and over what."""
    shared = [unit_names.get(code, code) for code in clash.shared]
    over = [
        *(["同一会议室"] if clash.same_place else []),
        *(["同一主持人"] if clash.same_chair else []),
        *([f"同一参会单位：{'、'.join(shared)}"] if shared else []),
    ]
    start = clash.starts_at.astimezone(COUNTY_ZONE)
    when = f"{start:%Y-%m-%d %H:%M}"
    return Caution("clash", f"与“{clash.title}”（{when}）时间冲突：{'；'.join(over)}", clash.meeting_id, clash.shared)


_WEEKDAYS = "一二三四五六日"
_SATURDAY = 5


def day_caution(starts_at: datetime, workdays: Workdays) -> Caution | None:
    """Say that the day is off, or that nobody knows yet whether it is."""
    day = county_date(starts_at)
    try:
        worked = workdays.is_workday(day)
    except UnknownYearError:
        unknown = (
            f"{day.year}年的节假日安排尚未公布，无法核对{day.isoformat()}（星期{_WEEKDAYS[day.weekday()]}）是否工作日"
        )
        return Caution("calendar-unknown", unknown)
    if worked:
        return None
    what = "周末" if day.weekday() >= _SATURDAY else "法定节假日"
    return Caution("day-off", f"{day.isoformat()}（星期{_WEEKDAYS[day.weekday()]}）不是工作日（{what}）")


def invitees_of(members: Sequence[Member], chosen: Collection[str] | None) -> Iterator[tuple[str, str, str, str]]:
    """Yield code, kind, role and name of each member to invite; one who holds two roles comes once."""
    seen: set[str] = set()
    for member in members:
        kind, code = ("unit", member.unit) if member.unit else ("post", member.post)
        if code is None or code in seen or (chosen is not None and code not in chosen):
            continue
        seen.add(code)
        yield code, kind, member.role, member.name


def unit_faults(field: str, units: Sequence[str], known: Mapping[str, date | None], day: date) -> Iterator[FieldFault]:
    """Yield what is wrong with units: not known, ceased before the day, named twice."""
    for index, unit in enumerate(units):
        if unit not in known:
            yield unknown_code(f"{field}.{index}", unit, known)
            continue
        ended_on = known[unit]
        if ended_on is not None and ended_on <= day:
            yield FieldFault(
                field=f"{field}.{index}", reason=f"{unit} ceased on {ended_on}", expected="the unit that took over"
            )
        elif unit in units[:index]:
            yield FieldFault(field=f"{field}.{index}", reason=f"{unit} stands twice", expected="each unit once")


def paper_faults(field: str, due_at: datetime, starts_at: datetime, now: datetime) -> Iterator[FieldFault]:
    """Yield what is wrong with a paper's due moment: in the past, or after the meeting has begun."""
    if due_at <= now:
        yield FieldFault(field=field, reason=f"{due_at.isoformat()} is in the past", expected="a later moment")
    elif due_at > starts_at:
        yield FieldFault(field=field, reason="is after the meeting begins", expected=f"up to {starts_at.isoformat()}")
