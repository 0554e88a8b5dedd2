"""Rows of an export: what they become, and every reason why one is not taken."""

from datetime import date
from pathlib import Path

import pytest

from contracts.deals import Account, Condition, TeamMember
from contracts.values import Money
from ops.errors import OpsError
from ops.importing.rows import Waiving
from tests.ops.export import WON, an_export, reasons, rows_of

DANA = Waiving("Dana Reyes", "closed before Baton")


@pytest.mark.requirement("D2")
def test_a_row_becomes_the_command_that_imports_it(tmp_path: Path) -> None:
    (row,) = rows_of(tmp_path, WON)
    command = row.command
    assert command is not None
    assert (command.deal_id, command.outcome, command.stage) == ("D1", "won", None)
    assert command.account == Account(account_id="Acme", name="Acme", sector="retail")
    assert command.team == (TeamMember(person_id="ada-lind", role="sales_rep"), TeamMember(person_id="max-brandt", role="sales_manager"))
    assert (command.owner_id, command.product) == ("ada-lind", "Relay Team")
    assert command.price == Money(amount_minor=120_000, currency="EUR")
    assert (command.opened_on, command.closed_on) == (date(2024, 2, 1), date(2024, 3, 3))


def test_only_a_won_row_asks_for_waivers_and_in_the_name_that_was_given(tmp_path: Path) -> None:
    won, lost = rows_of(tmp_path, WON, WON.replace("D1", "D2").replace("Won", "Lost"), waiving=DANA)
    assert won.command is not None
    assert lost.command is not None
    assert {waiver.condition for waiver in won.command.waivers} == set(Condition)
    assert {(waiver.by, waiver.reason) for waiver in won.command.waivers} == {("dana-reyes", "closed before Baton")}
    assert lost.command.waivers == ()


def test_the_fingerprint_is_of_what_the_row_says_and_not_of_who_imports_it(tmp_path: Path) -> None:
    """A row that has not changed on the CRM's side is unchanged, whoever waives this time."""
    (plain,), (waived,) = rows_of(tmp_path, WON), rows_of(tmp_path, WON, waiving=DANA)
    (dearer,) = rows_of(tmp_path, WON.replace("1200", "1201"))
    assert plain.command is not None
    assert waived.command is not None
    assert dearer.command is not None
    assert plain.command.row_hash == waived.command.row_hash != dearer.command.row_hash


def test_an_open_row_has_a_stage_and_no_closing_day(tmp_path: Path) -> None:
    (row,) = rows_of(tmp_path, "D1,Ada Lind,Ledger,Acme,Prospecting,,,")
    assert row.command is not None
    assert (row.command.outcome, row.command.stage, row.command.closed_on, row.command.price) == ("open", "prospecting", None, None)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (WON.replace("Acme", ""), "account: the account is missing"),
        (WON.replace("Acme", "Nobody Ltd"), "account: 'Nobody Ltd' is not in accounts.csv"),
        (WON.replace("RelayTeam", "Relay"), "product: 'Relay' is not in products.csv"),
        (WON.replace("Ada Lind", "Eve"), "agent: 'Eve' is not in teams.csv"),
        (WON.replace("Ada Lind", " "), "agent: the owner is missing"),
        (WON.replace("Won", "Wonn"), "stage: 'Wonn' is no stage that the mapping knows: Prospecting, Won, Lost"),
        (WON.replace("01-02-24", "2024-02-01"), "opened: '2024-02-01' is not a date as dd-mm-yy describes it"),
        (WON.replace("01-02-24", "30-02-24"), "opened: '30-02-24' is not a date as dd-mm-yy describes it"),
        (WON.replace("03-03-24", ""), "closed: a won deal needs the day it was closed on"),
        (WON.replace("03-03-24", "31-01-24"), "closed: the deal would be closed on 2024-01-31, before it was opened on 2024-02-01"),
        (WON.replace("1200", "12O0"), "value: '12O0' is not a number"),
        (WON.replace("1200", "1e3"), "value: '1e3' is not a number"),
        (WON.replace("1200", "12.005"), "value: '12.005' has more decimals than EUR has (2)"),
        (WON.replace("1200", "-5"), "value: '-5' is not a price: it is negative"),
        (WON.replace("D1", ""), "id: the deal's id is missing"),
        (WON + ",more", "the line has 9 fields instead of 8"),
        ("D1,Ada Lind", "the line has 2 fields instead of 8"),
    ],
)
def test_a_row_that_cannot_be_taken_says_which_column_is_wrong(tmp_path: Path, line: str, reason: str) -> None:
    (row,) = rows_of(tmp_path, line)
    assert row.command is None
    assert reason in reasons(row)


def test_a_row_says_everything_that_is_wrong_with_it_at_once(tmp_path: Path) -> None:
    (row,) = rows_of(tmp_path, "D1,Eve,Relay,,Wonn,x,y,z")
    assert len(row.reasons) == 7


def test_an_id_that_no_message_can_carry_is_a_reason(tmp_path: Path) -> None:
    (row,) = rows_of(tmp_path, WON.replace("D1", "x" * 201))
    assert reasons(row)[0].startswith("deal_id: ")


def test_two_people_whose_names_give_one_id_stop_the_import(tmp_path: Path) -> None:
    with pytest.raises(OpsError, match=r"'Dana  ?Reyes' and 'Dana-Reyes' would share the id 'dana-reyes'"):
        rows_of(tmp_path, WON, waiving=DANA) and rows_with_twin(tmp_path)


def rows_with_twin(folder: Path) -> object:
    export = an_export(folder, WON, waiving=DANA)
    teams = folder / "teams.csv"
    teams.write_text(teams.read_text().replace("Max Brandt", "Dana-Reyes"))
    again = type(export)(folder / "deals.csv", export._mapping, DANA)
    return list(again.rows())


@pytest.mark.parametrize(("column", "key"), [("value", "deal.price"), ("agent", "deal.owner")])
def test_a_missing_column_is_one_sentence_that_names_the_mapping_s_key(tmp_path: Path, column: str, key: str) -> None:
    export = an_export(tmp_path, WON)
    file = tmp_path / "deals.csv"
    file.write_text(file.read_text().replace(column, "other", 1))
    with pytest.raises(OpsError, match=rf"deals\.csv has no column '{column}', which .* of the mapping names") as refused:
        type(export)(file, export._mapping, None)
    assert key in str(refused.value) or "joins" in str(refused.value) or "team" in str(refused.value)


def test_an_empty_export_is_one_sentence(tmp_path: Path) -> None:
    export = an_export(tmp_path)
    (tmp_path / "deals.csv").write_bytes(b"")
    with pytest.raises(OpsError, match=r"deals\.csv is empty"):
        type(export)(tmp_path / "deals.csv", export._mapping, None)


def test_a_key_twice_in_a_joined_file_is_refused_with_its_line(tmp_path: Path) -> None:
    export = an_export(tmp_path, WON)
    (tmp_path / "accounts.csv").write_text("name,sector\nAcme,retail\nAcme,energy\n")
    with pytest.raises(OpsError, match=r"accounts\.csv: line 3: name 'Acme' is there twice"):
        type(export)(tmp_path / "deals.csv", export._mapping, None)
