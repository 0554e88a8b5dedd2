"""The stack that tests share: whichever it is, it is a real broker, a database with transactions, and a mail catcher."""

import httpx
import pytest
from confluent_kafka.admin import AdminClient, NewTopic

from stack.addresses import Addresses
from tests.leftovers import mongo_client, remove_everything_of

pytestmark = pytest.mark.integration


def test_every_address_answers_and_the_database_takes_transactions(stack_under_test: Addresses, prefix: str) -> None:
    assert AdminClient({"bootstrap.servers": stack_under_test.kafka}).list_topics(timeout=10).brokers
    with mongo_client(stack_under_test.mongo) as client, client.start_session() as session:
        with session.start_transaction():
            client[prefix]["kept"].insert_one({"_id": 1}, session=session)
        assert client[prefix]["kept"].count_documents({}) == 1
    assert httpx.get(f"{stack_under_test.mail}/health").json().keys() == {"messages"}


def test_what_bears_a_tests_prefix_is_removed_and_nothing_else(stack_under_test: Addresses, prefix: str) -> None:
    admin = AdminClient({"bootstrap.servers": stack_under_test.kafka})
    for created in admin.create_topics([NewTopic(f"{prefix}.mine", 1, 1), NewTopic(f"x{prefix}", 1, 1)]).values():
        created.result(10)
    with mongo_client(stack_under_test.mongo) as client:
        client[f"{prefix}_mine"]["kept"].insert_one({})
        remove_everything_of(prefix, stack_under_test)
        assert not [name for name in client.list_database_names() if name.startswith(prefix)]
    assert [name for name in admin.list_topics(timeout=10).topics if prefix in name] == [f"x{prefix}"]
    remove_everything_of(f"x{prefix}", stack_under_test)
