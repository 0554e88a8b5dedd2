"""The workload of a run: many clients at once through the public interfaces of all services, each from its own stream of chance."""

import json
from collections.abc import Mapping
from pathlib import Path

from tests.chaos.clients.asking import Caller
from tests.chaos.clients.client import Client
from tests.chaos.clients.deals import Scripts
from tests.chaos.clients.directory import Directory, DirectoryOverHttp
from tests.chaos.clients.foreign import Scorer, StandIn
from tests.chaos.clients.importing import NightlyImport
from tests.chaos.clients.operations import OperationLog
from tests.chaos.clients.people import introduce
from tests.chaos.clients.poisoners import Poisoner
from tests.chaos.clients.quiet import await_quiet, records_waiting
from tests.chaos.clients.reacting import Customer, Reacting, Receiver
from tests.chaos.clients.recipients import Recipient
from tests.chaos.clients.sellers import SHARED, CarelessSeller, Clerk, Importer, Seller
from tests.chaos.clients.strangers import Stranger, Transactional, farewell
from tests.chaos.world import World

CAST: Mapping[str, type[Client]] = {
    "seller-1": Seller,
    "seller-2": Seller,
    "seller-3": Seller,
    "careless": CarelessSeller,
    "importer": Importer,
    "nightly": NightlyImport,
    "receiver": Receiver,
    "customer": Customer,
    "csm-desk": Directory,
    "ps-desk": DirectoryOverHttp,
    "stranger": Stranger,
    "stand-in": StandIn,
    "scorer": Scorer,
    "transactional": Transactional,
    "poisoner": Poisoner,
    "recipient": Recipient,
}
OFTEN = 10
"""Times that a client would act, after which it is strange that it never did."""
LONGEST = 90.0
"""Seconds that an operation in flight may take to end: its tries and their timeouts."""


class Clients:
    """The clients of a run, at work."""

    def __init__(self, clients: list[Client], world: World, log: OperationLog) -> None:
        self._clients, self._world, self._log = clients, world, log
        self._clerk = Clerk(world, log)

    def burst(self, seconds: float) -> None:
        """Have all of them act without pausing for so long; returns at once."""
        for client in self._clients:
            client.hurry(seconds)

    def backlog(self, operations: int) -> int:
        """Have so many changes of deals written over HTTP as fast as it goes; returns how many were acknowledged."""
        return self._clerk.write(operations)

    def waiting(self) -> int:
        """How many records wait in the outbox of deals, which the backlog is written to."""
        return records_waiting(self._world, "deals")

    def stop(self) -> list[str]:
        """Let operations in flight end, and their timers fire; returns what did not come to its end.

        Raises:
            RuntimeError: a client failed, or does not end.
        """
        for client in self._clients:
            client.stop()
        for client in self._clients:
            client.join(LONGEST)
        self._clerk.close()
        farewell(self._world, self._log)
        quiet = await_quiet(self._world)
        self._log.close()
        for client in self._clients:
            if client.failure:
                raise RuntimeError(f"the client {client.name} failed: {client.failure!r}") from client.failure
            if client.is_alive():
                raise RuntimeError(f"the client {client.name} does not end")
        return [] if quiet else ["what the clients began did not come to rest"]


def start(world: World, seed: int, log: Path) -> Clients:
    """Make everybody known and the shared deals, while nothing is disturbed; then let the clients begin. `log`: `clients.jsonl`.

    Raises:
        TimeoutError: the services do not take up what the clients need.
    """
    introduce(world)
    operations = OperationLog(log)
    clients = [kind(world, name, operations) for name, kind in CAST.items()]
    first = clients[0]
    scripts = Scripts(first.draw, f"shared-{seed}")
    caller = Caller(world, "setup", operations, first.draw)
    for number, deal_id in enumerate(SHARED):
        caller.ask(scripts.row(deal_id), f"setup.{number}")
    caller.close()
    for client in clients:
        client.start()
    return Clients(clients, world, operations)


def idle(log: Path, seconds: float) -> list[str]:
    """The clients that act of themselves, often enough for so many seconds, and of whom the log has nothing: their part was not tried."""
    tried = {json.loads(line)["client"] for line in log.read_text(encoding="utf-8").splitlines()}
    acting = (name for name, kind in CAST.items() if not issubclass(kind, Reacting) and kind.pause * OFTEN < seconds)
    return [name for name in acting if name not in tried]


__all__ = ["Clients", "idle", "start"]
