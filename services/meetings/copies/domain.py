"""What is known of others: rows of the copies, and the light that a task shows. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from shared.workdays import UnknownYearError, Workdays

NEAR_WORKING_DAYS = 5
"""How many working days before its due day a task shows yellow, as in tasks."""

KEY_TASK = "key-task"
"""Tag of a key task (重点工作)."""

ROLE_NAMES = {
    "convener": "召集人",
    "deputy_convener": "副召集人",
    "assistant_convener": "协助召集人",
    "member": "成员",
    "office": "办公室",
}
"""What officials call the roles in a body."""


class Light(StrEnum):
    """How a task stands to its due dates."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    UNKNOWN = "unknown"


WORST_FIRST = (Light.RED, Light.YELLOW, Light.UNKNOWN, Light.GREEN)
"""Of several lights the first of these is shown."""


@dataclass(frozen=True, slots=True)
class Today:
    """The county's day, and the last day that is near: None if nobody knows which days are worked until then."""

    day: date
    near_until: date | None

    @classmethod
    def of(cls, day: date, workdays: Workdays) -> "Today":
        """Return the day with the last one that lies at most `NEAR_WORKING_DAYS` working days ahead."""
        last, left = day, NEAR_WORKING_DAYS
        try:
            while left >= 0:
                last += timedelta(days=1)
                left -= workdays.is_workday(last)
        except UnknownYearError:
            return cls(day, None)
        return cls(day, last - timedelta(days=1))

    def light(self, due_on: date) -> Light:
        """Return the light of what is owed by the end of a day."""
        if due_on < self.day:
            return Light.RED
        if self.near_until is None:
            return Light.UNKNOWN
        return Light.YELLOW if due_on <= self.near_until else Light.GREEN

    def remark(self, due_on: date) -> str:
        """Return in words that a day to come is near, or that nobody can say whether it is; nothing if it is far."""
        light = self.light(due_on)
        if light is Light.UNKNOWN:
            return f"应于{due_on.isoformat()}完成，节假日安排尚未公布，无法判断是否临近"
        if light is not Light.YELLOW:
            return ""
        left = (due_on - self.day).days
        return f"应于{due_on.isoformat()}完成，{f'还有{left}天到期' if left else '今日到期'}"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as the registry names it."""

    code: str
    name: str
    short_name: str | None
    kind: str | None
    ended_on: date | None

    def has_ended(self, day: date) -> bool:
        """Return whether it is no more on a day."""
        return self.ended_on is not None and self.ended_on <= day


@dataclass(frozen=True, slots=True)
class Body:
    """A body that meets."""

    code: str
    name: str
    office_unit: str | None


@dataclass(frozen=True, slots=True)
class Member:
    """Who holds a role in a body on a day: a unit, or a post with its title and unit as far as they are known."""

    body: str
    role: str
    unit: str | None
    post: str | None
    name: str


@dataclass(frozen=True, slots=True)
class Target:
    """How far along a part is to be by the end of a day."""

    due_on: date
    percent: int


@dataclass(frozen=True, slots=True)
class KnownAssignment:
    """One unit's part of a task, as tasks last said."""

    task_id: UUID
    unit: str
    unit_name: str
    role: str
    due_on: date
    state: str
    percent: int | None
    done_at: datetime | None
    days_late: int | None
    slip_colour: str | None
    slip_answered: bool | None
    note_link: str | None
    targets: Sequence[Target] = ()

    def missed(self, today: date) -> Target | None:
        """Return the last target whose day has passed without it being reached."""
        behind = [each for each in self.targets if each.due_on < today and (self.percent or 0) < each.percent]
        return behind[-1] if behind and self.state == "open" else None

    def light(self, today: Today) -> Light:
        """Return the light of a part that is owed."""
        by_day = today.light(self.due_on)
        under_slip = self.slip_colour is not None and not self.slip_answered
        behind = under_slip or self.missed(today.day) is not None
        return Light.YELLOW if behind and by_day is not Light.RED else by_day

    def owed_days(self, today: date) -> int:
        """Return by how many days the unit is behind its due day with nothing handed in; 0 if it is not."""
        return max(0, (today - self.due_on).days) if self.state == "open" else 0


@dataclass(frozen=True, slots=True)
class KnownTask:
    """A task with its parts, as tasks last said."""

    task_id: UUID
    title: str
    source_kind: str
    source_id: str
    due_on: date
    state: str
    assignments: Sequence[KnownAssignment] = ()

    def light(self, today: Today) -> Light | None:
        """Return red if a part is overdue, yellow if one is near due or under a slip, else green; None if it ended."""
        if self.state != "in_progress":
            return None
        lights = [part.light(today) for part in self.assignments if part.state == "open"]
        return next((light for light in WORST_FIRST if light in lights), Light.GREEN)

    def reasons(self, today: Today) -> list[str]:
        """Return in words what is late or due soon and why, one line per unit; nothing if nothing is."""
        if self.state != "in_progress":
            return []
        return [line for part in self.assignments if (line := _reason(part, today))]


_SLIPS = {"blue": "蓝色", "yellow": "黄色", "red": "红色"}


def _reason(part: KnownAssignment, today: Today) -> str:
    if part.state == "bounced":
        return f"{part.unit_name}已退回，待改派"
    late = part.owed_days(today.day)
    slip = _slip(part)
    if not late:
        missed = part.missed(today.day)
        behind = f"进展{part.percent or 0}%，落后于{missed.due_on.isoformat()}应达{missed.percent}%" if missed else ""
        near = today.remark(part.due_on) if part.state == "open" else ""
        why = "，".join(each for each in (near, behind, slip) if each)
        return f"{part.unit_name}：{why}" if why else ""
    progress = "未反馈进展" if part.percent is None else f"反馈进展{part.percent}%"
    return "，".join(
        [f"{part.unit_name}应于{part.due_on.isoformat()}完成，已逾期{late}天", progress, *([slip] if slip else [])]
    )


def _slip(part: KnownAssignment) -> str:
    if part.slip_colour is None or part.state != "open":
        return ""
    return f"{_SLIPS[part.slip_colour]}督办单{'已答复' if part.slip_answered else '未答复'}"


@dataclass(frozen=True, slots=True)
class KnownProblem:
    """A problem that the office brings to a meeting."""

    problem_id: UUID
    title: str
    unit: str


@dataclass(frozen=True, slots=True)
class KnownPlan:
    """A plan: where it stands on its way to adoption, and the digest of the words in which it was last submitted."""

    plan_id: UUID
    year: int
    title: str
    edition: int
    state: str
    content_digest: str | None
