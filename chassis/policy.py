"""Policies: YAML files that a company edits, read once at start; an error names the file and the line."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class PolicyError(Exception):
    """A policy file that cannot be used; the text names the file, the line and what is wrong."""


def parse_duration(value: object) -> object:
    """`30s`, `15m`, `48h` or `14d` as a timedelta; anything else is left to pydantic."""
    if isinstance(value, str) and (match := re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smhd])\s*", value)):
        return timedelta(seconds=float(match[1]) * UNITS[match[2]])
    if isinstance(value, timedelta):
        return value
    raise ValueError("a duration is a number and a unit, s, m, h or d: 48h")


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]


class Policy(BaseModel):
    """Base of policy models: every key is known, nothing is guessed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


P = TypeVar("P", bound=BaseModel)


def load_policy(path: Path, model: type[P]) -> P:
    """The policy in a file.

    Raises:
        PolicyError: the file is not there, is not YAML, or does not say what the model asks for.
    """
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise PolicyError(f"{path}: cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        raise PolicyError(f"{path}:{mark.line + 1 if mark else 1}: not YAML: {getattr(error, 'problem', error)}") from None
    try:
        return model.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except ValidationError as error:
        raise PolicyError("\n".join(_complaints(path, node, error))) from None


def _complaints(path: Path, node: yaml.Node | None, error: ValidationError) -> Iterator[str]:
    for problem in error.errors():
        where = ".".join(str(part) for part in problem["loc"]) or "the file"
        yield f"{path}:{_line(node, problem['loc'])}: {where}: {problem['msg'].removeprefix('Value error, ')}"


def _line(node: yaml.Node | None, location: tuple[Any, ...]) -> int:
    """The line of the deepest part of the location that the file has."""
    line = node.start_mark.line + 1 if node else 1
    for part in location:
        found = _child(node, part)
        if found is None:
            break
        line, node = found
    return line


def _child(node: yaml.Node | None, part: int | str) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        return next(((key.start_mark.line + 1, value) for key, value in node.value if key.value == part), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part].start_mark.line + 1, node.value[part]
    return None
