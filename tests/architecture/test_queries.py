"""Every query of every service is one that its database can prepare, as the service's own role."""

import re
from pathlib import Path

import pytest

from deploy.local.databases import SERVICES
from shared.postgres import load_queries, open_pool
from tests.conftest import DatabaseFactory

SQL_IN_CODE = re.compile(r"f\"[^\"]*\b(select|insert into|update|delete from)\b", re.IGNORECASE)


def query_files(service: str) -> list[Path]:
    return sorted(Path("services", service).rglob("queries.sql"))


@pytest.mark.parametrize("service", SERVICES)
async def test_every_query_can_be_prepared(database: DatabaseFactory, service: str) -> None:
    files = query_files(service)
    assert files
    async with await open_pool((await database(service)).url, 1, "test") as pool, pool.acquire() as conn:
        for path in files:
            for name, query in load_queries(path).items():
                try:
                    await conn.prepare(query)
                except Exception as error:
                    raise AssertionError(f"{path}: {name}: {error}") from error


@pytest.mark.parametrize("service", SERVICES)
def test_every_query_is_used(service: str) -> None:
    code = "\n".join(path.read_text() for path in Path("services", service).rglob("*.py"))
    for path in query_files(service):
        unused = [name for name in load_queries(path) if f'"{name}"' not in code]
        assert unused == []


def test_no_sql_is_put_together_from_values() -> None:
    code = [*Path("services").rglob("*.py"), *Path("shared").rglob("*.py")]
    assert [str(path) for path in code if SQL_IN_CODE.search(path.read_text())] == []
