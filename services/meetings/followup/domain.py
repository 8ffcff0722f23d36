"""How far resolutions are carried out: light, what is late and why, rates. Pure: no I/O, no clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from services.meetings.copies.domain import WORST_FIRST, KnownTask, Light, Today
from services.meetings.domain import OPEN, FulfilmentState, Resolution


@dataclass(frozen=True, slots=True)
class Followed:
    """A resolution with the tasks that it became."""

    resolution: Resolution
    tasks: Sequence[KnownTask]

    @property
    def is_open(self) -> bool:
        """Return whether it belongs on the next agenda."""
        return self.resolution.fulfilment_state in OPEN

    def light(self, today: Today) -> Light | None:
        """Return the worst light of its tasks, by its own due day of those not known yet; None if it has ended."""
        if not self.is_open:
            return None
        lights = [light for task in self.tasks if (light := task.light(today)) is not None]
        if self._unformed:
            lights.append(today.light(self.resolution.due_on))
        return next((light for light in WORST_FIRST if light in lights), Light.GREEN)

    def reasons(self, today: Today) -> list[str]:
        """Return in words what is late or due soon and why: nothing where the light is green, unless work rests."""
        if not self.is_open:
            return [f"已办结，迟{self.resolution.days_late}天"] if self.resolution.days_late else []
        suspended = [f"“{task.title}”已中止" for task in self.tasks if task.state == "suspended"]
        of_tasks = [line for task in self.tasks for line in task.reasons(today)]
        return [*suspended, *self._of_unformed(today), *of_tasks]

    @property
    def _unformed(self) -> int:
        """Return how many of the tasks that it is are not known yet."""
        return max(0, self.resolution.parts - len(self.tasks))

    def _of_unformed(self, today: Today) -> list[str]:
        if not self._unformed:
            return []
        which = f"{self._unformed}项尚未形成任务" if self.tasks else "尚未形成任务"
        due_on = self.resolution.due_on
        late = f"应于{due_on.isoformat()}完成，已逾期{(today.day - due_on).days}天" if due_on < today.day else ""
        return ["，".join(each for each in (which, late or today.remark(due_on)) if each)]


@dataclass(frozen=True, slots=True)
class Rate:
    """How many resolutions there are and how many are carried out; cancelled ones do not count."""

    total: int
    fulfilled: int
    on_time: int
    open: int
    overdue: int
    cancelled: int

    @property
    def percent(self) -> Decimal | None:
        """Return the fulfilled in per cent of those that count, to one place; None if none counts."""
        return _percent(self.fulfilled, self.total - self.cancelled)

    @property
    def on_time_percent(self) -> Decimal | None:
        """Return those fulfilled in time in per cent of those that are fulfilled; None if none is."""
        return _percent(self.on_time, self.fulfilled)


def rate_of(followed: Iterable[Followed], today: Today) -> Rate:
    """Return the rate of some resolutions."""
    them = list(followed)
    done = [each for each in them if each.resolution.fulfilment_state is FulfilmentState.FULFILLED]
    open_ones = [each for each in them if each.is_open]
    return Rate(
        total=len(them),
        fulfilled=len(done),
        on_time=sum(not each.resolution.days_late for each in done),
        open=len(open_ones),
        overdue=sum(each.light(today) is Light.RED for each in open_ones),
        cancelled=len(them) - len(done) - len(open_ones),
    )


def _percent(part: int, whole: int) -> Decimal | None:
    if not whole:
        return None
    return (Decimal(100) * part / whole).quantize(Decimal("0.1"), ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class MeetingRate:
    """The rate of one meeting."""

    meeting_id: UUID
    title: str
    held_on: date
    rate: Rate
