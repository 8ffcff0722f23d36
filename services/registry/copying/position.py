"""Where the registry's topic ends at the moment."""

from services.registry.errors import BusAwayError
from shared.kafka import KAFKA_FAILURES, PROBE_SECONDS, in_time, make_consumer
from shared.settings import ServiceSettings


async def topic_ends(settings: ServiceSettings, topic: str) -> dict[int, int]:
    """Return the offset after the last record of each partition; refuse while the bus is away."""
    consumer = make_consumer(settings.kafka_bootstrap, f"{settings.instance}-snapshot", None)
    consumer.subscribe([topic])
    try:
        await in_time(consumer.start(), PROBE_SECONDS)
        ends = await in_time(consumer.end_offsets(consumer.assignment()), PROBE_SECONDS)
    except KAFKA_FAILURES as error:
        raise BusAwayError(f"the bus cannot say where {topic} ends: {error!r}; try again") from error
    finally:
        await consumer.stop()
    return {partition.partition: end for partition, end in sorted(ends.items())}
