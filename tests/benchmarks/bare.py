"""Plain FastAPI and asyncpg: what the real routes are compared with.

Each route does the statements of its counterpart and answers with the same JSON, byte for byte but for ids and times
(`tests.benchmarks.api` compares them before it measures), written as the manuals of the two libraries show it: a pool
as `create_pool` makes it, rows put into dicts, a pydantic `response_model` that checks and serialises them. The views,
the text of the reads and the formula of the standings are the services' own, so that both sides owe the same answer; a
method is parsed once.

Left out is all that the services add: tokens (nobody is recognised, which favours this side), filters and cursors,
correlation ids, limits of the body, histograms, problem documents, idempotency, domain objects and the state machine.
The lists are validated by their `response_model`, which the services' lists of tasks and duties are spared.
The command checks its units and writes what the real one writes (task, assignments, history, outbox, audit log), in
one durable transaction; its event is published by the relay of the real service.

`BARE_<SERVICE>_URL` name the databases, `BARE_DAY` the day of the duties.
"""

import asyncio
import os
import re
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import asyncpg
import orjson
from fastapi import FastAPI, HTTPException

from deploy.local.layout import REPOSITORY
from services.registry.views import DutyView
from services.scoring.domain import Generation, Subject
from services.scoring.method import Method
from services.scoring.rules.base import Part, Tally
from services.scoring.schemas import StandingsPage, StandingView
from services.scoring.standings import standings
from services.tasks.schemas import CreateTask, TaskView
from shared.clock import county_date, days_late
from shared.pages import Page, encode_cursor
from shared.postgres import Pool, Record, load_queries, prepare_connection

_SERVICES = ("tasks", "scoring", "registry")
_SQL = {name: load_queries(Path(REPOSITORY, "services", name, "queries.sql")) for name in _SERVICES}
_DAY = date.fromisoformat(os.environ.get("BARE_DAY", "2026-01-15"))
_LIMIT = 50
_pools: dict[str, Pool] = {}

_INSERT_TASK = """
insert into task (source_kind, source_id, title, text, leader_post, weight, tags, due_on, state, version,
                  correlation_id, assigned_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, 'assigned', 1, $9, $10)
returning *
"""
_INSERT_ASSIGNMENTS = """
insert into assignment (task_id, unit, role, due_on, state, percent)
select $1, c.unit, c.role, $4, 'assigned', 0 from unnest($2::text[], $3::text[]) as c (unit, role)
returning *
"""
_INSERT_HISTORY = """
insert into task_history (task_id, version, transition, to_state, occurred_at, subject, role)
values ($1, 1, 'assign', 'assigned', $2, 'office', 'office')
"""
_INSERT_EVENT = "insert into outbox (topic, aggregate, version, event) values ('tasks', $1, 1, $2)"
_INSERT_AUDIT = """
insert into audit_log (occurred_at, subject, role, action, target, result, status, correlation_id)
values ($1, 'office', 'office', 'create-task', 'tasks', 'done', 201, $2)
"""


@asynccontextmanager
async def _lifespan(_app: FastAPI) -> AsyncIterator[None]:
    opened = await asyncio.gather(
        *(asyncpg.create_pool(os.environ[f"BARE_{name.upper()}_URL"], init=prepare_connection) for name in _SERVICES)
    )
    _pools.update(zip(_SERVICES, opened, strict=True))
    yield
    await asyncio.gather(*(pool.close() for pool in opened))


app = FastAPI(lifespan=_lifespan)


@lru_cache(maxsize=8)
def _unfiltered(statement: str, *given: object) -> tuple[Any, ...]:
    """Return a statement and its arguments; filters that stand behind those given are left unset."""
    expected = max(int(number) for number in re.findall(r"\$(\d+)", statement))
    return statement, *given, *[None] * (expected - len(given))


def _page(items: Sequence[object], key: Sequence[Any] | None) -> dict[str, Any]:
    return {"items": items, "next": None if key is None else encode_cursor(key)}


@app.get("/tasks", response_model=Page[TaskView])
async def list_tasks() -> dict[str, Any]:
    async with _pools["tasks"].acquire() as conn:
        rows = await conn.fetch(*_unfiltered(_SQL["tasks"]["page_of_tasks"], None, None, None, None, _LIMIT + 1))
        parts = await conn.fetch(_SQL["tasks"]["assignments_of"], [row["id"] for row in rows])
    held: dict[uuid.UUID, list[dict[str, Any]]] = {row["id"]: [] for row in rows}
    for part in parts:
        held[part["task_id"]].append(_assignment(part))
    more = len(rows) > _LIMIT
    shown = [_task(row, held[row["id"]]) for row in rows[:_LIMIT]]
    return _page(shown, [str(shown[-1]["id"])] if more else None)


def _task(row: Record, assignments: list[dict[str, Any]]) -> dict[str, Any]:
    reason = "; ".join(f"{each['role']} {each['unit']} {each['state']}" for each in assignments)
    return {**row, "state_reason": reason, "assignments": assignments}


def _assignment(row: Record) -> dict[str, Any]:
    done_at = row["done_at"]
    late = None if done_at is None else days_late(done_at, row["due_on"])
    return {**row, "days_late": late, "overdue": row["overdue_at"] is not None}


@app.get("/standings", response_model=StandingsPage)
async def list_standings() -> dict[str, Any]:
    sql = _SQL["scoring"]
    async with _pools["scoring"].acquire() as conn:
        generation = Generation(**(await conn.fetch(sql["list_live_generations"]))[0])
        method = _method(orjson.dumps(generation.body))
        subjects = await conn.fetch(
            sql["list_subjects"],
            method.subjects.body,
            method.subjects.role,
            generation.assessed_from,
            generation.assessed_to,
        )
        tallies = await conn.fetch(sql["all_tallies"], generation.id, method.reads_whole_years)
    held: dict[str, dict[str, dict[str, Part]]] = {}
    for unit, criterion, part, *sums in tallies:
        held.setdefault(criterion, {}).setdefault(unit, {})[part] = Part(*sums)
    whole = {code: {unit: Tally(parts) for unit, parts in units.items()} for code, units in held.items()}
    names = {row["code"]: Subject(**row) for row in subjects}
    found = standings(method, list(names), whole)
    items = [StandingView.of(each, names[each.unit], generation) for each in found[:_LIMIT]]
    return {**_page(items, [_LIMIT] if len(found) > _LIMIT else None), "also_in_force": generation.beside}


@lru_cache(maxsize=8)
def _method(body: bytes) -> Method:
    return Method.model_validate_json(body)


@app.get("/duties", response_model=Page[DutyView])
async def list_duties() -> dict[str, Any]:
    async with _pools["registry"].acquire() as conn:
        rows = await conn.fetch(
            *_unfiltered(_SQL["registry"]["list_duties"], _DAY, None, None, None, None, 0, _LIMIT + 1)
        )
    shown = [_duty(row) for row in rows[:_LIMIT]]
    return _page(shown, [rows[_LIMIT - 1]["position"]] if len(rows) > _LIMIT else None)


def _duty(row: Record) -> dict[str, Any]:
    clauses = [
        {**clause, "objects": _named(clause["objects"]), "partners": _named(clause["partners"])}
        for clause in row["clauses"]
    ]
    return {**row, "holder": _holder(row), "clauses": clauses}


def _named(pairs: list[list[str]]) -> list[dict[str, str]]:
    return [{"code": code, "name": name} for code, name in pairs]


def _holder(row: Record) -> dict[str, Any]:
    if row["holder_unit"] is not None:
        return {"unit": {"code": row["holder_unit"], "name": row["holder_name"]}}
    unit = {"code": row["post_unit"], "name": row["post_unit_name"]}
    return {"post": {"code": row["holder_post"], "title": row["holder_name"], "unit": unit}}


@app.post("/tasks", status_code=201, response_model=TaskView)
async def create_task(body: CreateTask) -> dict[str, Any]:
    now, correlation = datetime.now(UTC), str(uuid.uuid4())
    units = [body.lead_unit, *body.cooperating_units]
    roles = ["lead", *("cooperating" for _ in body.cooperating_units)]
    async with _pools["tasks"].acquire() as conn, conn.transaction():
        if await conn.fetch(_SQL["tasks"]["faulty_units"], units, county_date(now)):
            raise HTTPException(422)
        row = await conn.fetchrow(
            _INSERT_TASK,
            body.source_kind,
            body.source_id,
            body.title,
            body.text,
            body.leader_post,
            body.weight,
            list(body.tags),
            body.due_on,
            correlation,
            now,
        )
        assert row is not None
        parts = await conn.fetch(_INSERT_ASSIGNMENTS, row["id"], units, roles, body.due_on)
        await conn.execute(_INSERT_HISTORY, row["id"], now)
        await conn.execute(_INSERT_EVENT, str(row["id"]), _event(row, parts, now, correlation))
        await conn.execute(_INSERT_AUDIT, now, correlation)
    return _task(row, [_assignment(part) for part in parts])


def _event(row: Record, parts: Sequence[Record], now: datetime, correlation: str) -> bytes:
    assignments = [{"unit": part["unit"], "role": part["role"], "due_on": part["due_on"]} for part in parts]
    told = {name: row[name] for name in ("title", "source_kind", "source_id", "due_on", "tags")}
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": f"{row['id']}@1",
            "source": "/xietiao/tasks",
            "type": "cn.xietiao.tasks.task-assigned.v1",
            "subject": row["id"],
            "time": now,
            "datacontenttype": "application/json",
            "aggregateversion": 1,
            "correlationid": correlation,
            "data": {"task_id": row["id"], **told, "weight": row["weight"], "assignments": assignments},
        },
        default=str,
    )
