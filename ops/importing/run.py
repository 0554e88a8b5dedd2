"""One import from beginning to end: survey, register, send, count; every row is taken, unchanged or rejected."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.progress import Progress

from ops.asking import asking
from ops.bulk import Answer
from ops.errors import OpsError
from ops.importing.csvfile import read_records
from ops.importing.joins import Joined, check_header, first_record, load_joins
from ops.importing.mapping import Mapping
from ops.importing.registering import register
from ops.importing.rejects import Rejects, rejects_file
from ops.importing.rows import Row, RowReader, Waiving
from ops.importing.survey import survey
from ops.importing.upload import Upload
from ops.system import System


@dataclass(frozen=True)
class Result:
    """What became of the rows; the three counts add up to `rows`."""

    rows: int
    taken: int
    unchanged: int
    rejected: int
    rejects_file: str

    def shape(self) -> dict[str, Any]:
        """As it is printed."""
        return asdict(self)


class Export:
    """An export with its joined files, checked and ready to be read, more than once."""

    def __init__(self, path: Path, mapping: Mapping, waiving: Waiving | None) -> None:
        """Raises: OpsError if a file cannot be read or lacks a column that the mapping names."""
        self._path, self._mapping, self._waiving = path, mapping, waiving
        self.columns = tuple(first_record(path, read_records(path, mapping.file)).fields)
        wanted = {column: ".".join(where) for where, column in mapping.columns().items() if not mapping.join_of(column)}
        self._tidy = check_header(path, self.columns, wanted)
        self._joins: tuple[Joined, ...] = load_joins(path.parent, mapping)

    def rows(self) -> Iterator[Row]:
        """All rows, in order."""
        reader = RowReader(self._mapping, self._tidy, self._joins, self._waiving)
        records = read_records(self._path, self._mapping.file)
        next(records)
        return map(reader.read, records)


class Answered:
    """Rows that are answered for without being sent: those that cannot be read, second rows of a deal, and one that was sent before."""

    def __init__(self) -> None:
        self._seen: dict[str, bytes] = {}
        self._first: tuple[int, Answer] | None = None

    def remember(self, row: Row, answer: Answer) -> None:
        """The row was sent ahead of the others."""
        self._first = row.record.line, answer

    def answer(self, row: Row) -> Answer | None:
        """The answer; None for a row that is to be sent."""
        if row.command is None:
            return {"outcome": "invalid", "detail": "; ".join(map(str, row.reasons))}
        fingerprint = bytes.fromhex(row.command.row_hash)
        known = self._seen.setdefault(row.deal_id, fingerprint)
        if known is not fingerprint:
            again = {"outcome": "refused", "detail": f"the deal {row.deal_id} stands on an earlier line, with other content"}
            return {"outcome": "nothing"} if known == fingerprint else again
        return self._first[1] if self._first and self._first[0] == row.record.line else None


class Tally:
    """Counts what became of the rows, and writes down the rejects."""

    def __init__(self, rejects: Rejects) -> None:
        self.rejects, self.taken, self.unchanged = rejects, 0, 0

    @property
    def rows(self) -> int:
        """Rows that were counted."""
        return self.taken + self.unchanged + self.rejects.count

    def count(self, row: Row, answer: Answer) -> None:
        """What was answered to a row."""
        outcome = answer["outcome"]
        if outcome == "changed":
            self.taken += 1
        elif outcome in ("nothing", "seen"):
            self.unchanged += 1
        else:
            self.rejects.add(row.record, row.deal_id, str(answer.get("detail") or answer.get("code") or outcome))


async def import_export(system: System, export: Export, waiving: Waiving | None, rejects: Path, shown: Progress) -> Result:
    """Import all rows of the export into the system.

    Raises:
        OpsError: a service is away for too long, or a file cannot be read or written.
    """
    task = shown.add_task("reading", total=None)
    found = survey((row for row in shown.track(export.rows(), task_id=task)), waiving)
    shown.update(task, description="registering colleagues", total=found.rows, completed=0)
    async with asking(system, "notifications") as directory:
        await register(directory, found)
    shown.update(task, description="importing")
    with rejects_file(rejects, export.columns) as refused:
        tally = Tally(refused)
        async with asking(system, "deals") as deals:
            async for row, answer in _sent(Upload(deals), export, found.needs_waiver):
                tally.count(row, answer)
                shown.advance(task)
    if tally.rows != found.rows:
        raise OpsError(f"The export changed while it was read: it had {found.rows} rows at first, and {tally.rows} then.")
    return Result(found.rows, tally.taken, tally.unchanged, refused.count, str(rejects))


async def _sent(upload: Upload, export: Export, waived: bool) -> AsyncIterator[tuple[Row, Answer]]:
    """Every row with its answer, in order."""
    answered = Answered()
    if waived and (row := next((row for row in export.rows() if row.command and row.command.waivers), None)):
        answered.remember(row, await upload.send_one(row))
    async for pair in upload.send_all((row, answered.answer(row)) for row in export.rows()):
        yield pair
