"""What a run stands on: Kafka, a MongoDB set of three and the mail catcher, and a way of its own to each of them for every slot."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from stack.embedded import Stack
from stack.kafka import Kafka
from stack.ports import HOST, Ports
from tests.chaos.network import Loop, Way
from tests.chaos.network.weather import CLEAR, Weather

MEMBERS = 3


class StackWithWays(Stack):
    """The embedded stack, with three members and a listener for each slot, which tells whoever comes through it to come through the slot's
    way again. `extras`: slots that have a port for HTTP only."""

    def __init__(self, home: Path, slots: Iterable[str], extras: Iterable[str]) -> None:
        super().__init__(home, mongo_members=MEMBERS)
        self.slots, self.extras = tuple(slots), tuple(extras)

    def _place(self) -> None:
        super()._place()
        ports = self.ports = Ports(self.home)  # kept: a service that was killed must find its port again
        self.way_ports = {slot: [ports.take(f"{slot}-way-{number}") for number in range(1 + MEMBERS)] for slot in self.slots}
        self.http_ports = {slot: ports.take(f"{slot}-http") for slot in (*self.slots, *self.extras)}
        self.listeners = {slot: (ports.take(f"{slot}-listener"), self.way_ports[slot][0]) for slot in self.slots}
        named = {slot.upper().replace("-", "_"): pair for slot, pair in self.listeners.items()}
        self.kafka = Kafka(self.kafka.folder, self.kafka.port, self.kafka.controller_port, named)


@dataclass(frozen=True)
class Ways:
    """How one slot reaches the servers. `mongo`: a way to each member of the set."""

    kafka: Way
    mongo: tuple[Way, ...]

    @property
    def uri(self) -> str:
        """The connection string that leads through these ways."""
        return f"mongodb://{','.join(way.address for way in self.mongo)}/?replicaSet=rs0"

    def of(self, server: str) -> tuple[Way, ...]:
        """The ways to `kafka`, to `mongo`, or to `both`."""
        return {"kafka": (self.kafka,), "mongo": self.mongo, "both": (self.kafka, *self.mongo)}[server]


class Ground:
    """The servers and the ways to them; a context manager that starts and stops them. `slots`: names of what gets ways of its own;
    `extras`: of what shares another's ways and gets a port for HTTP only."""

    def __init__(self, home: Path, slots: Iterable[str], extras: Iterable[str] = ()) -> None:
        self.stack = StackWithWays(home, slots, extras)
        self.loop = Loop()
        self.ways: dict[str, Ways] = {}

    def __enter__(self) -> Self:
        self.addresses = self.stack.start()
        self.loop.__enter__()
        self.ways = {slot: self._ways(slot) for slot in self.stack.slots}
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for way in self._all():
            way.close()
        self.loop.__exit__()
        self.stack.stop()

    def clear(self) -> None:
        """Have clear weather on every way."""
        for way in self._all():
            way.change(CLEAR)

    def set_weather(self, slot: str, server: str, weather: Weather) -> None:
        """Have this weather on a slot's ways to `kafka`, `mongo` or `both`."""
        for way in self.ways[slot].of(server):
            way.change(weather)

    def _all(self) -> list[Way]:
        return [way for ways in self.ways.values() for way in ways.of("both")]

    def _ways(self, slot: str) -> Ways:
        """Open the ways of a slot. The members' addresses in their own answers become those of the ways."""
        members = [member.address for member in self.stack.mongo.members]
        ports = self.stack.way_ports[slot]
        names = {member.encode(): f"{HOST}:{port}".encode() for member, port in zip(members, ports[1:], strict=True)}
        kafka = Way(self.loop, ports[0], self.stack.listeners[slot][0])
        mongo = tuple(Way(self.loop, port, int(member.split(":")[1]), names) for member, port in zip(members, ports[1:], strict=True))
        for way in (kafka, *mongo):
            way.open()
        return Ways(kafka, mongo)
