"""Records with a header whose name is no UTF-8: a client may write any bytes there, and aiokafka reads only UTF-8.

No broker refuses such a record, and it would end every consumer of its topic, again at each start. With
`read_any_header_name` a fetch in which aiokafka stumbles is read again, with U+FFFD for what is no UTF-8, as Kafka's
own client does.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords, _MemoryRecordsPy


def read_any_header_name() -> None:
    """Have every consumer of this process read such records, faust's too."""
    fetcher.MemoryRecords = _Fetched
    fetcher.PartitionRecords = _PartitionRecords


class _Fetched(MemoryRecords):  # type: ignore[misc]  # aiokafka is untyped
    """What was fetched of a partition, kept so that it can be read again."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.content = content


class _PartitionRecords(fetcher.PartitionRecords):  # type: ignore[misc]
    """The records of a fetch; where aiokafka stumbles over a name, it begins again with what forgives."""

    def __init__(self, tp: object, records: _Fetched, aborted: Sequence[Any] | None, *more: object) -> None:
        super().__init__(tp, records, aborted, *more)
        self._content = records.content
        self._aborted = sorted(aborted or (), key=lambda transaction: transaction[1])

    def _unpack_records(self) -> Iterator[Any]:
        try:
            yield from super()._unpack_records()
        except UnicodeDecodeError:
            begin = self.next_fetch_offset
            self._records: Any = _ForgivingRecords(self._content)
            self._aborted_transactions, self._aborted_producers = self._aborted, set[int]()
            for record in super()._unpack_records():
                if record.offset >= begin:  # the others were given before
                    yield record


class _ForgivingRecords(_MemoryRecordsPy):  # type: ignore[misc]
    def next_batch(self) -> "_ForgivingBatch":
        content = self._next_slice
        self._cache_next()
        return _ForgivingBatch(content)


class _ForgivingBatch(_DefaultRecordBatchPy):  # type: ignore[misc]
    def _maybe_uncompress(self) -> None:
        super()._maybe_uncompress()
        self._buffer: bytearray = _ForgivingBuffer(self._buffer)


class _ForgivingBuffer(bytearray):
    """Bytes whose parts are decoded whatever they are."""

    def __getitem__(self, at: Any) -> Any:  # noqa: ANN401 - an index or a slice
        found = super().__getitem__(at)
        return _ForgivingBuffer(found) if isinstance(found, bytearray) else found

    def decode(self, encoding: str = "utf-8", errors: str = "replace") -> str:
        """Return the text, with U+FFFD for what is none."""
        return super().decode(encoding, errors)
