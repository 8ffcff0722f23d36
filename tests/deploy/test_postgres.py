import asyncpg
import pytest

from deploy.local import postgres, processes
from deploy.local.databases import OWNER, SERVICES, Databases, role
from deploy.local.errors import StartError
from deploy.local.layout import Layout
from deploy.local.ports import any_free_port
from deploy.local.postgres import SUPERUSER, WITHOUT_DURABILITY, Postgres


@pytest.fixture
async def server(layout: Layout) -> Postgres:
    server = Postgres(layout, any_free_port(), WITHOUT_DURABILITY)
    await start(server)
    return server


async def start(server: Postgres) -> None:
    processes.start(server.layout, server.prepare(print))
    await server.wait_ready()


def databases(server: Postgres) -> Databases:
    return Databases(lambda name: server.url(SUPERUSER, name), server.layout.secret)


async def execute(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def test_keeps_its_rows_and_passwords_over_a_restart(server: Postgres) -> None:
    await databases(server).provision()
    owner = server.url(OWNER, role("tasks"))
    await execute(owner, "create table kept as select 7 as fact")

    assert processes.stop(server.layout, [postgres.NAME]) == [postgres.NAME]
    assert not await server.answers()
    await start(server)

    assert await execute(owner, "select fact from kept") == 7


async def test_comes_up_again_after_it_was_killed(server: Postgres) -> None:
    processes.kill(server.layout, postgres.NAME)

    await start(server)

    assert await server.answers()


async def test_every_login_needs_its_password(server: Postgres) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(f"postgresql://{SUPERUSER}:wrong@127.0.0.1:{server.port}/postgres")


async def test_a_service_reads_and_writes_rows_of_its_own_database_and_no_more(server: Postgres) -> None:
    await databases(server).provision()
    await execute(server.url(OWNER, role("tasks")), "create table task (id int primary key)")
    as_service = server.url(role("tasks"), role("tasks"))

    await execute(as_service, "insert into task values (1)")

    assert await execute(as_service, "select count(*) from task") == 1
    for forbidden in ("create table mine ()", "drop table task", "alter table task add column x int", "truncate task"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await execute(as_service, forbidden)
    for others in (role("meetings"), "postgres", "template1"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(server.url(role("tasks"), others))


async def test_provisioning_again_changes_nothing(server: Postgres) -> None:
    await databases(server).provision()
    await databases(server).provision()

    names = "select count(*) from pg_database where datname like 'xietiao\\_%'"
    assert await execute(server.url(SUPERUSER, "postgres"), names) == len(SERVICES)


async def test_durable_unless_told_otherwise(layout: Layout) -> None:
    argv = " ".join(Postgres(layout, 1).command(None).argv)

    assert "fsync" not in argv
    assert "synchronous_commit" not in argv


async def test_a_server_that_ends_at_once_is_reported_with_what_it_said(server: Postgres) -> None:
    processes.stop(server.layout, [postgres.NAME])
    broken = Postgres(server.layout, server.port, {"shared_buffers": "nonsense"})
    processes.start(server.layout, broken.prepare(print))

    with pytest.raises(StartError, match=r"(?s)PostgreSQL ended while it started.*shared_buffers"):
        await broken.wait_ready()
