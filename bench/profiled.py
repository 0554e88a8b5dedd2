"""Runs a module under cProfile and prints where its time went: `python -m bench.profiled FILE services.deals`; slower by half.

`python -m bench --only profiled` has Baton do the whole job under it; its line of the table compares nothing.
"""

import cProfile
import pstats
import runpy
import sys
from pathlib import Path

LINES = 40


def main(file: Path, module: str) -> None:
    """Run the module as a program until it ends; write the profile to `file` as text, by own time and by cumulative time."""
    profile = cProfile.Profile()
    sys.argv = [module]
    try:
        profile.runcall(runpy.run_module, module, run_name="__main__", alter_sys=True)
    finally:
        with file.open("w") as text:
            stats = pstats.Stats(profile, stream=text)
            for order in ("tottime", "cumulative"):
                stats.sort_stats(order).print_stats(LINES)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
