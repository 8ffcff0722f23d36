"""`python -m tests.benchmarks.task_lists [--plans]`: database time of the task lists over 100,000 tasks.

Fills a PostgreSQL of its own (as durable as `up`) with 100,000 tasks, about 250,000 assignments, 1,000,000 lines of
history, one per event, and about 19,000 dated targets. Then it asks for the first page of each list, and a page far
in, 20 times each through prepared statements as the service does, and prints the median, the slowest, and what EXPLAIN
(ANALYZE) says of it. A list is slow if the database's own time, planning and execution, is over the limit.
"""

import argparse
import contextlib
import json
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg

from deploy.local import postgres, processes
from deploy.local.layout import Layout
from deploy.local.ports import any_free_port
from deploy.local.postgres import Postgres
from services.tasks.search import store
from services.tasks.search.domain import Cursor, TaskSearch
from services.tasks.states import State
from services.tasks.store import Q as TASK_QUERIES
from services.tasks.supervision.lights import LightRule
from shared.postgres import Connection, open_pool
from tests.benchmarks.machine import introduce, options_of, run, say
from tests.benchmarks.task_events import UNITS
from tests.support.stack import Servers, remove

TASKS, HISTORY_PER_TASK = 100_000, 10
_RUNS, _PAGE = 20, 51
_LIMIT_MS = 20.0
_RULE = LightRule(date(2026, 7, 1), date(2026, 7, 8))

_FILL = """
with made as (
    insert into task (source_kind, source_id, title, text, leader_post, weight, tags, due_on, state, version,
                      correlation_id, assigned_at)
    select 'document', 'd' || n % 500,
           (array['推进', '编制', '开展', '完善', '落实'])[1 + n % 5]
               || (array['现代物流', '商贸流通', '旅游', '金融服务', '社区服务', '农家乐', '统计'])[1 + n % 7]
               || (array['发展规划', '重点项目', '提升行动', '工作机制'])[1 + n % 4] || n,
           null, case when n % 9 = 0 then 'p' || n % 40 end, 1 + n % 3,
           case when n % 50 = 0 then array['key-task', 't' || n % 300] else array['key-task'] end,
           date '2026-01-01' + (n * 7919) % 540,
           (array['assigned', 'acknowledged', 'in_progress', 'completion_requested', 'completed', 'completed',
                  'completed', 'closed_out', 'cancelled', 'in_progress'])[1 + n % 10],
           10, 'c', timestamptz '2026-01-01' + n * interval '1 minute'
    from generate_series(1, $1::integer) as n
    returning id, due_on, state, title
)
insert into assignment (task_id, unit, role, due_on, state, percent)
select id, ($2::text[])[1 + (hashtext(id::text) & 1023 + k * 331) % cardinality($2::text[])],
       case when k = 0 then 'lead' else 'cooperating' end, due_on, state, (hashtext(title) & 63)
from made, generate_series(0, hashtext(title) & 3) as k
on conflict (task_id, unit) do nothing
"""
_FILL_OWED = """
update task set owed_from = (
    select min(due_on) from assignment
    where assignment.task_id = task.id and assignment.state in ('assigned', 'acknowledged', 'in_progress'))
"""
_FILL_TARGETS = """
insert into assignment_target (task_id, unit, due_on, percent)
select task_id, unit, due_on - 30 * k, 90 / k from assignment, generate_series(1, 3) as k
where role = 'lead' and (hashtext(task_id::text) & 15) = 0
"""
_FILL_HISTORY = """
insert into task_history (task_id, version, unit, transition, from_state, to_state, occurred_at, subject, role, note)
select id, k, null, 'progress', 'in_progress', 'in_progress', assigned_at + k * interval '1 day', 'u', 'unit', '进展'
from task, generate_series(1, $1::integer) as k
"""


def searches() -> Iterator[tuple[str, TaskSearch]]:
    """Give the lists that an office or a unit asks for."""
    unit = UNITS[0]
    yield "newest", TaskSearch()
    yield "by due date", TaskSearch(sort="due")
    yield "one state", TaskSearch(states=(State.COMPLETION_REQUESTED,))
    yield "rare tag", TaskSearch(tag="t150")
    yield "frequent tag", TaskSearch(tag="key-task")
    yield "frequent text", TaskSearch(q="物流")
    yield "rare text", TaskSearch(q="规划77777")
    yield "text of one sign", TaskSearch(q="游")
    yield "text nowhere", TaskSearch(q="港口航运")
    yield "due in a week", TaskSearch(due_from=date(2026, 7, 1), due_to=date(2026, 7, 7), sort="due")
    yield "leader", TaskSearch(leader_post="p9")
    yield "red", TaskSearch(light="red", rule=_RULE)
    yield "red by due date", TaskSearch(light="red", sort="due", rule=_RULE)
    yield "yellow", TaskSearch(light="yellow", rule=_RULE)
    yield "yellow by due date", TaskSearch(light="yellow", sort="due", rule=_RULE)
    yield "green", TaskSearch(light="green", rule=_RULE)
    yield "some unit cooperates", TaskSearch(role="cooperating")
    yield "a unit", TaskSearch(unit=unit)
    yield "a unit by due date", TaskSearch(unit=unit, sort="due")
    yield "a unit leads", TaskSearch(unit=unit, role="lead")
    yield "a unit, asking for completion", TaskSearch(unit=unit, part_states=(State.COMPLETION_REQUESTED,))
    yield "a unit, red", TaskSearch(unit=unit, light="red", sort="due", rule=_RULE)
    yield "a unit, yellow", TaskSearch(unit=unit, light="yellow", rule=_RULE)
    yield "a unit, text", TaskSearch(unit=unit, q="农家乐")
    yield "a unit, rare text", TaskSearch(unit=unit, q="规划7777")
    yield "a unit, due in a week", TaskSearch(unit=unit, due_from=date(2026, 7, 1), due_to=date(2026, 7, 7), sort="due")


@contextlib.asynccontextmanager
async def filled() -> AsyncIterator[str]:
    """Give the URL of a tasks database that is full, and take it away again."""
    layout = Layout.of(Path(tempfile.mkdtemp(prefix="xietiao-lists-")))
    layout.create()
    server = Postgres(layout, any_free_port())
    try:
        processes.start(layout, server.prepare(say))
        await server.wait_ready()
        servers = Servers("127.0.0.1:9", server.url(postgres.SUPERUSER, "postgres"), layout.secret)
        await servers.databases.make_roles()
        database = await servers.fresh_database("tasks")
        await introduce("tests.benchmarks.task_lists", servers.superuser_url)
        say(f"filling in {TASKS:,} tasks and {TASKS * HISTORY_PER_TASK:,} lines of history")
        async with await open_pool(database.url, 1, "fill") as pool:
            await pool.execute(_FILL, TASKS, list(UNITS), timeout=600)
            await pool.execute(_FILL_OWED, timeout=600)
            await pool.execute(_FILL_TARGETS, timeout=600)
            await pool.execute(_FILL_HISTORY, HISTORY_PER_TASK, timeout=600)
        admin = await asyncpg.connect(database.owner_url)
        await admin.execute("vacuum analyze")
        await admin.close()
        yield database.url
    finally:
        remove(layout)


async def measure(conn: Connection, sql: str, given: list[Any]) -> tuple[float, float, int]:
    """Return the median and slowest duration in milliseconds, as the caller sees it, and how many rows came."""
    took, rows = [], []
    for _ in range(_RUNS):
        started = time.perf_counter()
        rows = await conn.fetch(sql, *given)
        took.append((time.perf_counter() - started) * 1000)
    return statistics.median(took), max(took[1:]), len(rows)


async def explained(conn: Connection, sql: str, given: list[Any]) -> tuple[float, list[str]]:
    """Return the database's own time in milliseconds, planning and execution, and the plan's nodes."""
    (row,) = await conn.fetch(f"explain (analyze, buffers, format json) {sql}", *given)
    (plan,) = json.loads(row[0]) if isinstance(row[0], str) else row[0]
    return plan["Planning Time"] + plan["Execution Time"], list(_nodes(plan["Plan"]))


def _nodes(plan: dict[str, Any], depth: int = 0) -> Iterator[str]:
    name = plan.get("Index Name") or plan.get("Relation Name") or ""
    yield f"{'  ' * depth}{plan['Node Type']} {name} rows={plan['Actual Rows']} {plan['Actual Total Time']} ms"
    for below in plan.get("Plans", ()):
        yield from _nodes(below, depth + 1)


async def report(conn: Connection, *, plans: bool) -> int:
    """Print one line per list; return how many took longer than they may."""
    slow = 0
    say("| list | page | rows | median ms | slowest ms | EXPLAIN ANALYZE ms |\n| --- | --- | --- | --- | --- | --- |")
    middle = await conn.fetchrow("select id, due_on from task order by id offset $1 limit 1", TASKS // 2)
    assert middle is not None
    for name, wanted in searches():
        for page, cursor in (("first", Cursor()), ("far in", Cursor(middle["id"], date(2026, 9, 1)))):
            sql, given = await store.statement(conn, wanted, cursor, _PAGE)
            median, slowest, rows = await measure(conn, sql, given)
            inside, nodes = await explained(conn, sql, given)
            slow += inside > _LIMIT_MS
            say(f"| {name} | {page} | {rows} | {median:.1f} | {slowest:.1f} | {inside:.1f} |")
            for node in nodes if plans else ():
                say(f"    {node}")
    ids = [row["id"] for row in await conn.fetch("select id from task order by id desc limit 51")]
    median, slowest, rows = await measure(conn, TASK_QUERIES["assignments_of"], [ids])
    say(f"| assignments of a page | | {rows} | {median:.1f} | {slowest:.1f} | |")
    return slow


async def main(options: argparse.Namespace) -> int:
    """Fill, ask, print; the exit code says whether each list stayed under the limit."""
    async with filled() as url, await open_pool(url, 1, "lists") as pool, pool.acquire() as conn:
        slow = await report(conn, plans=options.plans)
    say(f"{slow} lists took the database longer than {_LIMIT_MS:.0f} ms (target: none)")
    return 1 if slow else 0


if __name__ == "__main__":
    parser = options_of(__doc__)
    parser.add_argument("--plans", action="store_true", help="print each plan's nodes")
    run(main(parser.parse_args()))
