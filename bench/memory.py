"""Memory under sustained load: what the service has resident, sampled for a long time, and how fast it grows."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, linear_regression
from threading import Event, Thread

from bench.ground.costs import peak_memory, resident
from bench.ground.process import running
from bench.ground.setting import Setting, Shown
from bench.ground.system import System, system_on
from bench.job.records import Size, make_records

RATE, BURST = 1000, 500
"""Commands a second on the average, published half a second's worth at a time: batches and quiet in turn."""
SETTLING = 0.2
"""Of the time: how much is left out of the fit, for caches to fill."""


@dataclass(frozen=True)
class Memory:
    """MB: at the start of the fit, at its end, at most; the mean of each tenth of the time; growth an hour by linear fit over all but the
    first fifth. `published`: commands in all."""

    minutes: float
    first: float
    last: float
    peak: float
    tenths: tuple[float, ...]
    growth_per_hour: float
    published: int


def measure(setting: Setting) -> bool:
    """One long run of the deals service."""
    setting.say(f"memory: {setting.minutes:g} minutes at {RATE} commands a second (--minutes)")
    with (
        system_on(setting.stack.addresses, setting.partitions) as system,
        running(("-m", "services.deals"), system, setting.folder) as contestant,
    ):
        contestant.await_begin(system)
        end, counted = Event(), [0]
        load = Thread(target=_load, args=(system, setting.size, end, counted))
        load.start()
        samples, began = list[tuple[float, float]](), time.monotonic()
        try:
            while (now := time.monotonic() - began) < setting.minutes * 60:
                contestant.demand_running()
                samples.append((now, resident(contestant.pid)))
                time.sleep(1)
        finally:
            end.set()
            load.join()
        sizes = [size for _, size in samples]
        tenths = tuple(fmean(sizes[len(sizes) * n // 10 : len(sizes) * (n + 1) // 10]) for n in range(10))
        settled = samples[int(len(samples) * SETTLING) :]
        slope, _ = linear_regression(*zip(*settled, strict=True))
        measured = Memory(setting.minutes, settled[0][1], settled[-1][1], peak_memory(contestant.pid), tenths, slope * 3600, counted[0])
    setting.record.add("memory", measured)
    setting.show(shown([measured]))
    return True


def shown(runs: Sequence[Memory]) -> Shown:
    """A line for each run."""
    return [
        f"Memory over {run.minutes:g} min and {run.published:,} commands: {run.first:.0f} to {run.last:.0f} MB, "
        f"{run.peak:.0f} MB at most, growth {run.growth_per_hour:+.1f} MB an hour by linear fit; "
        f"mean of each tenth of the time: {', '.join(f'{size:.0f}' for size in run.tenths)} MB"
        for run in runs
    ]


def _load(system: System, size: Size, end: Event, counted: list[int]) -> None:
    """Publish bursts until the end: a fresh job after the other, with ids of its own."""
    began, seed = time.monotonic(), 1
    while not end.is_set():
        records = make_records(Size(RATE * 20, size.aggregates, seed=seed, opened=seed > 1))
        for first in range(0, len(records), BURST):
            if end.wait(max(0.0, began + counted[0] / RATE - time.monotonic())):
                return
            system.publish(records[first : first + BURST])
            counted[0] += BURST
        seed += 1
