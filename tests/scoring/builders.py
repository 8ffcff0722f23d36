"""Events, methods and records for scoring's tests."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from aiokafka import ConsumerRecord

from services.scoring.method import Method
from shared.clock import days_late
from shared.contracts.envelope import Event
from shared.contracts.payload import Payload
from shared.contracts.scoring import MethodAdopted
from shared.contracts.tasks import (
    AssignmentBounced,
    AssignmentCompleted,
    AssignmentPart,
    AssignmentProgressed,
    AssignmentSentBack,
    ReportOpened,
    ReportSubmitted,
    ReportWentOverdue,
    Role,
    TaskAssigned,
    TaskCancelled,
    TaskReopened,
)

LEAD, CO = "330324-jmj", "330324-tjj"
JANUARY = datetime(2026, 1, 20, 1, 0, tzinfo=UTC)
TOPIC = "xietiao.tasks"

METHOD: dict[str, Any] = {
    "method": "departments-2026",
    "version": 1,
    "title": "考核办法（测试）",
    "group": "departments",
    "subjects": {"body": "coordination-meeting"},
    "assessed": {"from": "2026-01-01", "to": "2026-12-31"},
    "total": "100",
    "criteria": [
        {
            "code": "key-tasks",
            "title": "重点工作",
            "kind": "completion",
            "max": "60",
            "lateness": [{"days": 1, "factor": "0.9"}, {"days": 11, "factor": "0.7"}],
        },
        {
            "code": "discipline",
            "title": "工作纪律",
            "kind": "incidents",
            "max": "10",
            "incidents": [{"event": "tasks.assignment-sent-back", "points": "-0.5", "text": "驳回重办"}],
        },
        {
            "code": "reporting",
            "title": "报表报送",
            "kind": "three_way",
            "max": "20",
            "points": {"on_time": "0", "chased": "-2", "missing": "-5"},
        },
        {
            "code": "progress",
            "title": "进展反馈",
            "kind": "rank_steps",
            "max": "10",
            "counted": "tasks.assignment-progressed",
            "step": "0.5",
        },
    ],
}


def method(**changed: object) -> Method:
    """Return the method of the tests, with some members changed."""
    return Method.model_validate(METHOD | changed)


def adoption_of(chosen: Method) -> MethodAdopted:
    """Return the fact that a method was adopted."""
    return MethodAdopted(
        method=chosen.method,
        method_version=chosen.version,
        title=chosen.title,
        group=chosen.group,
        adopted_on=date(2026, 1, 2),
        assessed_from=chosen.assessed.start,
        assessed_to=chosen.assessed.end,
        body=chosen.to_body(),
        body_digest="0" * 64,
    )


class TaskStory:
    """One task's events, each with the next version, an hour apart."""

    def __init__(
        self, number: int = 1, weight: str = "3", due_on: date = date(2026, 6, 30), co: Sequence[str] = (CO,)
    ) -> None:
        self.task = UUID(int=number)
        self.due_on = due_on
        self.parts = [AssignmentPart(unit=LEAD, role="lead", due_on=due_on)] + [
            AssignmentPart(unit=unit, role="cooperating", due_on=due_on) for unit in co
        ]
        self._fact: dict[str, Any] = {
            "task_id": self.task,
            "title": "推进物流园区",
            "source_kind": "resolution",
            "source_id": "r-1",
            "weight": Decimal(weight),
            "due_on": due_on,
            "tags": ("key-task",),
        }
        self.events: list[Event] = []

    def _say(self, payload: Payload) -> Event:
        version = len(self.events) + 1
        event = Event.of(
            payload,
            subject=str(self.task),
            version=version,
            time=JANUARY + timedelta(hours=version),
            correlation_id="c",
        )
        self.events.append(event)
        return event

    def assigned(self) -> Event:
        return self._say(TaskAssigned(**self._fact, assignments=tuple(self.parts)))

    def completed(self, unit: str = LEAD, done_at: datetime = JANUARY) -> Event:
        done = self._of_unit(AssignmentCompleted, unit)
        return self._say(done(done_at=done_at, days_late=days_late(done_at, self.due_on)))

    def progressed(self, unit: str = LEAD) -> Event:
        return self._say(self._of_unit(AssignmentProgressed, unit)(percent=50))

    def sent_back(self, unit: str = LEAD) -> Event:
        return self._say(self._of_unit(AssignmentSentBack, unit)())

    def bounced(self, unit: str = CO) -> Event:
        return self._say(self._of_unit(AssignmentBounced, unit)())

    def reopened(self, *units: str) -> Event:
        parts = tuple(part for part in self.parts if not units or part.unit in units)
        return self._say(TaskReopened(**self._fact, assignments=parts))

    def cancelled(self) -> Event:
        return self._say(TaskCancelled(**self._fact, assignments=tuple(self.parts)))

    def _of_unit(self, payload: Callable[..., Any], unit: str) -> partial[Any]:
        role: Role = "lead" if unit == LEAD else "cooperating"
        return partial(payload, **self._fact, unit=unit, role=role, assignment_due_on=self.due_on)


class ReportStory:
    """One expected report's events."""

    def __init__(self, number: int = 1, unit: str = LEAD) -> None:
        self.report = UUID(int=1000 + number)
        self.due_at = datetime(2026, 4, 10, 16, 0, tzinfo=UTC)
        self._fact: dict[str, Any] = {
            "report_id": self.report,
            "definition": "quarterly",
            "definition_version": 1,
            "unit": unit,
            "period": "2026-Q1",
            "due_at": self.due_at,
        }
        self.events: list[Event] = []

    def _say(self, payload: Payload) -> Event:
        version = len(self.events) + 1
        event = Event.of(payload, subject=str(self.report), version=version, time=JANUARY + timedelta(hours=version))
        self.events.append(event)
        return event

    def opened(self) -> Event:
        return self._say(ReportOpened(**self._fact))

    def went_overdue(self) -> Event:
        return self._say(ReportWentOverdue(**self._fact))

    def submitted(self, late: int = 0) -> Event:
        submitted_at = self.due_at + timedelta(days=late)
        return self._say(
            ReportSubmitted(**self._fact, submission=1, submitted_at=submitted_at, days_late=late, on_time=late == 0)
        )


def record(event: Event | bytes, offset: int, topic: str = TOPIC, partition: int = 0) -> ConsumerRecord:
    """Return a Kafka record; record time is the offset in seconds, so that it is the same on every replay."""
    value = event if isinstance(event, bytes) else event.to_bytes()
    return ConsumerRecord(topic, partition, offset, offset * 1000, 1, None, value, None, 0, len(value), ())
