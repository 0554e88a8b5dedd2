"""Who takes part: how each is started, and what it is compared as."""

from collections.abc import Callable
from dataclasses import dataclass

from bench.ground.system import System


@dataclass(frozen=True)
class Entrant:
    """A contestant. `arguments`: of python. `records`: how many of the job it gets, where it would take too long otherwise.

    `bare`: it does a part of the job only, as a ceiling, and says itself how fast; its result is not checked.
    """

    name: str
    says: str
    arguments: tuple[str, ...]
    records: int | None = None
    bare: bool = False
    prepare: Callable[[System], None] = lambda system: None


def rows_in_the_outbox(system: System) -> None:
    """The rivals' outbox is read by its id; an index for Baton's would only cost them."""
    system.database.outbox.drop_indexes()


def _rival(name: str, says: str, *arguments: str, records: int | None = None, bare: bool = False) -> Entrant:
    return Entrant(name, says, ("-m", *arguments), records, bare, rows_in_the_outbox)


REFERENCE = "plain"
ENTRANTS: tuple[Entrant, ...] = (
    _rival("plain", "plain loop by hand, PyMongo async", "bench.rivals.plain", "pymongo"),
    Entrant("baton", "Baton's deals service", ("-m", "services.deals")),
    _rival("plain-motor", "plain loop by hand, Motor", "bench.rivals.plain", "motor"),
    _rival("tuned", "loop by hand with every honest trick", "bench.rivals.tuned"),
    _rival("naive", "FastStream, a transaction a message", "bench.rivals.naive", records=1000),
    _rival("consume", "ceiling: only consuming", "bench.rivals.consuming", bare=True),
    _rival("write", "ceiling: only the bulk writes", "bench.rivals.writing", bare=True),
)
PROFILED = Entrant(
    "profiled",
    "Baton's deals service under cProfile, into deals.profile.txt",
    ("-m", "bench.profiled", "deals.profile.txt", "services.deals"),
)
"""Only where it is asked for."""
BY_NAME = {entrant.name: entrant for entrant in (*ENTRANTS, PROFILED)}
