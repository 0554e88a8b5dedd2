"""Child processes that end with their parent, whatever ends the parent."""

import ctypes
import os
import signal
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)

# The kernel sends the signal when the *thread* that made the child ends, so one thread that lives as long as the
# process makes them all: a server started from a worker thread must not go down with that thread.
_spawner = ThreadPoolExecutor(max_workers=1, thread_name_prefix="stack-spawner")


def spawn(command: Sequence[str], log: Path, env: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Start `command` with its output appended to `log`; it is killed when this process ends."""
    return _spawner.submit(_spawn, list(command), log, env).result()


def _spawn(command: list[str], log: Path, env: dict[str, str] | None) -> subprocess.Popen[bytes]:
    parent = os.getpid()

    def tie() -> None:
        # SIGKILL and not SIGTERM: it reaches a stopped process too, and both servers recover from it.
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=env,
            preexec_fn=tie,
            # A group of its own: ^C at the terminal reaches the parent alone, which then stops the servers in order.
            process_group=0,
        )
