"""Mapping files: what they may say, and the error that names the key and the line."""

from pathlib import Path

import pytest

from ops.errors import OpsError
from ops.importing.lines import line_of
from ops.importing.mapping import load_mapping
from tests.ops.export import MAPPING, a_mapping

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("name", ["crm-sales-opportunities.toml", "sample-export.toml"])
def test_the_mappings_that_the_project_ships_can_be_loaded(name: str) -> None:
    assert load_mapping(EXAMPLES / name).deal.id == "opportunity_id"


def test_a_mapping_names_every_column_of_the_export_and_of_joined_files(tmp_path: Path) -> None:
    columns = a_mapping(tmp_path).columns()
    assert columns["deal", "owner"] == "agent"
    assert columns["deal", "team", "sales_manager"] == "teams.manager"
    assert columns["joins", "accounts", "on"] == "account"


@pytest.mark.parametrize(
    ("old", "new", "line", "complaint"),
    [
        ('id = "id"\n', 'id = "id"\nowners = "agent"\n', 4, "deal.owners: Extra inputs are not permitted"),
        ('id = "id"\n', "", 2, "deal.id: Field required"),
        ('date = "dd-mm-yy"', 'date = "dd-yy"', 18, "formats.date: 'dd-yy' is not a date format"),
        ('currency = "EUR"', 'currency = "euro"', 21, "money.currency: String should match"),
        ('[money]\ncurrency = "EUR"\n', "", 8, "deal.price: a price needs [money]"),
        ('Lost = "lost"', 'Lost = "Lost Deal"', 26, "stages.Lost: String should match"),
        ('on = "account"', 'on = "teams.manager"', 33, "joins.accounts.on: a column of the export is asked for"),
    ],
)
def test_a_wrong_mapping_is_refused_by_line_and_key(tmp_path: Path, old: str, new: str, line: int, complaint: str) -> None:
    with pytest.raises(OpsError, match=r"mapping\.toml") as refused:
        a_mapping(tmp_path, MAPPING.replace(old, new, 1))
    assert f"mapping.toml:{line}: {complaint}" in str(refused.value)


def test_text_that_is_no_toml_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(OpsError, match=r"is not TOML: .*line 2"):
        a_mapping(tmp_path, "[deal]\nid = \n")


def test_a_missing_mapping_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(OpsError, match=r"nowhere\.toml cannot be read: No such file"):
        load_mapping(tmp_path / "nowhere.toml")


def test_quoted_and_dotted_keys_are_found_by_line() -> None:
    text = '[aliases."accounts.sector"]\ntechnolgy = "technology"\n\n[deal]\nteam.sales_rep = "a"\n'
    assert line_of(text, ("aliases", "accounts.sector", "technolgy")) == 2
    assert line_of(text, ("deal", "team", "sales_rep")) == 5
    assert line_of(text, ("elsewhere",)) == 1
