"""Dates as exports write them, described the way people do: dd-mm-yy."""

import re
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache

_DIRECTIVES = {"yyyy": "%Y", "yy": "%y", "mm": "%m", "dd": "%d"}


def date_format(text: str) -> str:
    """The `strptime` format of a description made of dd, mm and yy or yyyy; a format that has a % is taken as it is.

    Raises:
        ValueError: the day, the month or the year is not in it, or twice.
    """
    if "%" in text:
        if date(2001, 2, 3) != _read(date(2001, 2, 3).strftime(text), text):
            raise ValueError(f"{text!r} does not say the day, the month and the year")
        return text
    found = re.findall(r"y+|m+|d+", text.lower())
    if sorted(part[0] for part in found) != ["d", "m", "y"] or any(part not in _DIRECTIVES for part in found):
        raise ValueError(f"{text!r} is not a date format; it is made of dd, mm and yy or yyyy, such as dd-mm-yy")
    return re.sub(r"y+|m+|d+", lambda match: _DIRECTIVES[match[0]], text.lower())


def reader(text: str) -> Callable[[str], date]:
    """What reads dates of that description; it raises ValueError for what is none. Exports repeat days: they are remembered."""
    directives = date_format(text)

    @lru_cache(10_000)
    def read(value: str) -> date:
        if not value.isascii():
            raise ValueError(value)
        return _read(value, directives)

    return read


def _read(value: str, directives: str) -> date:
    return datetime.strptime(value, directives).date()  # noqa: DTZ007 -- a date has no zone
