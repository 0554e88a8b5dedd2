"""Planting a bug: a function of the chassis with some of its text replaced, for as long as a block lasts."""

import inspect
import sys
import textwrap
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import pytest


@dataclass(frozen=True)
class Edit:
    """`old` stands exactly once in the function `name` of the module, such as `relay` and `Relay._publish`, and becomes `new`."""

    module: str
    name: str
    old: str
    new: str


@contextmanager
def planted(edits: Iterable[Edit]) -> Iterator[None]:
    """The chassis with these edits."""
    with pytest.MonkeyPatch.context() as patch:
        for edit in edits:
            _plant(patch, edit)
        yield


def _plant(patch: pytest.MonkeyPatch, edit: Edit) -> None:
    module = import_module(f"chassis.{edit.module}")
    *path, name = edit.name.split(".")
    owner: Any = module
    for step in path:
        owner = getattr(owner, step)
    healthy = getattr(owner, name)
    text = textwrap.dedent(inspect.getsource(healthy.fget if isinstance(healthy, property) else healthy))
    if text.count(edit.old) != 1:
        raise LookupError(f"{edit.module}.{edit.name} has {text.count(edit.old)} times {edit.old!r}: the bug must be planted anew")
    made: dict[str, Any] = {}
    exec(compile(text.replace(edit.old, edit.new), f"<{edit.name} with a bug>", "exec"), module.__dict__, made)
    patch.setattr(owner, name, made[name])
    for other in [m for n, m in sys.modules.items() if n.startswith("chassis.") and getattr(m, name, None) is healthy]:
        patch.setattr(other, name, made[name])
