"""Reads the records that aiokafka's own consumer raises on: a header name that is not UTF-8, a batch whose codec or bytes it cannot take.

One such record makes the client drop the whole fetch, for ever, with every good record of the same batch. Here the same bytes are fetched
once more and read record by record; an unreadable one comes back with a header that says why. This uses aiokafka's private classes: its
version is pinned, and the conformance suite fails if they change.
"""

import struct
from collections.abc import Iterator
from typing import Any

from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import READ_COMMITTED, PartitionRecords
from aiokafka.errors import KafkaError, for_code
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.record.default_records import _DefaultRecordBatchPy, _DefaultRecordPy, decode_varint

from chassis.headers import UNREADABLE

FETCH_BYTES = 2 << 20
FETCH_WAIT_MS = 500


class _LenientBatch(_DefaultRecordBatchPy):  # type: ignore[misc]  # aiokafka has no types
    """A producer batch whose unreadable records become records that say so."""

    _pos: int

    def __iter__(self) -> Iterator[Any]:
        try:
            return super().__iter__()  # type: ignore[no-any-return]
        except Exception as error:  # no such codec, or bytes that do not unpack: all of the batch is one dead letter
            why = f"records {self.base_offset} to {self.next_offset - 1} cannot be unpacked: {error!r}"
            return iter([self._unreadable(self.next_offset - 1, None, None, why)])

    def _unreadable(self, offset: int, key: bytes | None, value: bytes | None, why: str) -> Any:
        return _DefaultRecordPy(offset, self.first_timestamp, self.timestamp_type, key, value, [(UNREADABLE, why.encode())])

    def _read_msg(self) -> Any:
        start = self._pos
        try:
            return super()._read_msg()
        except UnicodeDecodeError as error:
            length, body = decode_varint(self._buffer, start)
            self._pos, position = body + length, body + 1  # behind the attributes, one byte
            _, position = decode_varint(self._buffer, position)
            offset, position = decode_varint(self._buffer, position)
            key, position = self._bytes(position)
            value, position = self._bytes(position)
            return self._unreadable(self.base_offset + offset, key, value, f"a header name is not UTF-8: {error.reason}")

    def _bytes(self, position: int) -> tuple[bytes | None, int]:
        length, position = decode_varint(self._buffer, position)
        return (None, position) if length < 0 else (bytes(self._buffer[position : position + length]), position + length)


class _Batches:
    """What `PartitionRecords` asks of aiokafka's `MemoryRecords`, over lenient batches."""

    def __init__(self, raw: bytes) -> None:
        self._raw, self._position = raw, 0

    def _size(self) -> int:
        if len(self._raw) - self._position < 12:
            return 1 << 40
        return 12 + int(struct.unpack_from(">i", self._raw, self._position + 8)[0])

    def has_next(self) -> bool:
        """Whether a whole batch is left."""
        return self._position + self._size() <= len(self._raw)

    def next_batch(self) -> _LenientBatch:
        """The next whole batch."""
        begin = self._position
        self._position += self._size()
        return _LenientBatch(self._raw[begin : self._position])


async def salvage(consumer: Any, tp: TopicPartition, offset: int) -> tuple[list[Any], int]:
    """The records at `offset`, leniently read, and the offset behind them.

    Raises:
        KafkaError: the broker does not give them.
    """
    client = consumer._client
    node = client.cluster.leader_for_partition(tp)
    if node is None or node == -1:
        raise KafkaError(f"{tp} has no leader")
    wanted = [(tp.topic, [(tp.partition, offset, FETCH_BYTES)])]
    reply = await client.send(node, FetchRequest(FETCH_WAIT_MS, 1, FETCH_BYTES, READ_COMMITTED, wanted, rack_id=""))
    ((_, error, _, _, *rest),) = reply.topics[0][1]
    if error:
        raise for_code(error)(tp)
    aborted = rest[1] if reply.API_VERSION >= 5 else rest[0]
    records = PartitionRecords(tp, _Batches(bytes(rest[-1])), aborted, offset, None, None, True, READ_COMMITTED)
    return list(records), records.next_fetch_offset
