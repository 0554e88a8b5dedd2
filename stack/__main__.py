"""`python -m stack --home DIR`: the stack as a program that runs until it is told to stop."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from stack.embedded import Stack
from stack.lifetime import hold


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and hold the stack. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m stack", description="Kafka, MongoDB and a mail catcher as local processes.")
    parser.add_argument("--home", type=Path, required=True, help="the folder for data, logs and ports; made when it is missing")
    parser.add_argument("--mongo-members", type=int, choices=(1, 3), default=1, help="how many members the replica set has")
    parser.add_argument("--with-parent", action="store_true", help="stop when standard input closes")
    parser.add_argument("--with-pid", type=int, metavar="PID", help="stop when that process ends")
    given = parser.parse_args(arguments)
    return hold(Stack(given.home, given.mongo_members), given.with_parent, given.with_pid)


if __name__ == "__main__":
    sys.exit(main())
