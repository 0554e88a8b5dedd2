"""Reading the values of a row: each either means something, or is a reason why the row is not taken, with its column."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from contracts.values import Money
from ops.importing.mapping import MoneyFormat

Complain = Callable[[str, str], None]
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?|[+-]?\.\d+", re.ASCII)
_MOST = 10**15
"""Minor units that no price of a deal reaches; beyond them somebody's columns have slipped."""


def read_date(column: str, value: str, read: Callable[[str], date], form: str, complain: Complain) -> date | None:
    """A day; None for an empty value."""
    if not value:
        return None
    try:
        return read(value)
    except ValueError:
        complain(column, f"{value!r} is not a date as {form} describes it")
        return None


def read_money(column: str, value: str, money: MoneyFormat, marks: tuple[str, str], complain: Complain) -> Money | None:
    """An amount; None for an empty value. `marks`: of decimals and of thousands."""
    if not value:
        return None
    decimal_mark, thousands_mark = marks
    plain = value.replace(thousands_mark, "") if thousands_mark else value
    plain = plain.replace(decimal_mark, ".") if "." not in plain.replace(decimal_mark, "") else plain + "?"
    if not _NUMBER.fullmatch(plain):
        complain(column, f"{value!r} is not a number")
        return None
    minor = Decimal(plain).scaleb(money.decimals)
    if minor != minor.to_integral_value():
        complain(column, f"{value!r} has more decimals than {money.currency} has ({money.decimals})")
    elif not 0 <= minor <= _MOST:
        complain(column, f"{value!r} is not a price: it is {'negative' if minor < 0 else 'too large'}")
    else:
        return Money(amount_minor=int(minor), currency=money.currency)
    return None
