"""A database that a module's tests may kill and start again; the broker is the stack's, which they leave alone."""

from collections.abc import Iterator

import pytest

from stack.mongo import MongoReplicaSet
from stack.ports import Ports


@pytest.fixture(scope="module")
def breakable_mongo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MongoReplicaSet]:
    """A replica set of one member, of the module's own."""
    home = tmp_path_factory.mktemp("breakable")
    mongo = MongoReplicaSet(home, [Ports(home).take("mongo-0")])
    try:
        mongo.start()
        yield mongo
    finally:
        mongo.stop()
