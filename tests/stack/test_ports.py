"""Ports that nobody else takes, even while nobody listens on them."""

from pathlib import Path

import pytest

from stack import ports
from stack.errors import StackError
from stack.ports import Ports


@pytest.fixture(autouse=True)
def _one_port(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """There is but one port to have."""
    only = Ports(tmp_path).take("any")
    monkeypatch.setattr(ports, "_LOWEST", only)
    monkeypatch.setattr(ports, "_HIGHEST", only)


def test_a_port_is_given_once_while_its_owner_lives(tmp_path: Path) -> None:
    """Guarantee: two systems side by side do not take each other's ports while a service of one is down (found by chaos, seed 3006)."""
    mine, other = (tmp_path / name for name in ("mine", "other"))
    mine.mkdir()
    other.mkdir()
    owner = Ports(mine)
    assert owner.take("http") == owner.take("http")
    with pytest.raises(StackError, match="No free port"):
        Ports(other).take("http")
    del owner
    assert Ports(other).take("http") == ports._LOWEST
