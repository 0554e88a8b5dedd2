"""One contestant's run on the job, seen from outside: when it began, when its last effect stood on the topic, and what it cost."""

import json
import time
from dataclasses import dataclass, field
from pathlib import Path

from bench.ground.costs import Costs, peak_memory
from bench.ground.process import Contestant, running
from bench.ground.system import system_on
from bench.ground.topics import Found, read_topic
from bench.job.expected import Expected, expect
from bench.job.records import Sent
from bench.throughput.checking import differences
from bench.throughput.contestants import Entrant
from stack.embedded import Stack

PATIENCE = 600.0
SETTLED = 0.5
"""Seconds after the last expected record, to see that no other follows."""
COLD_SHARE = 0.2
"""Of the effects: how many come before the program is warm."""


@dataclass
class Run:
    """What was measured. `rate`: events a second, from the moment the group had its partitions to the last effect on the topic;
    `warm`: of the last 80 % of them. `cpu`: seconds for 10,000 events by process, the start not counted. `memory`: MB at most."""

    entrant: str
    records: int
    rate: float
    warm: float
    first_to_last: float
    cpu: dict[str, float]
    memory: float
    start_cpu: float
    wrong: list[str] = field(default_factory=list)


class Job:
    """The records, and what is expected of them; made once and used by all."""

    def __init__(self, records: list[Sent]) -> None:
        self.records = records
        self._expected: dict[int, Expected] = {}

    def prefix(self, length: int | None) -> tuple[list[Sent], Expected]:
        """The first records, or all."""
        some = self.records[:length]
        if len(some) not in self._expected:
            self._expected[len(some)] = expect(some)
        return some, self._expected[len(some)]


def run(entrant: Entrant, job: Job, stack: Stack, partitions: int, folder: Path) -> Run:
    """Have the contestant do the job on a system of its own.

    Raises:
        ContestantError: it ended by itself, or took too long.
    """
    records, expected = job.prefix(entrant.records)
    with system_on(stack.addresses, partitions) as system:
        entrant.prepare(system)
        system.publish(records)
        with running(entrant.arguments, system, folder) as contestant:
            pids = {"service": contestant.pid, "kafka": stack.kafka.pid or 0, "mongod": stack.mongo.members[0].pid or 0}
            if entrant.bare:
                return _reported(entrant, contestant, len(records))
            contestant.await_begin(system)
            began, costs = time.time(), Costs(pids)
            contestant.await_effects(system, expected.effects, PATIENCE)
            spent, memory = costs.spent(), peak_memory(contestant.pid)
            time.sleep(SETTLED)
        events = read_topic(system.addresses.kafka, system.events)
        wrong = differences(system, expected, events)
    cpu = {name: seconds * 10_000 / len(records) for name, seconds in spent.items()}
    rates = _rates(events, began, len(records))
    return Run(entrant.name, len(records), *rates, cpu, memory, costs.start["service"], wrong)


def _rates(events: list[Found], began: float, records: int) -> tuple[float, float, float]:
    """Records a second: from the beginning, when warm, and from the first effect on. Timestamps are the broker's."""
    moments = sorted(record.timestamp / 1000 for record in events)
    cold = moments[int(len(moments) * COLD_SHARE)]
    last, floor = moments[-1], 0.001
    warm = (1 - COLD_SHARE) * records / max(floor, last - cold)
    return records / max(floor, last - began), warm, records / max(floor, last - moments[0])


def _reported(entrant: Entrant, contestant: Contestant, records: int) -> Run:
    """A ceiling says itself how long it took; its last line is JSON with `seconds` and `cpu`."""
    contestant.process.wait(PATIENCE)
    told = json.loads(contestant.log.read_text().splitlines()[-1])
    rate, cpu = records / told["seconds"], told["cpu"] * 10_000 / records
    return Run(entrant.name, records, rate, rate, rate, {"service": cpu}, told["memory"], 0.0)
