"""Where a key stands in a TOML file, which the parser of the standard library does not tell."""

import re

_TABLE = re.compile(r"^\s*\[+\s*(?P<name>[^\]]+?)\s*\]+")
_KEY = re.compile(r"""^\s*(?P<name>(?:"[^"]*"|'[^']*'|[A-Za-z0-9_.-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+))*)\s*=""")
_PART = re.compile(r""""([^"]*)"|'([^']*)'|([^.\s]+)""")


def line_of(text: str, where: tuple[str, ...]) -> int:
    """The line, from 1, of the deepest part of the key that the file has; 1 if it has none of it."""
    best, depth = 1, 0
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if match := _TABLE.match(line):
            table = found = _parts(match["name"])
        elif match := _KEY.match(line):
            found = (*table, *_parts(match["name"]))
        else:
            continue
        shared = min(len(found), len(where))
        if shared > depth and found[:shared] == where[:shared] and len(found) <= len(where):
            best, depth = number, shared
    return best


def _parts(name: str) -> tuple[str, ...]:
    return tuple(next(part for part in match if part) if any(match) else "" for match in _PART.findall(name))
