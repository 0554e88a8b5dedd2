"""The export's columns and those of the files joined to it, checked once, so that a row's values can be looked up by column."""

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Lookup
from dataclasses import dataclass
from pathlib import Path

from ops.errors import OpsError
from ops.importing.csvfile import Record, read_records
from ops.importing.mapping import Join, Mapping

Values = Lookup[str, str]


@dataclass(frozen=True)
class Joined:
    """A joined file: its rows by key."""

    name: str
    join: Join
    rows: Lookup[str, Values]


def tidy(text: str) -> str:
    """A value without spaces around it, and with single spaces in it."""
    return " ".join(text.split())


def check_header(path: Path, header: Sequence[str], wanted: Lookup[str, str]) -> tuple[str, ...]:
    """The header's columns. `wanted`: columns that must be there, and by which key of the mapping.

    Raises:
        OpsError: one is missing, or there twice.
    """
    columns = tuple(tidy(name) for name in header)
    for column, key in wanted.items():
        if column not in columns:
            raise OpsError(f"{path} has no column {column!r}, which {key} of the mapping names; it has {', '.join(columns)}.")
        if columns.count(column) > 1:
            raise OpsError(f"{path} has the column {column!r} twice, which {key} of the mapping names.")
    return columns


def first_record(path: Path, records: Iterator[Record]) -> Record:
    """The header. Raises: OpsError if the file is empty or begins with what is no CSV."""
    header = next(records, None)
    if header is None:
        raise OpsError(f"{path} is empty: a header with the names of the columns is asked for.")
    if header.problem:
        raise OpsError(f"{path}: line {header.line}: {header.problem}.")
    return header


def load_joins(folder: Path, mapping: Mapping) -> tuple[Joined, ...]:
    """The joined files, from the folder of the export.

    Raises:
        OpsError: one cannot be read, lacks a column, or has a key twice with different content.
    """
    return tuple(_load(folder, name, join, mapping) for name, join in mapping.joins.items())


def _load(folder: Path, name: str, join: Join, mapping: Mapping) -> Joined:
    path = folder / join.file
    wanted = {join.key: f"joins.{name}.key"}
    for where, column in mapping.columns().items():
        if mapping.join_of(column) == name:
            wanted[column.removeprefix(f"{name}.")] = ".".join(where)
    records = read_records(path, mapping.file)
    columns = check_header(path, first_record(path, records).fields, wanted)
    rows: dict[str, Values] = {}
    for record in records:
        if record.problem or len(record.fields) != len(columns):
            why = record.problem or f"the line has {len(record.fields)} fields instead of {len(columns)}"
            raise OpsError(f"{path}: line {record.line}: {why}.")
        row = {f"{name}.{column}": _named(mapping, f"{name}.{column}", tidy(v)) for column, v in zip(columns, record.fields, strict=True)}
        key = row[f"{name}.{join.key}"]
        if rows.setdefault(key, row) != row:
            raise OpsError(f"{path}: line {record.line}: {join.key} {key!r} is there twice, with different content.")
    return Joined(name, join, rows)


def _named(mapping: Mapping, column: str, value: str) -> str:
    return mapping.aliases.get(column, {}).get(value, value)
