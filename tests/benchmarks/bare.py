"""A FastAPI application that does the services' queries and nothing else: what the real routes are compared with.

No tokens, no filters, no pages, no problem documents; rows as JSON. `BARE_<SERVICE>_URL` name the databases,
`BARE_DAY` the day of the duties.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from deploy.local.layout import REPOSITORY
from shared.postgres import Pool, load_queries, open_pool

_SERVICES = ("tasks", "scoring", "registry")
_SQL = {name: load_queries(Path(REPOSITORY, "services", name, "queries.sql")) for name in _SERVICES}
_DAY = date.fromisoformat(os.environ.get("BARE_DAY", "2026-01-15"))
_PAGE = 51
_pools: dict[str, Pool] = {}


@asynccontextmanager
async def _lifespan(_app: FastAPI) -> AsyncIterator[None]:
    opened = await asyncio.gather(
        *(open_pool(os.environ[f"BARE_{name.upper()}_URL"], 10, "bare") for name in _SERVICES)
    )
    _pools.update(zip(_SERVICES, opened, strict=True))
    yield
    await asyncio.gather(*(pool.close() for pool in opened))


app = FastAPI(lifespan=_lifespan)


@app.get("/tasks")
async def list_tasks() -> list[dict[str, Any]]:
    async with _pools["tasks"].acquire() as conn:
        rows = await conn.fetch(_SQL["tasks"]["page_of_tasks"], None, None, None, None, _PAGE, None)
        parts = await conn.fetch(_SQL["tasks"]["assignments_of"], [row["id"] for row in rows])
    held: dict[Any, list[dict[str, Any]]] = {row["id"]: [] for row in rows}
    for part in parts:
        held[part["task_id"]].append(dict(part))
    return [{**row, "assignments": held[row["id"]]} for row in rows]


@app.get("/standings")
async def list_standings() -> list[dict[str, Any]]:
    sql = _SQL["scoring"]
    async with _pools["scoring"].acquire() as conn:
        generation = (await conn.fetch(sql["list_live_generations"]))[0]
        subjects = await conn.fetch(
            sql["list_subjects"],
            "coordination-meeting",
            "member",
            generation["assessed_from"],
            generation["assessed_to"],
        )
        tallies = await conn.fetch(sql["all_tallies"], generation["id"])
    held: dict[str, list[dict[str, Any]]] = {}
    for tally in tallies:
        held.setdefault(tally["unit"], []).append(dict(tally))
    return [{**subject, "tallies": held.get(subject["code"], [])} for subject in subjects]


@app.get("/duties")
async def list_duties() -> list[dict[str, Any]]:
    async with _pools["registry"].acquire() as conn:
        rows = await conn.fetch(_SQL["registry"]["list_duties"], _DAY, None, None, None, None, 0, _PAGE)
    return [dict(row) for row in rows]
