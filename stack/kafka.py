"""A Kafka broker of one node in KRaft mode: broker and controller in one process."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from stack.errors import StackError
from stack.jars import kafka_jars
from stack.ports import HOST
from stack.preflight import java
from stack.server import Server

_CLUSTER_ID = "5L6g3nShT-eMCtK--X86sw"

# Serial collector and the first compiler only: 2.0 s to ready and 340 MB instead of 3.5 s and twice the threads.
_LEAN = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"]

_SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller}
listeners={listeners}
advertised.listeners={advertised}
controller.listener.names=CONTROLLER
listener.security.protocol.map={protocols}
log.dirs={folder}/logs
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
auto.create.topics.enable=false
log.cleaner.dedupe.buffer.size=16777216
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
log.segment.delete.delay.ms=1000
log.index.size.max.bytes=2097152
"""

_LOGGING = """\
status = warn
appender.c.type = Console
appender.c.name = C
appender.c.layout.type = PatternLayout
appender.c.layout.pattern = [%d] %p %m (%c)%n
rootLogger.level = info
rootLogger.appenderRef.c.ref = C
"""


class Kafka(Server):
    """The broker on 127.0.0.1; `port` is for clients, `controller_port` for its own quorum of one.

    `listeners`: further ones by name (capitals and `_`), each with its port and the port that it tells clients to come to.
    """

    def __init__(self, folder: Path, port: int, controller_port: int, listeners: Mapping[str, tuple[int, int]] | None = None) -> None:
        super().__init__("Kafka", folder)
        self.port, self.controller_port = port, controller_port
        self.address = f"{HOST}:{port}"
        self._listeners = {"PLAINTEXT": (port, port), **(listeners or {})}

    def prepare(self) -> None:
        """Write the settings, and format the log folder when it is new."""
        self._settings.write_text(self._text())
        self._logging.write_text(_LOGGING)
        if not (self.folder / "logs" / "meta.properties").exists():
            self._format()

    def command(self) -> list[str]:
        """The broker with half a gigabyte of heap."""
        return [*self._java("-Xmx512m"), "kafka.Kafka", str(self._settings)]

    def ready_line(self) -> str:
        """Kafka's own last word of its start."""
        return "Kafka Server started"

    def _text(self) -> str:
        listens = {**{name: own for name, (own, _) in self._listeners.items()}, "CONTROLLER": self.controller_port}
        text = _SETTINGS.format(
            host=HOST,
            controller=self.controller_port,
            folder=self.folder,
            listeners=",".join(f"{name}://{HOST}:{port}" for name, port in listens.items()),
            advertised=",".join(f"{name}://{HOST}:{port}" for name, (_, port) in self._listeners.items()),
            protocols=",".join(f"{name}:PLAINTEXT" for name in listens),
        )
        # Kafka has three network threads for each listener, and most of many have little to do.
        return f"{text}num.network.threads=2\n" if len(self._listeners) > 1 else text

    @property
    def _settings(self) -> Path:
        return self.folder / "server.properties"

    @property
    def _logging(self) -> Path:
        return self.folder / "log4j2.properties"

    def _java(self, heap: str) -> list[str]:
        return [java(), heap, *_LEAN, f"-Dlog4j2.configurationFile={self._logging}", "-cp", f"{kafka_jars()}/*"]

    def _format(self) -> None:
        tool = ["kafka.tools.StorageTool", "format", "--ignore-formatted", "--cluster-id", _CLUSTER_ID, "-c", str(self._settings)]
        done = subprocess.run([*self._java("-Xmx128m"), *tool], capture_output=True, text=True, check=False)
        if done.returncode:
            raise StackError(f"Kafka could not format {self.folder / 'logs'}: {(done.stdout + done.stderr).strip()[-2000:]}")
