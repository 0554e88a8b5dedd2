"""The mapping file: which column of an export means what. TOML, checked before anything is read; an error names the key and the line."""

import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from contracts.values import Slug
from ops.errors import OpsError
from ops.importing.dates import date_format
from ops.importing.lines import line_of

Column = Annotated[str, Field(min_length=1, description="a column of the export, or `join.column` of a joined file")]


class Part(BaseModel):
    """Base of the mapping's parts: every key is known, nothing is guessed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FileFormat(Part):
    """How the files are written. Fields are quoted with double quotes, as RFC 4180 has it; a byte order mark is passed over."""

    encoding: str = "utf-8"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","

    @field_validator("encoding")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            "".encode(name)
        except LookupError:
            raise ValueError(f"{name!r} is not an encoding, such as utf-8 or cp1252") from None
        return name


class DealColumns(Part):
    """The columns of a deal. `team`: the column of each role on it, the owner's apart from it."""

    id: Column
    account: Column
    owner: Column
    stage: Column
    product: Column | None = None
    price: Column | None = None
    opened_on: Column | None = None
    closed_on: Column | None = None
    sector: Column | None = None
    region: Column | None = None
    team: dict[Slug, Column] = {}


class Formats(Part):
    """`date`: made of dd, mm and yy or yyyy, such as dd-mm-yy; two-digit years are 1969 to 2068. `thousands_mark`: nothing by default."""

    date: str = "yyyy-mm-dd"
    decimal_mark: Annotated[str, Field(min_length=1, max_length=1)] = "."
    thousands_mark: Annotated[str, Field(max_length=1)] = ""

    @field_validator("date")
    @classmethod
    def _is_a_format(cls, text: str) -> str:
        date_format(text)
        return text


class MoneyFormat(Part):
    """The currency of all prices, and how many decimals it has (ISO 4217: 2 for USD, 0 for JPY)."""

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    decimals: Annotated[int, Field(ge=0, le=4)] = 2


class Ids(Part):
    """How ids are made of names: `name` takes the name itself, `slug` makes it lower-case words joined by hyphens."""

    account: Annotated[str, Field(pattern="^(name|slug)$")] = "name"


class Join(Part):
    """A second file, found beside the export. `on`: the column of the export that holds a value of this file's `key` column."""

    file: str
    on: Column
    key: str


class People(Part):
    """What else is known of colleagues. `email`: the column that holds the address of whoever is in a role of `deal.team`."""

    email: dict[Slug, Column] = {}


class Mapping(Part):
    """A mapping file. `stages`: what each of the CRM's stages is: `won`, `lost`, or a stage of the deals service's policy.

    `aliases`: by column, what a value should have been. `account_team`: the columns of the roles that make up an account's team.
    """

    file: FileFormat = FileFormat()
    deal: DealColumns
    formats: Formats = Formats()
    money: MoneyFormat | None = None
    ids: Ids = Ids()
    stages: Annotated[dict[str, Slug], Field(min_length=1)]
    aliases: dict[Column, dict[str, str]] = {}
    joins: dict[Slug, Join] = {}
    people: People = People()
    account_team: dict[Slug, Column] = {}

    def columns(self) -> dict[tuple[str, ...], str]:
        """Every column that the mapping names, by where it names it."""
        deal = self.deal.model_dump(exclude={"team"}, exclude_none=True)
        named: dict[tuple[str, ...], str] = {("deal", name): column for name, column in deal.items()}
        named |= {("deal", "team", role): column for role, column in self.deal.team.items()}
        named |= {("joins", name, "on"): join.on for name, join in self.joins.items()}
        named |= {("people", "email", role): column for role, column in self.people.email.items()}
        named |= {("account_team", role): column for role, column in self.account_team.items()}
        return named | {("aliases", column): column for column in self.aliases}

    def join_of(self, column: str) -> str | None:
        """The join whose file holds the column; None for a column of the export."""
        name, dot, _ = column.partition(".")
        return name if dot and name in self.joins else None


def load_mapping(path: Path) -> Mapping:
    """The mapping in a file.

    Raises:
        OpsError: it cannot be read, is not TOML, or does not say what it must; each complaint names the line and the key.
    """
    try:
        text = path.read_text(encoding="utf-8")
        content = tomllib.loads(text)
    except OSError as error:
        raise OpsError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise OpsError(f"{path} is not UTF-8 text.") from None
    except tomllib.TOMLDecodeError as error:
        raise OpsError(f"{path} is not TOML: {error}") from None
    try:
        mapping = Mapping.model_validate(content)
    except ValidationError as error:
        raise OpsError("\n".join(_complaint(path, text, problem) for problem in error.errors())) from None
    _check(path, text, mapping)
    return mapping


def _complaint(path: Path, text: str, problem: Any) -> str:
    where = tuple(str(part) for part in problem["loc"] if part != "[key]")
    return f"{path}:{line_of(text, where)}: {'.'.join(where) or 'the file'}: {problem['msg'].removeprefix('Value error, ')}"


def _check(path: Path, text: str, mapping: Mapping) -> None:
    """What one part says of another. Raises: OpsError."""

    def refuse(where: tuple[str, ...], why: str) -> None:
        raise OpsError(f"{path}:{line_of(text, where)}: {'.'.join(where)}: {why}")

    for where, column in mapping.columns().items():
        if where[0] == "joins" and mapping.join_of(column):
            refuse(where, "a column of the export is asked for, not one of a joined file")
    if mapping.deal.price and not mapping.money:
        refuse(("deal", "price"), "a price needs [money] with its currency")
    for role in mapping.people.email:
        if role not in mapping.deal.team:
            refuse(("people", "email", role), "there is no such role in [deal.team]")
