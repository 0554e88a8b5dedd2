"""Small exports for tests: files in a folder, and a mapping that reads them."""

from collections.abc import Sequence
from pathlib import Path

from ops.importing.mapping import Mapping, load_mapping
from ops.importing.rows import Row, Waiving
from ops.importing.run import Export

HEADER = "id,agent,product,account,stage,opened,closed,value"
MAPPING = """
[deal]
id = "id"
account = "account"
owner = "agent"
stage = "stage"
product = "product"
price = "value"
opened_on = "opened"
closed_on = "closed"
sector = "accounts.sector"

[deal.team]
sales_rep = "agent"
sales_manager = "teams.manager"

[formats]
date = "dd-mm-yy"

[money]
currency = "EUR"

[stages]
Prospecting = "prospecting"
Won = "won"
Lost = "lost"

[aliases.product]
RelayTeam = "Relay Team"

[joins.accounts]
file = "accounts.csv"
on = "account"
key = "name"

[joins.products]
file = "products.csv"
on = "product"
key = "product"

[joins.teams]
file = "teams.csv"
on = "agent"
key = "agent"

[account_team]
sales_rep = "agent"
"""
WON = "D1,Ada Lind,RelayTeam,Acme,Won,01-02-24,03-03-24,1200"


def a_mapping(folder: Path, text: str = MAPPING) -> Mapping:
    """The mapping of a file that holds the text."""
    file = folder / "mapping.toml"
    file.write_text(text, encoding="utf-8")
    return load_mapping(file)


def an_export(folder: Path, *lines: str, mapping: str = MAPPING, waiving: Waiving | None = None) -> Export:
    """An export with these lines below its header, and the files that it is joined to."""
    write_joined_files(folder)
    file = folder / "deals.csv"
    file.write_bytes("\r\n".join((HEADER, *lines, "")).encode("utf-8", "surrogateescape"))
    return Export(file, a_mapping(folder, mapping), waiving)


def write_joined_files(folder: Path) -> None:
    """The files that the mapping joins to an export in the folder."""
    (folder / "accounts.csv").write_text("name,sector\nAcme,retail\nBolt & Co,energy\n")
    (folder / "products.csv").write_text("product\nRelay Team\nLedger\n")
    (folder / "teams.csv").write_text("agent,manager\nAda Lind,Max Brandt\nBilal Aziz,Max Brandt\n")


def rows_of(folder: Path, *lines: str, waiving: Waiving | None = None) -> list[Row]:
    """What the lines of an export are read as."""
    return list(an_export(folder, *lines, waiving=waiving).rows())


def reasons(row: Row) -> Sequence[str]:
    """Why a row is not taken."""
    return [str(reason) for reason in row.reasons]
