"""Roles and databases are made once, whoever makes them at the same time."""

import asyncio

import asyncpg

from deploy.local.databases import SERVICES, role
from tests.support.stack import Servers

NAMES = "select datname from pg_database where datname = any($1::text[]) order by datname"


async def test_databases_are_made_once_by_several_at_the_same_time(stack: Servers) -> None:
    await asyncio.gather(*(stack.databases.provision() for _ in range(4)))
    conn = await asyncpg.connect(stack.databases.superuser_url("postgres"))
    try:
        found = await conn.fetch(NAMES, [role(service) for service in SERVICES])
    finally:
        await conn.close()
    assert [row["datname"] for row in found] == sorted(role(service) for service in SERVICES)
