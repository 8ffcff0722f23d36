"""The pool: a connection that comes back is as good as new, though the server is not asked to make it so."""

import asyncpg
import pytest

from shared.postgres import TRANSIENT, end_session, open_pool
from tests.conftest import DatabaseFactory
from tests.support.api import ServiceUnderTest


async def test_a_transaction_left_open_is_rolled_back(database: DatabaseFactory) -> None:
    async with await open_pool((await database("tasks")).url, 1, "test") as pool:
        async with pool.acquire() as conn:
            await conn.execute("begin")
            await conn.execute("set local statement_timeout = 1234")
        async with pool.acquire() as conn:
            assert not conn.is_in_transaction()
            assert await conn.fetchval("show statement_timeout") == "0"


async def test_a_failed_transaction_leaves_the_connection_fit_for_use(database: DatabaseFactory) -> None:
    async with await open_pool((await database("tasks")).url, 1, "test") as pool:
        with pytest.raises(asyncpg.DivisionByZeroError):
            async with pool.acquire() as conn, conn.transaction():
                await conn.fetchval("select 1 / 0")
        assert await pool.fetchval("select 1") == 1


@pytest.mark.parametrize(("word", "status"), [("议", 200), ("refused", 404), ("broken", 500)])
async def test_a_read_gives_its_connection_back_however_it_ends(
    plain: ServiceUnderTest, word: str, status: int
) -> None:
    async with plain.client("leader") as leader:
        assert (await leader.get(f"/v1/notes/{word}")).status_code == status
    assert plain.pool.get_idle_size() == plain.pool.get_size()


async def test_a_read_without_a_token_gets_no_connection(plain: ServiceUnderTest) -> None:
    async with plain.client(None) as nobody, plain.pool.acquire():
        assert (await nobody.get("/v1/notes/refused")).status_code == 401


async def test_a_session_that_has_ended_by_itself_is_ended_without_a_complaint(database: DatabaseFactory) -> None:
    async with await open_pool((await database("tasks")).url, 2, "test") as pool, pool.acquire() as conn:
        await pool.execute("select pg_terminate_backend($1)", conn.get_server_pid())
        with pytest.raises(TRANSIENT):  # which of them hangs on how far its end has come
            await conn.fetchval("select 1")
        end_session(conn)
        assert await pool.fetchval("select 1") == 1
