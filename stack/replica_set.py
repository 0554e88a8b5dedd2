"""Makes a MongoDB that was started with --replSet a replica set of one: `python -m stack.replica_set HOST:PORT`; safe to run again."""

import sys
import time
from collections.abc import Sequence
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

_ALREADY_INITIALIZED = 23
_SECONDS = 60


def initiate(address: str, member: str | None = None, name: str = "rs0") -> None:
    """Make the server at `address` ("host:port") a set of one, and wait for its primary.

    `member` is the "host:port" by which the set knows itself and tells its clients, when that is not `address`.
    Raises PyMongoError when the server does not answer, TimeoutError when there is no primary within a minute.
    """
    client: MongoClient[dict[str, Any]]
    with MongoClient(f"mongodb://{address}/?directConnection=true") as client:
        try:
            client.admin.command("replSetInitiate", {"_id": name, "members": [{"_id": 0, "host": member or address}]})
        except OperationFailure as error:
            if error.code != _ALREADY_INITIALIZED:
                raise
        deadline = time.monotonic() + _SECONDS
        while not client.admin.command("hello")["isWritablePrimary"]:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{address} has no primary after {_SECONDS} seconds")
            time.sleep(0.1)


def main(arguments: Sequence[str]) -> int:
    """Form the set at the one address given. Returns the exit code."""
    if len(arguments) != 1:
        print("usage: python -m stack.replica_set HOST:PORT", file=sys.stderr)
        return 2
    try:
        initiate(arguments[0])
    except (PyMongoError, TimeoutError) as error:
        print(f"The replica set at {arguments[0]} could not be formed: {error}", file=sys.stderr)
        return 1
    print(f"replica set ready: {arguments[0]}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
