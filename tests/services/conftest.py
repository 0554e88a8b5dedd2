"""What tests of services share: a database that a module may kill and start again."""

from collections.abc import Iterator

import pytest

from stack.mongo import MongoReplicaSet
from stack.ports import Ports


@pytest.fixture(scope="module")
def breakable_mongo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MongoReplicaSet]:
    """A replica set of one member, of the module's own; the broker is the stack's, which its tests leave alone."""
    home = tmp_path_factory.mktemp("breakable")
    mongo = MongoReplicaSet(home, [Ports(home).take("mongo-0")])
    try:
        mongo.start()
        yield mongo
    finally:
        mongo.stop()
