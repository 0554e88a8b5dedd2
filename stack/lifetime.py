"""How a program holds a stack: started, announced on standard output, kept until an end comes, stopped."""

import os
import select
import signal
import sys
from typing import Protocol

from stack.addresses import Addresses
from stack.errors import StackError


class Startable(Protocol):
    """What can be started and stopped: the embedded stack, or another that gives the same addresses."""

    def start(self) -> Addresses:
        """Start and return where it answers. Raises StackError."""

    def stop(self) -> None:
        """Stop what runs of it."""


def hold(stack: Startable, with_parent: bool = False, with_pid: int | None = None) -> int:
    """Start `stack`, print its addresses as one line of JSON, stop it at SIGTERM, SIGINT or an end, and return the exit code.

    The ends are: standard input closes (`with_parent`), the process `with_pid` ends.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        ends = _ends(with_parent, with_pid)
        print(stack.start().as_json(), flush=True)
        _wait(ends)
    except KeyboardInterrupt:
        # SIGTERM and SIGINT: the ordinary end.
        pass
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        stack.stop()
    return 0


def _ends(with_parent: bool, with_pid: int | None) -> list[int]:
    """The descriptors whose becoming readable means the end."""
    ends = [sys.stdin.fileno()] if with_parent else []
    if with_pid is not None:
        try:
            ends.append(os.pidfd_open(with_pid))
        except ProcessLookupError:
            raise StackError(f"There is no process {with_pid} to stop with.") from None
    return ends


def _wait(ends: list[int]) -> None:
    """Return when an end has come; without any, wait for a signal."""
    while True:
        ready, _, _ = select.select(ends, [], [])
        if not all(_has_more(descriptor) for descriptor in ready):
            return


def _has_more(descriptor: int) -> bool:
    """Whether a readable descriptor is an input with something in it, rather than a closed one or an ended process."""
    return descriptor == sys.stdin.fileno() and bool(os.read(descriptor, 4096))
