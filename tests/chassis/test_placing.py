"""Where keys belong, against the reference values of Kafka's own partitioner."""

import pytest

from chassis.placing import partition_of

# Values of org.apache.kafka.common.utils.Utils.murmur2, from Kafka's own UtilsTest.
REFERENCE = {
    "21": -973932308,
    "foobar": -790332482,
    "a-little-bit-long-string": -985981536,
    "a-little-bit-longer-string": -1486304829,
    "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    "abc": 479470107,
}


@pytest.mark.parametrize(("key", "hash_"), REFERENCE.items())
@pytest.mark.parametrize("partitions", [1, 4, 12])
def test_keys_are_placed_as_every_kafka_client_places_them(key: str, hash_: int, partitions: int) -> None:
    """A foreign publisher's record of a key is on the lane where Baton looks for the key."""
    assert partition_of(key, partitions) == partition_of(key.encode(), partitions) == (hash_ & 0x7FFFFFFF) % partitions
