"""The year's major projects as a workbook: plan, each month's investment, rate, node."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from services.tasks.projects import store
from services.tasks.projects.domain import ProjectYear, rate
from services.tasks.projects.store import ProjectFilter
from services.tasks.reports.store import unit_names
from shared.clock import county_date
from shared.postgres import Connection
from shared.workbook import SheetColumn, SheetContent, Value, make_workbook

MOST_ROWS = 2000

_COLUMNS = (
    SheetColumn("序号", 6, "center"),
    SheetColumn("项目名称", 34),
    SheetColumn("责任单位", 18),
    SheetColumn("总投资", 12, "right"),
    SheetColumn("年度计划投资", 13, "right"),
    *(SheetColumn(f"{month}月", 10, "right") for month in range(1, 13)),
    SheetColumn("累计完成投资", 13, "right"),
    SheetColumn("完成率（%）", 10, "right"),
    SheetColumn("形象进度", 24),
    SheetColumn("年度目标", 30),
)


async def project_list(conn: Connection, wanted: ProjectFilter, at: datetime) -> bytes:
    """Return the projects of a year as xlsx, with their sum below."""
    years = await store.page_of_projects(conn, wanted, None, MOST_ROWS)
    names = await unit_names(conn, [each.project.unit for each in years])
    rows = [_row(number, each, names) for number, each in enumerate(reversed(years), start=1)]
    day = county_date(at)
    note = f"截至 {day.year}年{day.month}月{day.day}日　　单位：万元"
    title = f"{wanted.year}年服务业重大项目投资完成情况"
    sheet = SheetContent("重大项目", title, _COLUMNS, [*rows, _sum(years)] if rows else rows, note=note)
    return await asyncio.to_thread(make_workbook, [sheet], title=title, created=at)


def _row(number: int, year: ProjectYear, names: Mapping[str, str]) -> list[Value]:
    project = year.project
    months = {each.month: each.invested for each in year.months}
    return [
        number,
        project.title,
        names.get(project.unit, project.unit),
        project.total_investment,
        year.planned,
        *(months.get(month) for month in range(1, 13)),
        year.invested,
        year.completion_rate,
        year.node,
        year.goal,
    ]


def _sum(years: Sequence[ProjectYear]) -> list[Value]:
    planned = sum((each.planned for each in years), Decimal(0))
    invested = sum((each.invested for each in years), Decimal(0))
    months = [
        sum((each.invested for year in years for each in year.months if each.month == month), Decimal(0))
        for month in range(1, 13)
    ]
    return [None, "合计", None, None, planned, *months, invested, rate(invested, planned), None, None]
