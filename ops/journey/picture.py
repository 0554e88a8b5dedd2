"""A journey for people: a timeline in which what follows from a message stands below it, indented."""

from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from ops.journey.entry import Entry

DEEPEST = 12


def picture(entries: Sequence[Entry]) -> Table:
    """The timeline, in the order of the entries."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("time (UTC)", "what happened", "topic", "at"):
        table.add_column(column, overflow="fold")
    depth: dict[str, int] = {}
    for entry in entries:
        level = min(DEEPEST, depth.get(entry.causation_id or "", -1) + 1)
        if entry.id:
            depth.setdefault(entry.id, level)
        name = (entry.type or "a record without a type").split(".")
        what = Text("  " * level + (name[1] if len(name) == 3 else ".".join(name)), style="bold" if _is_event(entry) else "")
        place = f"{entry.partition}:{entry.offset}"
        table.add_row(entry.time[:23].replace("T", " "), what, escape(entry.topic), place)
    return table


def _is_event(entry: Entry) -> bool:
    return entry.topic.endswith(".events")
