"""The stack that integration tests run on: one for the whole test run, shared by all its worker processes.

Which one: the addresses in BATON_TEST_KAFKA and BATON_TEST_MONGO if they are given; else what BATON_TEST_STACK says
(`embedded` or `containers`); else containers if a Docker engine answers; else embedded.
"""

import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stack.addresses import Addresses
from stack.embedded import Stack
from tests.leftovers import remove_everything_of

_FOLDER = pytest.StashKey[Path]()
_MODULES = {"embedded": "stack", "containers": "tests.containers.servers", "external": "tests.external_servers"}


@pytest.fixture(scope="session")
def stack_under_test(request: pytest.FixtureRequest) -> Addresses:
    """The addresses of the stack; started by the first test that asks, stopped at the end of the run."""
    folder = request.config.stash[_FOLDER]
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        record = _read_record(folder) or _start(folder, _controller(request.config))
    return Addresses(**record["addresses"])


@pytest.fixture
def prefix(stack_under_test: Addresses) -> Iterator[str]:
    """A prefix for topics and databases that no other test has; what bears it is removed afterwards."""
    name = f"t{uuid.uuid4().hex[:10]}"
    yield name
    remove_everything_of(name, stack_under_test)


@pytest.fixture(scope="module")
def breakable_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """An embedded stack of a module's own, whose servers its tests may kill, pause and restart."""
    with Stack(tmp_path_factory.mktemp("breakable")) as stack:
        yield stack


def kind_of_stack() -> str:
    """`external`, `containers` or `embedded`, by the order in this module's first lines."""
    if os.environ.get("BATON_TEST_KAFKA") and os.environ.get("BATON_TEST_MONGO"):
        return "external"
    wanted = os.environ.get("BATON_TEST_STACK")
    if wanted not in (None, "embedded", "containers"):
        raise pytest.UsageError(f"BATON_TEST_STACK is {wanted!r}; it can be embedded or containers")
    return wanted or ("containers" if _engine_answers() else "embedded")


def pytest_configure(config: pytest.Config) -> None:
    """Choose the folder of the run: the controller makes it, and its workers are told."""
    told = getattr(config, "workerinput", {}).get("stack_folder")
    config.stash[_FOLDER] = Path(told or tempfile.mkdtemp(prefix="baton-test-stack-"))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a new worker process where the run's stack is and who the controller is."""
    node.workerinput["stack_folder"] = str(node.config.stash[_FOLDER])
    node.workerinput["controller_pid"] = os.getpid()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say which stack the tests ran on."""
    record = _read_record(config.stash[_FOLDER])
    ran = f"{record['kind']}, Kafka {record['addresses']['kafka']}, {record['addresses']['mongo']}" if record else "none was asked for"
    terminalreporter.write_line(f"stack under test: {ran}")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the stack when the whole run has ended, and remove its files."""
    folder = config.stash.get(_FOLDER, None)
    if folder is None or hasattr(config, "workerinput"):
        return
    if record := _read_record(folder):
        _stop(record["pid"])
    shutil.rmtree(folder, ignore_errors=True)


def _controller(config: pytest.Config) -> int:
    return int(getattr(config, "workerinput", {}).get("controller_pid", os.getpid()))


def _start(folder: Path, controller: int) -> dict[str, Any]:
    """Start the stack in a process of its own: it must outlive the worker that happened to need it first."""
    kind = kind_of_stack()
    command = [sys.executable, "-m", _MODULES[kind], "--home", str(folder / "home"), "--with-pid", str(controller)]
    errors = folder / "errors.log"
    with errors.open("w") as stderr:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=stderr, stdin=subprocess.DEVNULL, start_new_session=True, text=True
        )
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        pytest.exit(f"the {kind} stack did not start: {errors.read_text()}", returncode=3)
    record = {"kind": kind, "pid": process.pid, "addresses": json.loads(line)}
    (folder / "record.json").write_text(json.dumps(record))
    return record


def _read_record(folder: Path) -> dict[str, Any] | None:
    file = folder / "record.json"
    return json.loads(file.read_text()) if file.exists() else None


def _stop(pid: int) -> None:
    try:
        end = os.pidfd_open(pid)
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return
    select.select([end], [], [], 30)
    os.close(end)


def _engine_answers() -> bool:
    docker = shutil.which("docker")
    return docker is not None and subprocess.run([docker, "info"], capture_output=True, check=False).returncode == 0
