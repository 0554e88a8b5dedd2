"""Dates, amounts and names as exports write them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.values import Money
from ops.importing.dates import date_format, reader
from ops.importing.mapping import MoneyFormat
from ops.importing.names import slug
from ops.importing.values import read_money


@pytest.mark.parametrize(
    ("form", "text"),
    [("dd-mm-yy", "05-11-17"), ("yyyy/mm/dd", "2017/11/05"), ("mm.dd.yyyy", "11.05.2017"), ("%d %b %Y", "05 Nov 2017")],
)
def test_dates_are_read_as_their_description_says(form: str, text: str) -> None:
    assert reader(form)(text) == date(2017, 11, 5)


@pytest.mark.parametrize("form", ["dd-mm", "dd-dd-mm-yy", "d-m-yy", "%d-%m", "someday"])
def test_a_description_without_day_month_and_year_is_refused(form: str) -> None:
    with pytest.raises(ValueError, match=r"date format|does not say|match"):
        date_format(form)


def amount(text: str, currency: str = "EUR", decimals: int = 2, marks: tuple[str, str] = (".", "")) -> Money | str | None:
    complaints: list[str] = []
    found = read_money("value", text, MoneyFormat(currency=currency, decimals=decimals), marks, lambda _, why: complaints.append(why))
    return complaints[0] if complaints else found


def test_amounts_are_minor_units_of_the_currency() -> None:
    assert amount("1054") == Money(amount_minor=105_400, currency="EUR")
    assert amount("1054.5") == Money(amount_minor=105_450, currency="EUR")
    assert amount("500", "JPY", 0) == Money(amount_minor=500, currency="JPY")
    assert amount("1.234,50", marks=(",", ".")) == Money(amount_minor=123_450, currency="EUR")
    assert amount("") is None


@pytest.mark.parametrize("text", ["1,5", "1.2.3", "NaN", "inf", "١٢", "0x10", "--1"])
def test_what_is_no_number_is_told_so(text: str) -> None:
    assert amount(text) == f"{text!r} is not a number"


@given(st.integers(0, 10**12))
def test_no_cent_is_lost(cents: int) -> None:
    assert amount(f"{cents // 100}.{cents % 100:02}") == Money(amount_minor=cents, currency="EUR")


def test_an_id_made_of_a_name_is_lower_case_words() -> None:
    assert slug("Dana Reyes") == "dana-reyes"
    assert slug("José Müller-Lüdenscheid") == "jose-muller-ludenscheid"
    assert slug("李雷") == slug("李雷") != slug("韩梅梅")
