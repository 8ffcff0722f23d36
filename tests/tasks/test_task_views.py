"""A list's items are written without the view's validation: byte for byte what the view would say."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from asyncpg.pgproto import pgproto

from services.tasks.domain import Assignment, Task
from services.tasks.schemas import TaskView, shown
from services.tasks.states import State
from shared import exact_json
from tests.tasks.builders import task_row

ID = UUID("01a21b37-fe95-74f8-80c0-4c0000000001")
AS_READ = pgproto.UUID(str(ID))
AT = datetime(2026, 1, 15, 2, 0, tzinfo=UTC)
LEAD = Assignment(ID, "330324-fgj", "lead", date(2026, 9, 30))
OTHER = Assignment(ID, "330324-jtj", "cooperating", date(2026, 8, 31), State.ACKNOWLEDGED, percent=40)
TASK = replace(
    task_row(("330324-fgj", "lead", State.ASSIGNED), due_on=date(2026, 9, 30)),
    id=ID,
    source_kind="document",
    source_id="永政办发〔2009〕106号",
    title="编制“现代物流业”规划\\",
    version=1,
    assigned_at=AT,
    assignments=(LEAD,),
)
DONE = replace(
    LEAD,
    state="completed",
    requested_at=AT,
    done_at=AT + timedelta(days=300, microseconds=7),
    overdue_at=AT,
    extensions=2,
)
GIVEN = replace(OTHER, state="reassigned", reassigned_to="330324-jmj", suspended_at=None)


@pytest.mark.parametrize(
    "task",
    [
        TASK,
        replace(TASK, assignments=(LEAD, OTHER, GIVEN), tags=("key-task", "旅游"), weight=Decimal("2.5000")),
        replace(TASK, assignments=(DONE,), text="多行\n文字\t", leader_post="330324-xz", weight=Decimal("1E+2")),
        replace(
            TASK, id=pgproto.UUID(str(ID)), plan_id=pgproto.UUID(str(ID)), meeting_id=ID, parent_id=ID, kind="投资"
        ),
        replace(TASK, assigned_at=AT.astimezone(timezone(timedelta(hours=8))), text_link="/v1/resolutions/1"),
    ],
)
def test_a_list_says_of_a_task_what_its_view_says(task: Task) -> None:
    assert exact_json.dumps(shown(task)).decode() == TaskView.of(task).model_dump_json()
