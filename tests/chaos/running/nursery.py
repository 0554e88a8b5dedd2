"""The nursery: has everything imported once, and makes each process of a service as a fork of itself, within milliseconds.

`python -m tests.chaos.running.nursery` takes a line of JSON for each birth on standard input and says on standard output what was born
and what is gone. Starting each process anew costs a second of CPU: more than a run with many kills can spare.
"""

import ctypes
import json
import os
import select
import signal
import sys
from importlib import import_module
from typing import Any, NoReturn

from tests.chaos.running import instance

SERVICES = ("deals", "onboarding", "notifications", "feedback")
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Bear and bury until standard input ends; the children end with this process."""
    for service in SERVICES:
        import_module(f"services.{service}.app")
    waker, wakes = os.pipe()
    os.set_blocking(wakes, False)
    signal.set_wakeup_fd(wakes)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    _say(ready=True)
    pending = b""
    while True:
        readable, _, _ = select.select([0, waker], [], [])
        if waker in readable:
            os.read(waker, 4096)
            _bury()
        if 0 in readable:
            if not (read := os.read(0, 1 << 16)):
                return
            *lines, pending = (pending + read).split(b"\n")
            for line in lines:
                _bear(json.loads(line))


def _bear(wanted: dict[str, Any]) -> None:
    parent = os.getpid()
    if pid := os.fork():
        _say(born=wanted["number"], pid=pid)
        return
    _live(wanted, parent)


def _bury() -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        _say(gone=pid, code=os.waitstatus_to_exitcode(status))


def _live(wanted: dict[str, Any], parent: int) -> NoReturn:
    """In the child: become a process as one that was started anew would be, run the service, end."""
    code = 1
    try:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        os.setpgid(0, 0)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        _redirect(wanted["log"])
        os.environ.clear()
        os.environ.update(wanted["environment"])
        instance.main(wanted["package"], wanted["clock"])
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(code)


def _redirect(log: str) -> None:
    """Words go to the log; nothing of the nursery's own stays open."""
    nothing, words = os.open(os.devnull, os.O_RDONLY), os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(nothing, 0)
    os.dup2(words, 1)
    os.dup2(words, 2)
    os.closerange(3, 256)


def _say(**what: Any) -> None:
    os.write(1, (json.dumps(what) + "\n").encode())


if __name__ == "__main__":
    main()
