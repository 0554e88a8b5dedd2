"""`python -m contracts.schemas`: writes the snapshot of every message that has changed, unless the change breaks somebody."""

import argparse
import sys
from collections.abc import Collection, Sequence
from pathlib import Path

from contracts.message import Message
from contracts.registry import every_message
from contracts.schemas.compatibility import breaks
from contracts.schemas.snapshots import FOLDER, every, put, schema_of, shape, wire_types


def write(message: type[Message], folder: Path, *, amend: bool) -> list[str]:
    """Write a message's snapshot if its schema changed; what the change breaks, a sentence each, in which case nothing is written.

    `amend`: the newest snapshot has not left this branch, and is replaced instead of kept. It is also replaced where only words changed.
    """
    name, schema = message.wire_type(), schema_of(message)
    snapshots = every(name, folder)
    kept = snapshots[:-1] if amend else snapshots
    if found := [f"{name}: {broken} (snapshot {number})" for number, old in kept for broken in breaks(old, schema)]:
        return found
    if snapshots and snapshots[-1][1] == schema:
        return []
    put(name, schema, folder, keep=not amend and bool(snapshots) and shape(snapshots[-1][1]) != shape(schema))
    print(f"{name}: snapshot {len(every(name, folder))}")
    return []


def forget(known: Collection[str], folder: Path) -> None:
    """Drop the snapshots of messages that exist no more and never left this branch."""
    for wire_type in wire_types(folder):
        path = folder / f"{wire_type}.json"
        if wire_type not in known and path.exists():
            path.unlink()
            print(f"{wire_type}: dropped")


def main(arguments: Sequence[str] | None = None, folder: Path = FOLDER) -> int:
    """The command; 1 if a change breaks somebody, and then a new version of the message is the way."""
    parser = argparse.ArgumentParser(prog="python -m contracts.schemas", description="Write the JSON Schema snapshots of all messages.")
    parser.add_argument("--amend", action="store_true", help="replace the newest snapshots, which have not left this branch")
    options = parser.parse_args(arguments)
    if options.amend:
        forget({message.wire_type() for message in every_message()}, folder)
    found = [sentence for message in every_message() for sentence in write(message, folder, amend=options.amend)]
    for sentence in found:
        print(sentence, file=sys.stderr)
    if found:
        print("A breaking change is a new version beside the old one: see CONTRIBUTING.md.", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
