"""The rejects file: every row that was not taken, with its line, its deal and the reasons, as CSV."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from ops.errors import OpsError
from ops.importing.csvfile import Record

OWN = ("line", "deal_id", "reason")


class Writer(Protocol):
    """What the standard library's CSV writers have in common."""

    def writerow(self, row: Iterable[Any], /) -> Any:
        """Write a row."""


class Rejects:
    """Writes rejects in the order in which they are told; `count` is how many there were."""

    def __init__(self, writer: Writer) -> None:
        self._writer, self.count = writer, 0

    def add(self, record: Record, deal_id: str, reason: str) -> None:
        """A row that was not taken."""
        self.count += 1
        self._writer.writerow((record.line, deal_id, reason, *record.fields))


@contextmanager
def rejects_file(path: Path, columns: Sequence[str]) -> Iterator[Rejects]:
    """The file, open for the length of the block. Bytes that could not be read are written back as they were.

    Raises:
        OpsError: it cannot be written.
    """
    try:
        with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as out:
            writer = csv.writer(out)
            writer.writerow((*OWN, *columns))
            yield Rejects(writer)
    except OSError as error:
        raise OpsError(f"{path} cannot be written: {error.strerror}.") from None
