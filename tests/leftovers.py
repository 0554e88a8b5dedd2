"""Removes what a test leaves on the shared stack, so that a long run does not fill it with partitions."""

from typing import Any

from confluent_kafka.admin import AdminClient
from pymongo import MongoClient

from stack.addresses import Addresses

_TIMEOUT_SECONDS = 20


def mongo_client(uri: str, **options: Any) -> MongoClient[dict[str, Any]]:
    """A client whose documents are plain dictionaries; the caller closes it. `options` are MongoClient's."""
    return MongoClient(uri, **options)


def remove_everything_of(prefix: str, addresses: Addresses) -> None:
    """Delete the topics and drop the databases whose names begin with `prefix`."""
    admin = AdminClient({"bootstrap.servers": addresses.kafka})
    topics = [name for name in admin.list_topics(timeout=_TIMEOUT_SECONDS).topics if name.startswith(prefix)]
    if topics:
        for deletion in admin.delete_topics(topics, operation_timeout=_TIMEOUT_SECONDS).values():
            deletion.result(_TIMEOUT_SECONDS)
    with mongo_client(addresses.mongo) as client:
        for name in client.list_database_names():
            if name.startswith(prefix):
                client.drop_database(name)
