"""faust, made to deliver a partition's fetched records as one object, and to begin where the database says.

The public setting `ConsumerScheduler` decides what the agents receive; yielding one object per partition removes the
cost per event. Kafka's commits are never the record: on every assignment the consumer seeks to the positions that the
projection holds, and nothing is committed. So the stream's topic has no acks either: for each batch faust would note as
a gap in what is acknowledged the offsets between it and the one before, and merge all gaps each time.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any

import aiokafka
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from faust.transport.conductor import Conductor
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread
from faust.transport.drivers.aiokafka import Consumer as FaustConsumer
from faust.transport.drivers.aiokafka import Transport as FaustTransport
from faust.types import TP

from services.scoring.ledger import Partition
from shared.kafka import METADATA_MAX_AGE_MS

ReadPositions = Callable[[], Awaitable[Mapping[Partition, int]]]


class Batch:
    """All records fetched from one partition at once; looks like one record to faust, with the last one's offset."""

    __slots__ = (
        "checksum", "headers", "key", "offset", "partition", "serialized_key_size", "serialized_value_size",
        "timestamp", "timestamp_type", "topic", "value",
    )  # fmt: skip

    def __init__(self, records: Sequence[Any]) -> None:
        """Wrap records of one partition, at least one, in order; `value` is the list itself."""
        last = records[-1]
        self.topic, self.partition, self.offset = last.topic, last.partition, last.offset
        self.timestamp, self.timestamp_type = last.timestamp, last.timestamp_type
        self.key, self.headers, self.checksum = None, (), None
        self.serialized_key_size = self.serialized_value_size = 0
        self.value = records


class BatchScheduler:
    """faust `ConsumerScheduler` that yields each partition's records as one `Batch`."""

    def iterate(self, records: Mapping[TP, Sequence[Any]]) -> Iterator[tuple[TP, Batch]]:
        """Yield one batch per partition that has records."""
        for partition, fetched in records.items():
            if fetched:
                yield partition, Batch(fetched)


class _Thread(AIOKafkaConsumerThread):
    """Consumer thread whose client has no unsafe default: earliest, no auto-commit, read committed."""

    def _create_worker_consumer(self, transport: FaustTransport) -> aiokafka.AIOKafkaConsumer:
        conf = self.app.conf
        self._assignor = RoundRobinPartitionAssignor
        return aiokafka.AIOKafkaConsumer(
            client_id=conf.broker_client_id,
            group_id=conf.id,
            group_instance_id=conf.consumer_group_instance_id,
            bootstrap_servers=[f"{url.host}:{url.port}" for url in transport.url],
            partition_assignment_strategy=[self._assignor],
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_poll_records=conf.broker_max_poll_records,
            max_partition_fetch_bytes=conf.consumer_max_fetch_size,
            fetch_max_wait_ms=250,
            metadata_max_age_ms=METADATA_MAX_AGE_MS,
            request_timeout_ms=int(conf.broker_request_timeout * 1000),
            session_timeout_ms=int(conf.broker_session_timeout * 1000),
            heartbeat_interval_ms=int(conf.broker_heartbeat_interval * 1000),
            rebalance_timeout_ms=int(conf.broker_rebalance_timeout * 1000),
        )

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Leave faust's commit-based livelock alarm silent: nothing is committed; progress is watched by `/healthz`."""


class _Consumer(FaustConsumer):
    """Consumer that seeks to the database's positions and commits nothing."""

    transport: "PositionedTransport"

    def _new_consumer_thread(self) -> _Thread:
        return _Thread(self, loop=self.loop, beacon=self.beacon)

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Seek every assigned partition to the projection's position; called on each rebalance."""
        held = await self.transport.read_positions()
        found = {tp: held.get(Partition(tp.topic, tp.partition), 0) for tp in self.assignment()}
        for tp, offset in found.items():
            self._thread.seek(tp, offset)
        return found

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        return bool(offsets)


class PositionedTransport(FaustTransport):
    """faust transport whose consumer begins at positions read by `read_positions`."""

    Consumer = _Consumer
    Conductor = Conductor
    read_positions: ReadPositions
