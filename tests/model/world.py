"""Everything there is: servers, processes, callers; and what may happen, one step at a time."""

from collections.abc import Callable, Iterable
from typing import Any

from aiokafka import TopicPartition

from chassis.deployment import Deployment
from tests.model.broker import Broker
from tests.model.callers import Callers
from tests.model.invariants import Violation, check_applied, check_stored
from tests.model.loop import Clock
from tests.model.network import Fault, Network, Request
from tests.model.process import Process
from tests.model.server import Server

PATIENCE_STEPS, PATIENCE_SECONDS = 4_000, 3_600.0
"""What the system may take to come to rest once nothing fails any more."""


class World:
    """One history. The first process begins with all lanes; `others` more begin with none, and serve HTTP."""

    def __init__(self, deployment: Deployment, others: int = 0, skews: Iterable[float] = ()) -> None:
        self.deployment, self.clock, self.network = deployment, Clock(), Network()
        self.server = Server(self.clock, lambda owner, writes: self._watch(check_applied, owner, writes))
        self.broker = Broker(self.clock, lambda producer, record: self._watch(check_stored, producer, record))
        self.callers = Callers(self)
        self.processes: list[Process] = []
        self.trace: list[str] = []
        self.faults = 0
        self.broken: Violation | None = None
        self.agenda: list[tuple[float, Callable[[World], None]]] = []
        self._skews = [*skews]
        self.lanes = list(range(deployment.settings.partitions))
        self._round: list[tuple[Process, Any]] | None = None
        first = self.start()
        self.owners = dict.fromkeys(self.lanes, first)
        for _ in range(others):
            self.start()
        self.rebalance()
        self.run()

    def _watch(self, look: Callable[..., None], who: Any, what: Any) -> None:
        """Look at what happens inside a server, where an exception would be taken for the server's answer."""
        try:
            look(self, who, what)
        except Violation as violation:
            self.broken = self.broken or violation

    def at(self, seconds: float, happens: "Callable[[World], None]") -> None:
        """Something that is still to come, so many seconds from now."""
        self.agenda.append((self.clock.now + seconds, happens))

    # ---- processes --------------------------------------------------------------------------------------------

    def start(self) -> Process:
        """Another process, without lanes."""
        index = len(self.processes)
        process = Process(self, f"process {index}", self._skews[index] if index < len(self._skews) else 0.0)
        self.processes.append(process)
        return process

    def close(self) -> None:
        """The end of the history."""
        for process in self.processes:
            if process.alive:
                process.die()

    def running(self) -> list[Process]:
        """Processes that are neither dead nor frozen."""
        return [process for process in self.processes if process.alive and not process.frozen]

    def crash(self, process: Process, linger: bool = False) -> None:
        """Kill a process; another takes its lanes. `linger`: its transactions stay open until they are too old."""
        process.die()
        if not linger:
            self.server.abort_of(process)
        self.move(process)

    def freeze(self, process: Process) -> None:
        """Stop a process in the middle of whatever it does; the group gives its lanes to another."""
        process.frozen = True
        self.move(process)

    def thaw(self, process: Process) -> None:
        """Let it go on as if nothing had happened: a zombie, until the group tells it."""
        process.frozen = False

    def move(self, process: Process) -> None:
        """Another process gets its lanes, in a rebalance."""
        self._give(self.lanes_of(process), self._other_than(process))

    def share(self, process: Process) -> None:
        """Another process gets the last of its lanes, in a rebalance; it keeps the others."""
        self._give(self.lanes_of(process)[-1:], self._other_than(process))

    def lanes_of(self, process: Process) -> list[int]:
        """The lanes that are its own, whatever it believes."""
        return [lane for lane, owner in self.owners.items() if owner is process]

    def _other_than(self, process: Process) -> Process:
        return next((other for other in self.running() if other is not process), None) or self.start()

    def _give(self, lanes: list[int], successor: Process) -> None:
        self.owners |= dict.fromkeys(lanes, successor)
        self.rebalance()

    def rebalance(self) -> None:
        """Everybody gives back everything; when all have, or cannot, everybody gets what is theirs."""
        self._round = [(process, process.revoke()) for process in self.running()]

    def _end_round(self) -> None:
        if self._round is None or any(task and not task.done() for process, task in self._round if process.alive and not process.frozen):
            return
        self._round = None
        for process in self.running():
            process.assign(self.lanes_of(process))
            process.loop.run()

    # ---- steps ------------------------------------------------------------------------------------------------

    def enabled(self) -> list[Request]:
        """Requests that could be answered now, oldest first."""
        now = self.clock.now
        return [r for r in self.network.waiting if not r.process.frozen and r.held_until <= now and r.ready()]

    def hold(self, request: Request, seconds: float) -> None:
        """Leave a request on the wire for a while."""
        request.held_until = self.clock.now + seconds

    def perform(self, request: Request, fault: Fault | None = None) -> None:
        """Answer one request, and let everybody run until all wait again."""
        self.answer(request, fault)
        self.run()

    def answer(self, request: Request, fault: Fault | None = None) -> None:
        """Answer one request."""
        self.network.waiting.remove(request)
        self.note(f"{request.process.name}: {request.name}{f' ({fault})' if fault else ''}")
        self.faults += fault is not None
        request.perform(fault)
        if self.broken:
            raise self.broken

    def note(self, what: str) -> None:
        """Write the history down."""
        self.trace.append(f"{self.clock.now:8.2f} {what}")

    def run(self) -> None:
        """Let every process run until it waits."""
        for _ in range(2):
            for process in self.running():
                process.loop.run()
            self._end_round()
            self.callers.go_on()
        for process in self.running():
            process.loop.run()
        for process in self.processes:
            for task in process.background if process.alive else ():
                if task.done():
                    raise Violation(f"a background task of {process.name} ended: {task!r}")

    def pass_time(self, until: float | None = None) -> None:
        """Go on to the next moment at which somebody wants to run, or to a given one."""
        timers = [when for process in self.running() if (when := process.loop.next_timer()) is not None]
        moments = [*timers, *([expiry] if (expiry := self.server.next_expiry()) is not None else [])]
        moments += [when for when, _ in self.agenda] + [r.held_until for r in self._held()]
        self.clock.now = max(self.clock.now, until if until is not None else min(moments))
        self.server.expire()
        due, self.agenda = [x for x in self.agenda if x[0] <= self.clock.now], [x for x in self.agenda if x[0] > self.clock.now]
        for _, happens in due:
            happens(self)
        self.run()

    # ---- rest -------------------------------------------------------------------------------------------------

    def unrest(self) -> list[str]:
        """What is still to be done."""
        latest = self.server.versions.latest
        fences = {d["_id"]: d["next"] for d in self.server.read(None, "fences", {}, majority=True)}
        group = self.deployment.group
        left = [
            f"{name}:{lane} is at {fences.get(f'{group}:{name}:{lane}')} of {end}"
            for name in self.deployment.subscribed
            for lane in self.lanes
            if fences.get(f"{group}:{name}:{lane}", -1) < (end := self.last_record(TopicPartition(name, lane)))
        ]
        left += [f"the outbox holds {d['_id']}" for d in self.server.read(None, "outbox", {}, majority=True)]
        left += [f"the timer {d['_id']} is due" for d in self.server.read(None, "timers", {"due_at": {"$lte": self.clock.moment}}, True)]
        left += [f"{call.id} has no answer" for call in self.callers.calls if call.is_open]
        left += ["something is still to come"] if self.agenda else []
        left += ["the majority lags behind"] if self.server.versions.majority < latest else []
        left += [f"{r.process.name} waits for {r.name}" for r in self.network.waiting if not r.process.frozen]
        return left

    def _held(self) -> list[Request]:
        return [r for r in self.network.waiting if not r.process.frozen and r.held_until > self.clock.now]

    def last_record(self, tp: TopicPartition) -> int:
        """The position behind the last record."""
        log = self.broker.logs.get(tp)
        return log[-1].offset + 1 if log else 0

    def idle(self) -> bool:
        """Where no request can be answered: replicate, or let time pass. False: there is nothing left to be done."""
        versions = self.server.versions
        if versions.majority < versions.latest and not self._held():
            versions.replicate()
            return True
        if not self.unrest():
            return False
        self.pass_time()
        return True

    def next_due(self) -> float | None:
        """When the next timer will be due."""
        found: list[Any] = [d["due_at"] for d in self.server.read(None, "timers", {}, majority=True)]
        return (min(found) - self.clock.moment).total_seconds() + self.clock.now if found else None
