"""CSV as it comes: records with their line numbers, and for a line that cannot be read, why; none is dropped and none hides others."""

import codecs
import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from ops.errors import OpsError
from ops.importing.mapping import FileFormat

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True)
class Record:
    """A record of a file. `line`: the first line that it stands on. `problem`: why it could not be read; `fields` is then what was."""

    line: int
    fields: tuple[str, ...]
    problem: str | None = None


class _Lines:
    """The lines of a file, which can be given back; those of the present record are remembered."""

    def __init__(self, text: TextIO) -> None:
        self._text, self._back = text, deque[str]()
        self.number, self.record = 0, list[str]()

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._back.popleft() if self._back else next(self._text)
        self.number += 1
        self.record.append(line)
        return line

    def give_back(self) -> None:
        """All but the first line of the present record have not been read."""
        rest = self.record[1:]
        self._back.extendleft(reversed(rest))
        self.number -= len(rest)


def read_records(path: Path, form: FileFormat) -> Iterator[Record]:
    """The header first, then each record; blank lines are passed over.

    A line that is no CSV, such as one with a quote that is never closed, is a record with a problem, and reading goes on behind that line.

    Raises:
        OpsError: the file cannot be read at all.
    """
    try:
        with path.open(encoding=_encoding(path, form), errors="surrogateescape", newline="") as text:
            yield from _records(_Lines(text), form.delimiter)
    except OSError as error:
        raise OpsError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeError:
        raise OpsError(f"{path} is not {form.encoding} text.") from None


def _encoding(path: Path, form: FileFormat) -> str:
    with path.open("rb") as file:
        begin = file.read(4)
    return next((encoding for mark, encoding in _MARKS if begin.startswith(mark)), form.encoding)


def _records(lines: _Lines, delimiter: str) -> Iterator[Record]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        lines.record.clear()
        first = lines.number + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            lines.give_back()
            yield Record(first, (lines.record[0].rstrip("\r\n"),), f"the line is not CSV: {error}")
            continue
        if fields:
            yield Record(
                first, tuple(fields), None if all(map(_is_text, fields)) else "the line has bytes that are not in the file's encoding"
            )


def _is_text(field: str) -> bool:
    return field.isascii() or not any("\ud800" <= character <= "\udfff" for character in field)
