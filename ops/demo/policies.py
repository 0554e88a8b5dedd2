"""The demo's policies: those that the services ship, with the few values changed that the demo's files name."""

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml

from ops.errors import OpsError
from ops.system import NAMES


def write_policies(changes: Path, folder: Path) -> Path:
    """Write a policy file for each service that the folder `changes` has a file for; returns the folder.

    Raises:
        OpsError: a change names what the service's policy does not have.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        file = changes / f"{name}.yaml"
        if file.exists():
            policy = yaml.safe_load(shipped(name).read_text(encoding="utf-8"))
            for path, value in yaml.safe_load(file.read_text(encoding="utf-8")).items():
                change(policy, path, value, file)
            (folder / f"{name}.yaml").write_text(yaml.safe_dump(policy, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return folder


def shipped(service: str) -> Path:
    """The policy file that a service ships, found without importing the service."""
    package = find_spec(f"services.{service}")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).with_name("policy.yaml")


def change(policy: Any, path: str, value: Any, file: Path) -> None:
    """Set the value at a path such as `steps.*.within`, where `*` is every item of a list.

    Raises:
        OpsError: the policy has no such place.
    """
    *way, last = path.split(".")
    places = [policy]
    for part in way:
        places = [inner for place in places for inner in _inside(place, part)]
    if not places or not all(isinstance(place, dict) and last in place for place in places):
        raise OpsError(f"{file}: {path}: the policy of {file.stem} has no such value.")
    for place in places:
        place[last] = value


def _inside(place: Any, part: str) -> Iterator[Any]:
    if part == "*" and isinstance(place, list):
        yield from place
    elif isinstance(place, Mapping) and part in place:
        yield place[part]
