"""`python -m shared.topics`: create the topics that are missing and check those that exist.

Declared in `shared/contracts/topics/*.yaml`. A partition count that differs is an error: order per key and the
stream's positions rest on it.
"""

import asyncio
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import yaml
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError
from pydantic import Field

from shared.kafka import KAFKA_FAILURES
from shared.settings import Brokers, Settings, SettingsError, TopicPrefix, read_settings

_PATIENCE_SECONDS = 15.0
_DECLARATIONS = Path(__file__).parent / "contracts" / "topics"


@dataclass(frozen=True, slots=True)
class TopicDeclaration:
    """One topic: name without prefix, partition count, Kafka's own configuration."""

    name: str
    partitions: int
    config: dict[str, str]


class WrongPartitionCountError(Exception):
    """A topic exists with another partition count than declared."""


class TopicNotCreatedError(Exception):
    """The broker would not create a topic, or does not show it."""


def declared_topics() -> list[TopicDeclaration]:
    """Return every declared topic."""
    return [
        TopicDeclaration(name, entry["partitions"], entry["config"])
        for path in sorted(_DECLARATIONS.glob("*.yaml"))
        for name, entry in yaml.safe_load(path.read_text(encoding="utf-8"))["topics"].items()
    ]


async def provision(bootstrap: str, prefix: str, replication: int = 1) -> list[str]:
    """Create what is missing, return the created names; raise one of this module's errors if that cannot be."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, client_id="xietiao-topics")
    await admin.start()
    try:
        existing = set(await admin.list_topics())
        missing = [topic for topic in declared_topics() if f"{prefix}.{topic.name}" not in existing]
        await _create(admin, missing, prefix, replication)
        await _check(admin, prefix)
    finally:
        await admin.close()
    return [f"{prefix}.{topic.name}" for topic in missing]


async def _create(admin: AIOKafkaAdminClient, topics: list[TopicDeclaration], prefix: str, replication: int) -> None:
    new = [
        NewTopic(f"{prefix}.{topic.name}", topic.partitions, replication, topic_configs=topic.config)
        for topic in topics
    ]
    answer = await admin.create_topics(new) if new else None
    for name, code, reason in answer.topic_errors if answer else ():
        if code not in {0, TopicAlreadyExistsError.errno}:
            raise TopicNotCreatedError(f"topic {name}: {reason}")


async def _check(admin: AIOKafkaAdminClient, prefix: str) -> None:
    wanted = {f"{prefix}.{topic.name}": topic.partitions for topic in declared_topics()}
    for name, found in (await _partition_counts(admin, list(wanted))).items():
        if found != wanted[name]:
            raise WrongPartitionCountError(f"topic {name} has {found} partitions, the contract says {wanted[name]}")


async def _partition_counts(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, int]:
    """Return the counts; a topic that was just created takes a moment until the broker knows it."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        descriptions = await admin.describe_topics(names)
        unknown = [each["topic"] for each in descriptions if each["error_code"] != 0]
        if not unknown:
            return {each["topic"]: len(each["partitions"]) for each in descriptions}
        if time.monotonic() > deadline:
            raise TopicNotCreatedError(f"the broker does not show {', '.join(unknown)}")
        await asyncio.sleep(0.1)


_FAILURES: tuple[type[Exception], ...] = (WrongPartitionCountError, TopicNotCreatedError, *KAFKA_FAILURES)


class TopicSettings(Settings):
    """Which broker is prepared, and how."""

    kafka_bootstrap: Brokers
    topic_prefix: TopicPrefix = "xietiao"
    topic_replication: int = Field(1, ge=1)


def main() -> int:
    """Run from the command line with `XIETIAO_KAFKA_BOOTSTRAP`, `XIETIAO_TOPIC_PREFIX`, `XIETIAO_TOPIC_REPLICATION`."""
    try:
        wanted = read_settings(TopicSettings)
        created = asyncio.run(provision(wanted.kafka_bootstrap, wanted.topic_prefix, wanted.topic_replication))
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except _FAILURES as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"created {', '.join(created) or 'nothing: all topics exist'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
