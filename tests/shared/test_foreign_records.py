"""What other clients than ours may write is read: each way of packing, and headers whose names are no UTF-8."""

import pytest
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from shared.kafka import make_producer
from tests.support.bus import read_topic
from tests.support.stack import Servers


class _Name(str):
    """A name that stands in the log as other bytes."""

    __slots__ = ()

    def encode(self, *_how: str) -> bytes:
        return b"ce_\xff"


@pytest.fixture
def _writes_any_name(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("message_accumulator", "producer"):
        monkeypatch.setattr(f"aiokafka.producer.{module}.DefaultRecordBatchBuilder", _DefaultRecordBatchBuilderPy)


@pytest.mark.parametrize("compression", [None, "gzip", "snappy", "lz4", "zstd"])
@pytest.mark.usefixtures("_writes_any_name")
async def test_a_header_whose_name_is_no_text_stops_no_consumer(
    stack: Servers, topics: str, compression: str | None
) -> None:
    topic = f"{topics}.tasks.dead-letters"
    producer = make_producer(stack.kafka_bootstrap, "test", linger_ms=200, compression_type=compression)
    await producer.start()
    for values in ((b"0",), (b"1", b"2", b"3"), (b"4",)):  # one batch each
        sent = [
            await producer.send(topic, value, headers=[(_Name("x") if value == b"2" else "x-é", b"kept")])
            for value in values
        ]
        for each in sent:
            await each
    await producer.stop()
    found = [
        (record.offset, record.value, *record.headers) for record in await read_topic(stack.kafka_bootstrap, topic)
    ]
    names = ["x-é", "x-é", "ce_\ufffd", "x-é", "x-é"]
    assert found == [(offset, str(offset).encode(), (name, b"kept")) for offset, name in enumerate(names)]
