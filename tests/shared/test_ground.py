"""SQL files, migrations and topics: the ground is checked before anything stands on it."""

from pathlib import Path

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.migrate import migrate
from shared.postgres import load_queries
from shared.topics import TopicNotCreatedError, WrongPartitionCountError, declared_topics, provision
from tests.support.stack import Servers, ServiceDatabase


def test_statements_are_found_by_name(tmp_path: Path) -> None:
    path = tmp_path / "queries.sql"
    path.write_text("-- About.\n\n-- name: one\n-- Gives 1.\nselect 1\n\n-- name: two\nselect 2\n")
    assert dict(load_queries(path)) == {"one": "-- Gives 1.\nselect 1", "two": "select 2"}


def test_a_name_that_stands_twice_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "queries.sql"
    path.write_text("-- name: one\nselect 1\n-- name: one\nselect 2\n")
    with pytest.raises(ValueError, match="twice"):
        load_queries(path)


async def test_a_service_changes_rows_but_owns_nothing(plain_database: ServiceDatabase) -> None:
    conn = await asyncpg.connect(plain_database.url)
    try:
        await conn.execute("insert into inbox (consumer, source, event_id) values ('c', 's', 'e')")
        for statement in ("drop table inbox", "alter table inbox add x text", "create table own (id integer)"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await conn.execute(statement)
        assert await conn.fetchval("select rolsuper from pg_roles where rolname = current_user") is False
    finally:
        await conn.close()


async def test_migrating_again_changes_nothing(plain_database: ServiceDatabase) -> None:
    migrate("meetings", plain_database.owner_url)


async def test_topics_are_created_once_as_declared(stack: Servers, topic_prefix: str) -> None:
    declared = {f"{topic_prefix}.{topic.name}" for topic in declared_topics()}
    assert set(await provision(stack.kafka_bootstrap, topic_prefix)) == declared
    assert await provision(stack.kafka_bootstrap, topic_prefix) == []


async def test_a_topic_with_another_partition_count_is_an_error(stack: Servers, topic_prefix: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.kafka_bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(f"{topic_prefix}.tasks", 7, 1)])
    finally:
        await admin.close()
    with pytest.raises(WrongPartitionCountError, match="7 partitions, the contract says 4"):
        await provision(stack.kafka_bootstrap, topic_prefix)


async def test_a_topic_that_the_broker_will_not_create_is_an_error(stack: Servers, topic_prefix: str) -> None:
    with pytest.raises(TopicNotCreatedError, match=f"topic {topic_prefix}"):
        await provision(stack.kafka_bootstrap, topic_prefix, replication=3)
