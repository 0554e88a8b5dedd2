"""The stack of tests in containers of the official images, or of those that KAFKA_IMAGE and MONGO_IMAGE name."""

import argparse
import contextlib
import os
import sys
from pathlib import Path
from typing import Any

from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

from stack.addresses import Addresses
from stack.catcher import MailCatcher
from stack.errors import StackError
from stack.lifetime import hold
from stack.ports import Ports
from stack.replica_set import initiate

_KAFKA_PORT = 9094
_MONGO_PORT = 27017
# A port of the engine's choice on 127.0.0.1 alone, and not on every interface of the machine. The engine's client takes
# an address, which testcontainers' declaration of `ports` leaves out.
_ON_THIS_MACHINE: Any = ("127.0.0.1",)
_ADVERTISED = "/tmp/advertised-listeners"

_KAFKA_SETTINGS = {
    "KAFKA_NODE_ID": "1",
    "KAFKA_PROCESS_ROLES": "broker,controller",
    "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
    "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
    "KAFKA_LISTENERS": f"INTERNAL://:9092,CONTROLLER://:9093,HOST://:{_KAFKA_PORT}",
    "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT,HOST:PLAINTEXT",
    "KAFKA_INTER_BROKER_LISTENER_NAME": "INTERNAL",
    "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
    "KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS": "4",
    "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
    "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
    "KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS": "4",
    "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
    "KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS": "1000",
    "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
    "KAFKA_LOG_SEGMENT_DELETE_DELAY_MS": "1000",
    "KAFKA_HEAP_OPTS": "-Xmx512m -Xms512m",
}


class Kafka(DockerContainer):
    """A broker whose clients are on this machine.

    The published port is known only once the container runs, so the container waits for its advertised listeners.
    """

    def __init__(self) -> None:
        super().__init__(os.environ.get("KAFKA_IMAGE", "apache/kafka:4.1.0"))
        self.ports[str(_KAFKA_PORT)] = _ON_THIS_MACHINE
        self.with_envs(**_KAFKA_SETTINGS)
        wait = f"until [ -s {_ADVERTISED} ]; do sleep 0.05; done"
        self.with_command(["bash", "-c", f"{wait}; KAFKA_ADVERTISED_LISTENERS=$(cat {_ADVERTISED}) exec /etc/kafka/docker/run"])

    def start(self) -> "Kafka":
        """Start the container, tell it its address, wait for the broker."""
        super().start()
        self.copy_into_container(f"INTERNAL://localhost:9092,HOST://{self.address}".encode(), _ADVERTISED)
        LogMessageWaitStrategy("Kafka Server started").with_startup_timeout(60).wait_until_ready(self)
        return self

    @property
    def address(self) -> str:
        """ "host:port" of the broker as seen from this machine."""
        return f"{self.get_container_host_ip()}:{self.get_exposed_port(_KAFKA_PORT)}"


class Mongo(DockerContainer):
    """A replica set of one, its files in memory."""

    def __init__(self) -> None:
        super().__init__(os.environ.get("MONGO_IMAGE", "mongo:8.0"))
        self.ports[str(_MONGO_PORT)] = _ON_THIS_MACHINE
        self.with_command(["--replSet", "rs0", "--bind_ip_all", "--setParameter", "transactionLifetimeLimitSeconds=10"])
        self.with_tmpfs_mount("/data/db")
        self.waiting_for(LogMessageWaitStrategy("Waiting for connections"))

    def start(self) -> "Mongo":
        """Start the container and form the set."""
        super().start()
        initiate(self.address, member=f"localhost:{_MONGO_PORT}")
        return self

    @property
    def address(self) -> str:
        """ "host:port" of the server as seen from this machine."""
        return f"{self.get_container_host_ip()}:{self.get_exposed_port(_MONGO_PORT)}"


class ContainerServers:
    """Kafka and MongoDB in containers, with a mail catcher of our own beside them."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        ports = Ports(home)
        self._mail = MailCatcher(home / "mail", ports.take("smtp"), ports.take("mail"))
        self._running = contextlib.ExitStack()

    def start(self) -> Addresses:
        """Start all three. Raises StackError when the engine or an image is not to be had."""
        try:
            kafka, mongo = self._running.enter_context(Kafka()), self._running.enter_context(Mongo())
        except Exception as error:
            raise StackError(f"The containers did not start: {type(error).__name__}: {error}") from error
        self._mail.start()
        # Direct: the set's member is named as it is inside the container, which this machine cannot resolve.
        return Addresses(kafka.address, f"mongodb://{mongo.address}/?directConnection=true", self._mail.smtp, self._mail.http)

    def stop(self) -> None:
        """Stop and remove the containers."""
        self._mail.stop()
        self._running.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--with-pid", type=int, required=True)
    given = parser.parse_args()
    # The default of one second between two looks at a log doubles the time to a ready stack.
    testcontainers_config.sleep_time = 0.1
    sys.exit(hold(ContainerServers(given.home), with_pid=given.with_pid))
