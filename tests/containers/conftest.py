"""Fixtures on a container engine: the servers from the official images, and the whole system by compose."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from deploy.images import make_secrets
from deploy.local.kafka import Kafka
from deploy.local.layout import Layout
from deploy.local.ports import any_free_port
from tests.containers.engine import Compose, compose_command, missing_engine
from tests.containers.system import SERVICES, System
from tests.support.stack import Servers

HERE = Path(__file__).parent
PASSWORD = "test"

os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")  # these fixtures end what they start themselves


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.containers)


@pytest.fixture(scope="session", autouse=True)
def engine() -> None:
    """Leave every test of this folder out, and say why, where no engine is reachable."""
    if reason := missing_engine():
        pytest.skip(f"no container engine is reachable: {reason}")


@pytest.fixture(scope="module")
async def stack() -> AsyncIterator[Servers]:
    """Kafka and PostgreSQL in containers, instead of the session's own."""
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415 - reads its settings when imported

    port = any_free_port()
    kafka = DockerContainer("apache/kafka:4.3.1").with_bind_ports(port, port)
    for name, value in _broker(port).items():
        kafka.with_env(name, value)
    postgres = DockerContainer("postgres:18").with_env("POSTGRES_PASSWORD", PASSWORD).with_exposed_ports(5432)
    with kafka, postgres:
        url = f"postgresql://postgres:{PASSWORD}@127.0.0.1:{postgres.get_exposed_port(5432)}/postgres"
        await asyncio.gather(_reachable(url), _listening(port))
        servers = Servers(f"127.0.0.1:{port}", url, lambda _role: PASSWORD)
        await servers.databases.make_roles()
        yield servers


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Everything that docker-compose.yml describes, built and started, on ports of its own."""
    command = compose_command()
    if command is None:
        pytest.skip("there is an engine, but neither `docker compose` nor `docker-compose`")
    secrets = tmp_path_factory.mktemp("compose") / "secrets"
    make_secrets.make(secrets)
    ports = {service: any_free_port() for service in SERVICES}
    environment = {
        "XIETIAO_SECRETS": str(secrets),
        "XIETIAO_TAG": "test",
        **{f"XIETIAO_{service.upper()}_PORT": str(port) for service, port in ports.items()},
    }
    running = System(Compose(command, f"xietiao-test-{uuid.uuid4().hex[:6]}", environment), ports)
    try:
        running.compose.run("up", "--detach", "--build")
        yield running
    except AssertionError as failure:
        failure.add_note(running.compose.run("logs", "--tail", "20"))
        raise
    finally:
        running.compose.down()


def _broker(port: int) -> dict[str, str]:
    return {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "KAFKA_LISTENERS": f"PLAINTEXT://:{port},CONTROLLER://:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://127.0.0.1:{port}",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
        "KAFKA_LOG_MESSAGE_TIMESTAMP_TYPE": "LogAppendTime",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
    }


async def _reachable(url: str) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                await (await asyncpg.connect(url)).close()
            except (OSError, asyncpg.PostgresError):
                await asyncio.sleep(0.2)
            else:
                return


async def _listening(port: int) -> None:
    """Wait for the broker itself: the engine accepts connections on its port at once, and closes them."""
    broker = Kafka(Layout.of(HERE), port, 0)
    async with asyncio.timeout(60):
        while not await broker.answers():  # noqa: ASYNC110 - another process knows
            await asyncio.sleep(0.2)
