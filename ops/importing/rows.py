"""A row of the export becomes the command that imports it, or a list of reasons why it does not."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from pydantic import ValidationError

from contracts.deals import Account, Condition, ImportDeal, TeamMember, WaiverRequest
from contracts.values import Money
from ops.importing.csvfile import Record
from ops.importing.dates import reader
from ops.importing.joins import Joined, tidy
from ops.importing.mapping import Mapping
from ops.importing.names import Names, slug
from ops.importing.values import read_date, read_money

UNHASHED = "00000000"
OUTCOMES = ("won", "lost")


@dataclass(frozen=True)
class Reason:
    """Why a row is not taken: the column it is about, and what is wrong."""

    column: str
    text: str

    def __str__(self) -> str:
        return f"{self.column}: {self.text}" if self.column else self.text


@dataclass(frozen=True)
class Row:
    """A row as read. `deal_id`: empty where there is none. `colleagues`: names by role. `command`: None where there are reasons."""

    record: Record
    deal_id: str
    reasons: tuple[Reason, ...] = ()
    command: ImportDeal | None = None
    colleagues: dict[str, str] = field(default_factory=dict)
    emails: dict[str, str] = field(default_factory=dict)
    account_team: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Waiving:
    """Who waives the close gate's conditions for deals that the export calls won, and why."""

    name: str
    reason: str

    @property
    def person_id(self) -> str:
        """Their id."""
        return slug(self.name)

    def requests(self) -> tuple[WaiverRequest, ...]:
        """A request for each condition."""
        return tuple(WaiverRequest(condition=condition, reason=self.reason, by=self.person_id) for condition in Condition)


class RowReader:
    """Reads the rows of one export. Raises OpsError where two people's names give the same id."""

    def __init__(self, mapping: Mapping, columns: Sequence[str], joins: Sequence[Joined], waiving: Waiving | None = None) -> None:
        self._mapping, self._columns, self._joins = mapping, columns, joins
        self._people, self._accounts = Names("people"), Names("accounts")
        self._date = reader(mapping.formats.date)
        self._waivers = waiving.requests() if waiving else ()
        if waiving:
            self._people.id_of(waiving.name)

    def read(self, record: Record) -> Row:
        """The row of a record."""
        if record.problem or len(record.fields) != len(self._columns):
            why = record.problem or f"the line has {len(record.fields)} fields instead of {len(self._columns)}"
            return Row(record, self._deal_id_of(record), (Reason("", why),))
        return _Reading(self, record).row()

    def _deal_id_of(self, record: Record) -> str:
        place = self._columns.index(self._mapping.deal.id)
        return tidy(record.fields[place]) if not record.problem and place < len(record.fields) else ""


class _Reading:
    """The reading of one row: collects every reason against it, rather than the first."""

    def __init__(self, reader: RowReader, record: Record) -> None:
        self._of, self._record, self._mapping = reader, record, reader._mapping
        self._reasons: list[Reason] = []
        aliases = self._mapping.aliases
        self._values = {
            column: aliases.get(column, {}).get(tidy(value), tidy(value))
            for column, value in zip(reader._columns, record.fields, strict=True)
        }
        for joined in reader._joins:
            self._join(joined)

    def _join(self, joined: Joined) -> None:
        value = self._values[joined.join.on]
        if not value:
            return
        if (found := joined.rows.get(value)) is None:
            self._complain(joined.join.on, f"{value!r} is not in {joined.join.file}")
        else:
            self._values |= found

    def _complain(self, column: str, text: str) -> None:
        self._reasons.append(Reason(column, text))

    def _value(self, column: str | None) -> str:
        return self._values.get(column, "") if column else ""

    def _required(self, column: str, what: str) -> str:
        value = self._value(column)
        if not value:
            self._complain(column, f"{what} is missing")
        return value

    def row(self) -> Row:
        """The row, with its command where nothing speaks against it."""
        columns = self._mapping.deal
        deal_id = self._required(columns.id, "the deal's id")
        names = {role: name for role, column in columns.team.items() if (name := self._value(column))}
        command = self._command(deal_id, names)
        if self._reasons or command is None:
            return Row(self._record, deal_id, tuple(self._reasons))
        emails = {role: address for role, column in self._mapping.people.email.items() if (address := self._value(column))}
        team = {role: name for role, column in self._mapping.account_team.items() if (name := self._value(column))}
        owner = self._value(columns.owner)
        return Row(self._record, deal_id, (), command, {**names, "": owner} if owner not in names.values() else names, emails, team)

    def _command(self, deal_id: str, names: dict[str, str]) -> ImportDeal | None:
        columns, of = self._mapping.deal, self._of
        account = self._required(columns.account, "the account")
        owner = self._required(columns.owner, "the owner")
        outcome, stage = self._stage()
        opened_on, closed_on = self._dates(outcome)
        price = self._price()
        if self._reasons:
            return None
        by_name = self._mapping.ids.account == "name"
        try:
            command = ImportDeal(
                deal_id=deal_id,
                account=Account(
                    account_id=account if by_name else of._accounts.id_of(account),
                    name=account,
                    sector=self._value(columns.sector) or None,
                    region=self._value(columns.region) or None,
                ),
                owner_id=of._people.id_of(owner),
                team=tuple(TeamMember(person_id=of._people.id_of(name), role=role) for role, name in names.items()),
                product=self._value(columns.product) or None,
                price=price,
                stage=stage,
                outcome=outcome,
                opened_on=opened_on,
                closed_on=closed_on,
                row_hash=UNHASHED,
                waivers=of._waivers if outcome == "won" else (),
            )
        except ValidationError as error:
            for problem in error.errors():
                self._complain(".".join(str(part) for part in problem["loc"]), problem["msg"])
            return None
        return command.model_copy(update={"row_hash": row_hash(command)})

    def _stage(self) -> tuple[str, str | None]:
        column = self._mapping.deal.stage
        value = self._required(column, "the stage")
        if value and value not in self._mapping.stages:
            self._complain(column, f"{value!r} is no stage that the mapping knows: {', '.join(self._mapping.stages)}")
        meaning = self._mapping.stages.get(value, "")
        return (meaning, None) if meaning in OUTCOMES else ("open", meaning or None)

    def _dates(self, outcome: str) -> tuple[date | None, date | None]:
        columns, form = self._mapping.deal, self._mapping.formats.date
        opened, closed = (
            read_date(column or "", self._value(column), self._of._date, form, self._complain)
            for column in (columns.opened_on, columns.closed_on)
        )
        if outcome in OUTCOMES and columns.closed_on and not self._value(columns.closed_on):
            self._complain(columns.closed_on, f"a {outcome} deal needs the day it was closed on")
        if opened and closed and closed < opened:
            self._complain(columns.closed_on or "", f"the deal would be closed on {closed}, before it was opened on {opened}")
        return opened, closed if outcome in OUTCOMES else None

    def _price(self) -> Money | None:
        column, formats = self._mapping.deal.price, self._mapping.formats
        if not column or not self._mapping.money:
            return None
        return read_money(column, self._value(column), self._mapping.money, (formats.decimal_mark, formats.thousands_mark), self._complain)


def row_hash(command: ImportDeal) -> str:
    """The fingerprint of what a row says, whoever imports it and whatever is waived: 32 hexadecimal digits of SHA-256."""
    content = command.model_dump(mode="json", exclude={"row_hash", "waivers"})
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:32]
