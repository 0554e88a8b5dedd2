"""A home and its processes: one system at a time, and nobody else's process is ever stopped."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ops.errors import OpsError
from ops.home import Home
from ops.processes import Process, began
from stack.ports import is_free


def test_the_keys_are_made_once_and_only_their_owner_can_read_them(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.make()
    keys = home.keys()
    assert home.keys() == keys
    assert len(keys["jwt"]) >= 32
    assert stat.S_IMODE((tmp_path / "home" / "keys.json").stat().st_mode) == 0o600


def test_two_homes_have_keys_of_their_own(tmp_path: Path) -> None:
    one, two = Home(tmp_path / "one"), Home(tmp_path / "two")
    one.make()
    two.make()
    assert one.keys() != two.keys()


def test_a_port_is_remembered_while_it_is_free(tmp_path: Path) -> None:
    home = Home(tmp_path)
    port = home.port("deals")
    assert home.port("deals") == port
    assert home.port("onboarding") != port
    assert is_free(port)
    del home
    assert Home(tmp_path).port("deals") == port


def test_two_homes_never_have_one_port_even_before_anybody_listens_on_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guarantee: two systems that start at the same moment do not meet on a port (two CI workers did)."""
    one, other = Home(tmp_path / "one"), Home(tmp_path / "other")
    one.make()
    other.make()
    port = one.port("deals")
    monkeypatch.setattr("ops.home.LOWEST_PORT", port)
    monkeypatch.setattr("ops.home.HIGHEST_PORT", port)
    with pytest.raises(OpsError, match="No port"):
        other.port("deals")


def test_one_system_holds_a_home_at_a_time(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert not home.runs
    with home.held():
        assert home.runs
        with pytest.raises(OpsError, match=r"runs in .* already"), Home(tmp_path).held():
            pass
    assert not home.runs


def test_a_record_that_is_no_json_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "system.json").write_text("{")
    with pytest.raises(OpsError, match=r"system\.json cannot be read"):
        Home(tmp_path).record()


def test_a_pid_that_was_given_to_another_process_is_not_ours() -> None:
    """`down` after a crash must not stop a stranger that got a recorded pid since."""
    stranger = Process(os.getpid(), began=(began(os.getpid()) or 0) + 1)
    assert not stranger.runs
    stranger.send(signal.SIGKILL)
    assert Process.read(stranger.record()) is None


def test_a_process_of_ours_is_asked_to_end_and_then_ended() -> None:
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        process = Process.of(child.pid)
        assert process.runs
        assert process.stop(patience=0.2) is False
        assert not process.runs
