"""`python -m stack`: one line of addresses, a record in its folder, and an end with its parent, whatever ends that."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from stack.ports import is_free

pytestmark = pytest.mark.integration

_COMMAND = [sys.executable, "-m", "stack", "--with-pid", str(os.getpid()), "--home"]


def test_prints_addresses_writes_its_record_and_ends_at_sigterm_with_exit_code_0(tmp_path: Path) -> None:
    with subprocess.Popen([*_COMMAND, str(tmp_path)], stdout=subprocess.PIPE, text=True) as program:
        addresses = _addresses_of(program)
        record = json.loads((tmp_path / "stack.json").read_text())
        assert addresses.items() <= record.items()
        assert record["pid"] == program.pid
        program.send_signal(signal.SIGTERM)
        assert program.wait(30) == 0
    assert not (tmp_path / "stack.json").exists()
    assert not any(_exists(pid) for pid in record["pids"].values())


def test_servers_end_when_the_program_is_killed_with_kill_9(tmp_path: Path) -> None:
    """No server outlives the process that started it, even one that had no chance to stop them."""
    with subprocess.Popen([*_COMMAND, str(tmp_path)], stdout=subprocess.PIPE, text=True) as program:
        _addresses_of(program)
        ends = [os.pidfd_open(pid) for pid in json.loads((tmp_path / "stack.json").read_text())["pids"].values()]
        program.kill()
    for end in ends:
        assert select.select([end], [], [], 10)[0], "a server still runs 10 seconds after its parent was killed"
        os.close(end)


def test_a_restart_finds_the_same_ports_and_a_second_program_is_refused(tmp_path: Path) -> None:
    first = _addresses_after_a_run(tmp_path)
    with subprocess.Popen([*_COMMAND, str(tmp_path), "--with-parent"], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True) as program:
        assert _addresses_of(program) == first
        second = subprocess.run([*_COMMAND, str(tmp_path)], capture_output=True, text=True, check=False)
        assert (second.returncode, second.stdout) == (1, "")
        assert second.stderr == f"A stack is already running in {tmp_path}; stop it first, or choose another folder.\n"
        assert program.stdin is not None
        program.stdin.close()
        assert program.wait(30) == 0


def test_a_port_taken_meanwhile_is_replaced_for_a_server_with_data_too(tmp_path: Path) -> None:
    """The replica set's own record names its old port; the set still comes up on the new one with a primary."""
    first = _addresses_after_a_run(tmp_path)
    ports = json.loads((tmp_path / "ports.json").read_text())
    with socket.socket() as other_program:
        other_program.bind(("127.0.0.1", ports["mongo-0"]))
        second = _addresses_after_a_run(tmp_path)
    assert second["mongo"] != first["mongo"]
    assert second["kafka"] == first["kafka"]
    assert is_free(ports["mongo-0"])


def test_a_server_that_cannot_start_shows_its_log_and_leaves_nothing_running(tmp_path: Path) -> None:
    (tmp_path / "mongo-0" / "db" / "mongod.lock").mkdir(parents=True)
    done = subprocess.run([*_COMMAND, str(tmp_path)], capture_output=True, text=True, check=False, timeout=90)
    assert done.returncode == 1
    assert done.stderr.startswith("MongoDB did not start: it ended with exit code ")
    assert f"The last lines of {tmp_path / 'mongo-0' / 'mongo-0.log'}:" in done.stderr
    assert "Traceback" not in done.stderr


def _addresses_of(program: subprocess.Popen[str]) -> dict[str, str]:
    assert program.stdout is not None
    addresses: dict[str, str] = json.loads(program.stdout.readline())
    return addresses


def _addresses_after_a_run(home: Path) -> dict[str, str]:
    with subprocess.Popen([*_COMMAND, str(home)], stdout=subprocess.PIPE, text=True) as program:
        addresses = _addresses_of(program)
        program.terminate()
        assert program.wait(30) == 0
    return addresses


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
