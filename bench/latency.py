"""At a low, paced rate: from the command's arrival on its topic to its event's, and what all processes together spend meanwhile."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import quantiles

from rich.table import Table

from bench.ground.costs import Costs
from bench.ground.process import running
from bench.ground.ratios import Spread, grouped, paired
from bench.ground.setting import Setting, Shown
from bench.ground.system import System, system_on
from bench.ground.topics import read_topic
from bench.job.expected import expect
from bench.job.records import Sent, Size, make_records
from bench.throughput.contestants import BY_NAME, REFERENCE

RATE, SECONDS, WARM_UP = 200, 15, 3
"""Commands a second; seconds that are measured, and those before."""
CONTESTANTS = (REFERENCE, "baton", "plain-motor")
PATIENCE = 60.0


@dataclass(frozen=True)
class Paced:
    """One contestant's run. `p50`, `p99`: milliseconds between the broker's stamps. `busy`: cores, of all processes together."""

    entrant: str
    p50: float
    p99: float
    busy: float
    service: float


def measure(setting: Setting) -> bool:
    """Pace each contestant, round after round; print the table. An effect that does not come ends the benchmark."""
    rounds, records = setting.rounds, make_records(Size(RATE * (SECONDS + WARM_UP), setting.size.aggregates))
    done: list[Paced] = []
    for number in range(rounds):
        turn = number % len(CONTESTANTS)
        for name in (*CONTESTANTS[turn:], *CONTESTANTS[:turn]):
            setting.say(f"latency, round {number + 1} of {rounds}: {name}")
            measured = _run(name, records, setting)
            setting.record.add("latency", measured)
            done.append(measured)
    setting.show(shown(done))
    return True


def _run(name: str, records: Sequence[Sent], setting: Setting) -> Paced:
    entrant, stack = BY_NAME[name], setting.stack
    with system_on(stack.addresses, setting.partitions) as system:
        entrant.prepare(system)
        with running(entrant.arguments, system, setting.folder) as contestant:
            contestant.await_begin(system)
            pace = iter(records)
            _paced(system, list(islice(pace, RATE * WARM_UP)))
            pids = {"service": contestant.pid, "kafka": stack.kafka.pid or 0, "mongod": stack.mongo.members[0].pid or 0}
            costs, began = Costs(pids), time.perf_counter()
            measured = list(pace)
            _paced(system, measured)
            spent, took = costs.spent(), time.perf_counter() - began
            contestant.await_effects(system, expect(records).effects, PATIENCE)
        times = _milliseconds(system, {sent.id for sent in measured})
    hundredths = quantiles(times, n=100)
    return Paced(name, hundredths[49], hundredths[98], sum(spent.values()) / took, spent["service"] / took)


def _paced(system: System, records: Sequence[Sent]) -> None:
    """Publish at `RATE`, each by itself."""
    producer, began = system.producer(linger_ms=0), time.perf_counter()
    for number, sent in enumerate(records):
        time.sleep(max(0.0, began + number / RATE - time.perf_counter()))
        producer.produce(system.commands, sent.value, sent.key.encode(), headers=list(sent.headers()))
        producer.poll(0)
    producer.flush(30)


def _milliseconds(system: System, ids: set[str]) -> list[int]:
    """From the broker's stamp on each command to that on the event that follows from it; poison has none."""
    asked: dict[str, int] = {}
    for record in read_topic(system.addresses.kafka, system.commands):
        asked.setdefault(record.headers["ce_id"].decode(), record.timestamp)
    told = {record.headers["ce_causationid"].decode(): record.timestamp for record in read_topic(system.addresses.kafka, system.events)}
    return [told[id_] - asked[id_] for id_ in ids & told.keys()]


def shown(runs: Sequence[Paced]) -> Shown:
    """A line for each contestant; ratios are to the plain loop of the same round."""
    done = grouped(runs, lambda run: run.entrant)
    reference = done.get(REFERENCE, [])
    table = Table(title=f"Latency at {RATE} commands a second, {SECONDS} s, {len(reference)} rounds", title_justify="left")
    for heading in ("contestant", "p50 ms", "ratio", "p99 ms", "ratio", "cores busy", "ratio", "of the service"):
        table.add_column(heading, justify="left" if heading == "contestant" else "right")
    for name in [name for name in CONTESTANTS if name in done and reference]:
        cells = []
        for digits, part in ((0, "p50"), (0, "p99"), (2, "busy")):
            numbers = [getattr(run, part) for run in done[name]]
            cells += [Spread.of(numbers).shown(digits), paired(numbers, [getattr(run, part) for run in reference]).shown()]
        table.add_row(name, *cells, Spread.of([run.service for run in done[name]]).shown())
    return [table]
