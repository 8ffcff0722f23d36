"""The list of problems as a workbook that an official would hand on."""

import asyncio
from collections.abc import Mapping
from datetime import datetime

from services.tasks.problems import store
from services.tasks.problems.domain import Problem
from services.tasks.problems.store import ProblemFilter
from services.tasks.reports.store import unit_names
from shared.clock import county_date
from shared.postgres import Connection
from shared.workbook import SheetColumn, SheetContent, Value, make_workbook

MOST_ROWS = 5000

_STATES = {
    "raised": "待处理",
    "escalated": "已提请专题会议",
    "returned": "退回办公室",
    "resolved": "已解决",
    "withdrawn": "已撤回",
}
_DECISIONS = {"adopted": "通过", "adopted_in_principle": "原则通过", "deferred": "缓议", "rejected": "未通过"}
_COLUMNS = (
    SheetColumn("序号", 6, "center"),
    SheetColumn("问题", 36),
    SheetColumn("提出单位", 20),
    SheetColumn("具体情况", 50),
    SheetColumn("提出日期", 12, "center"),
    SheetColumn("状态", 16, "center"),
    SheetColumn("会议意见", 12, "center"),
    SheetColumn("处理结果", 40),
    SheetColumn("办结日期", 12, "center"),
)


async def problem_list(conn: Connection, wanted: ProblemFilter, at: datetime) -> bytes:
    """Return the problems as xlsx."""
    problems = await store.page_of_problems(conn, wanted, None, MOST_ROWS)
    names = await unit_names(conn, [problem.unit for problem in problems])
    rows = [_row(number, problem, names) for number, problem in enumerate(problems, start=1)]
    day = county_date(at)
    note = f"截至 {day.year}年{day.month}月{day.day}日"
    sheet = SheetContent("问题清单", "服务业发展突出矛盾和问题清单", _COLUMNS, rows, note=note)
    return await asyncio.to_thread(make_workbook, [sheet], title=sheet.title, created=at)


def _row(number: int, problem: Problem, names: Mapping[str, str]) -> list[Value]:
    return [
        number,
        problem.title,
        names.get(problem.unit, problem.unit),
        problem.text,
        county_date(problem.raised_at),
        _STATES[problem.state],
        _DECISIONS.get(problem.last_decision or "", ""),
        problem.resolution or ("见会议议定事项" if problem.meeting_id else ""),
        None if problem.closed_at is None else county_date(problem.closed_at),
    ]
