"""Which benchmarks there are, and which of them a run consists of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench import journey, latency, memory, startup
from bench.ground.setting import Setting
from bench.growth import benchmark as growth
from bench.throughput import benchmark as throughput
from bench.throughput.contestants import BY_NAME

BENCHMARKS: dict[str, Callable[[Setting], bool]] = {
    "throughput": throughput.measure,
    "latency": latency.measure,
    "startup": startup.measure,
    "journey": journey.measure,
    "growth": growth.measure,
    "memory": memory.measure,
}
USUAL = ("throughput", "latency", "startup", "journey", "growth")
"""Those of a run that names none; memory alone takes half an hour."""
WITH_OWN_STACK = ("startup", "journey")
"""Those that bring a whole system up, stack and all."""


@dataclass(frozen=True)
class Plan:
    """Benchmarks to run, and the contestants of the main job; all if none is named."""

    benchmarks: tuple[str, ...]
    contestants: tuple[str, ...]


def plan(names: Sequence[str]) -> Plan:
    """The plan that the names ask for: naming a contestant asks for the main job.

    Raises:
        ValueError: a name is neither a benchmark nor a contestant.
    """
    if strange := [name for name in names if name not in BENCHMARKS and name not in BY_NAME]:
        raise ValueError(f"{', '.join(strange)}: choose from {', '.join((*BENCHMARKS, *BY_NAME))}")
    contestants = tuple(name for name in names if name in BY_NAME)
    benchmarks = [name for name in names if name in BENCHMARKS]
    if contestants and "throughput" not in benchmarks:
        benchmarks.insert(0, "throughput")
    return Plan(tuple(benchmarks) or USUAL, contestants)
