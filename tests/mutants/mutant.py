"""A planted bug: a patch of the sources, with what it is and what must find it in its first lines."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PATCHES = Path(__file__).with_name("patches")


class PatchError(Exception):
    """A patch that cannot be used; the text names it and what is wrong."""


@dataclass(frozen=True)
class Mutant:
    """One bug. `bug`: the mistake, in a sentence; `killers`: pytest's arguments that choose the check which must fail.

    `every_time`: run by the project's CI too. `survives`: why no check can tell it from the real code, where that is so. `preparation`:
    where the check is a scenario that a fixture plays, the line of it, or the words of its error, at which it must break.
    """

    name: str
    bug: str
    killers: tuple[str, ...]
    patch: Path
    every_time: bool = False
    survives: str | None = None
    preparation: str | None = None


def mutants(names: Sequence[str] = (), every_time: bool = False) -> list[Mutant]:
    """The mutants of these names, or all; with `every_time` only those that CI runs.

    Raises:
        PatchError: there is none of such a name, or a patch does not say what it is.
    """
    found = {path.stem: _read(path) for path in sorted(PATCHES.glob("*.patch"))}
    if unknown := [name for name in names if name not in found]:
        raise PatchError(f"there is no mutant {unknown[0]!r}; there are {', '.join(found)}")
    wanted = [found[name] for name in names] or list(found.values())
    return [mutant for mutant in wanted if mutant.every_time or not every_time]


def _read(path: Path) -> Mutant:
    preamble = path.read_text().split("\n\n", 1)[0]
    said = dict(line.split(": ", 1) for line in preamble.splitlines() if ": " in line)
    if missing := [name for name in ("Bug", "Killed by") if name not in said]:
        raise PatchError(f"{path.name}: the first lines must have `{missing[0]}: …`")
    return Mutant(
        path.stem,
        said["Bug"],
        tuple(shlex.split(said["Killed by"])),
        path,
        every_time=said.get("Every time") == "yes",
        survives=said.get("Survives"),
        preparation=said.get("Breaks in preparation at"),
    )
