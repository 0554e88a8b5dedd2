"""A MongoDB replica set on 127.0.0.1: of one member for work, of three for tests of a step-down."""

import time
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import AutoReconnect, OperationFailure, ServerSelectionTimeoutError

from stack.errors import StackError
from stack.ports import HOST
from stack.preflight import mongod
from stack.server import STARTUP_SECONDS, Server

SET_NAME = "rs0"
_ALREADY_INITIALIZED, _NOT_YET_INITIALIZED = 23, 94

_PARAMETERS = {
    # A killed service's transaction holds its locks until then.
    "transactionLifetimeLimitSeconds": "10",
    # The default of 5 ms aborts a transaction that meets the creation of a collection or an index.
    "maxTransactionLockRequestTimeoutMillis": "200",
    "diagnosticDataCollectionEnabled": "false",
    # Otherwise a primary that is stopped answers nobody for 15 s before it goes.
    "shutdownTimeoutMillisForSignaledShutdown": "100",
}

EVICTION = "eviction_dirty_target=60,eviction_dirty_trigger=75,eviction_updates_target=30,eviction_updates_trigger=40"
"""What has changed is kept in memory until the next checkpoint: by itself MongoDB writes it as soon as it is a fortieth of the small cache,
and writes most pages many times (docs/runbook.md, "The database grows")."""


class MongoMember(Server):
    """One mongod of the set."""

    def __init__(self, name: str, folder: Path, port: int) -> None:
        super().__init__(name, folder)
        self._port = port
        self.address = f"{HOST}:{port}"

    def prepare(self) -> None:
        """Make the folder for the database's files."""
        (self.folder / "db").mkdir(exist_ok=True)

    def command(self) -> list[str]:
        """The server with a small cache and no Unix socket."""
        network = ["--bind_ip", HOST, "--port", str(self._port), "--nounixsocket", "--replSet", SET_NAME]
        cache = ["--wiredTigerCacheSizeGB", "0.5", "--wiredTigerEngineConfigString", EVICTION]
        storage = ["--dbpath", str(self.folder / "db"), *cache, "--oplogSize", "512"]
        parameters = [word for name, value in _PARAMETERS.items() for word in ("--setParameter", f"{name}={value}")]
        return [mongod(), *network, *storage, *parameters]

    def ready_line(self) -> str:
        """mongod's own word that it listens."""
        return "Waiting for connections"

    def client(self) -> MongoClient[dict[str, Any]]:
        """A client of this member alone, whatever its role; the caller closes it."""
        return MongoClient(f"mongodb://{self.address}/?directConnection=true", serverSelectionTimeoutMS=5000)


class MongoReplicaSet:
    """The members together. What is done to the set is done to each member, in turn."""

    def __init__(self, folder: Path, ports: list[int]) -> None:
        alone = len(ports) == 1
        self.members = [
            MongoMember("MongoDB" if alone else f"MongoDB member {number}", folder / f"mongo-{number}", port)
            for number, port in enumerate(ports)
        ]
        self.uri = f"mongodb://{','.join(member.address for member in self.members)}/?replicaSet={SET_NAME}"

    @property
    def running(self) -> bool:
        """Whether every member's process exists."""
        return all(member.running for member in self.members)

    def launch(self) -> None:
        """Start every member without waiting."""
        for member in self.members:
            member.launch()

    def await_ready(self) -> None:
        """Wait for every member, form the set when it is new, and wait for its primary. Raises StackError."""
        for member in self.members:
            member.await_ready()
        self._form()
        self.await_primary()

    def start(self) -> None:
        """Start every member; return when the set has a primary."""
        self.launch()
        self.await_ready()

    def stop(self) -> None:
        """Stop every member in order."""
        for member in self.members:
            member.stop()

    def kill(self) -> None:
        """Kill every member (kill -9)."""
        for member in self.members:
            member.kill()

    def restart(self) -> None:
        """Stop and start the whole set."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """Freeze every member (SIGSTOP)."""
        for member in self.members:
            member.pause()

    def resume(self) -> None:
        """Let frozen members go on (SIGCONT)."""
        for member in self.members:
            member.resume()

    def primary(self) -> MongoMember | None:
        """The running member that takes writes now, or None while there is none."""
        return next((member for member in self.members if member.running and _is_primary(member)), None)

    def await_primary(self) -> MongoMember:
        """Wait for a primary and return it. Raises StackError after a minute without one."""
        deadline = time.monotonic() + STARTUP_SECONDS
        while (member := self.primary()) is None:
            if time.monotonic() > deadline:
                raise StackError(f"The MongoDB replica set has no primary after {STARTUP_SECONDS:.0f} seconds.{self.members[0].tail()}")
            time.sleep(0.02)
        return member

    def step_down(self, seconds: int = 10) -> None:
        """Make the primary a secondary that does not stand for election for `seconds`.

        With one member the set is without a primary meanwhile.
        """
        with self.await_primary().client() as client:
            client.admin.command("replSetStepDown", seconds, force=True)

    def _form(self) -> None:
        deadline = time.monotonic() + STARTUP_SECONDS
        while True:
            try:
                with self.members[0].client() as client:
                    return self._configure(client)
            except AutoReconnect:
                # A member that changes its state closes its connections, with or without having answered.
                if time.monotonic() > deadline:
                    raise
            except OperationFailure as error:
                # A restarted member answers before it has read its set from disk: not yet initialized when asked, already when told.
                if error.code != _ALREADY_INITIALIZED or time.monotonic() > deadline:
                    raise

    def _configure(self, client: MongoClient[dict[str, Any]]) -> None:
        wanted = [{"_id": number, "host": member.address} for number, member in enumerate(self.members)]
        try:
            config = client.admin.command("replSetGetConfig")["config"]
        except OperationFailure as error:
            if error.code != _NOT_YET_INITIALIZED:
                raise
            settings = {"electionTimeoutMillis": 2000, "heartbeatIntervalMillis": 500}
            client.admin.command("replSetInitiate", {"_id": SET_NAME, "members": wanted, "settings": settings})
            return
        if [member["host"] for member in config["members"]] != [member["host"] for member in wanted]:
            # A port was taken by another program since the last start, so the set's own record of it is stale.
            client.admin.command("replSetReconfig", {**config, "members": wanted, "version": config["version"] + 1}, force=True)


def _is_primary(member: MongoMember) -> bool:
    try:
        with member.client() as client:
            return bool(client.admin.command("hello")["isWritablePrimary"])
    except (AutoReconnect, ServerSelectionTimeoutError):
        return False
