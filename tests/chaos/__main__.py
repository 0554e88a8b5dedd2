"""`python -m tests.chaos --seed N [--seconds S] [--runs K] [--profile full|short|calm|backlog]`: faults, found by machine."""

import argparse
import faulthandler
import json
import logging
import random
import shutil
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from stack.errors import StackError
from tests.chaos.ground import Ground
from tests.chaos.nemesis import PROFILES
from tests.chaos.results import Row, read, record, row
from tests.chaos.run import Run
from tests.chaos.running import Births
from tests.chaos.running.deployment import EXTRAS, SLOTS
from tests.chaos.showing import show
from tests.chaos.tables import markdown
from tests.leftovers import remove_everything_of


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and do what it says. Returns 0 if nothing is broken, 1 if something is, 2 if there was nothing to run on."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["table"]:
        return _table(arguments[1:])
    given = _parser().parse_args(arguments)
    if given.runs < 1 or (given.seconds is not None and given.seconds <= 0):
        print("--runs and --seconds must be greater than zero", file=sys.stderr)
        return 2
    try:
        return _runs(given)
    except (StackError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _file(text: str) -> Path:
    """Looked at before anything runs: what cannot be written down afterwards is lost."""
    file = Path(text)
    if file.is_dir() or not file.parent.is_dir():
        raise argparse.ArgumentTypeError(f"{file} is a folder" if file.is_dir() else f"there is no folder {file.parent}")
    return file


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="Injects faults and checks what became of the messages.")
    parser.add_argument(
        "--seed", type=int, default=None, help="of the first run, the next one's is one more; drawn and printed when left out"
    )
    parser.add_argument("--seconds", type=float, help="of disturbance in each run; the profile's own when left out")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--profile", choices=sorted(PROFILES), default="full")
    parser.add_argument(
        "--folder", type=Path, help="for what is written down; one of its own under the folder for temporary files otherwise"
    )
    parser.add_argument("--keep", action="store_true", help="keep the files of every run, not only of those with violations")
    parser.add_argument("--json", action="store_true", help="print the results as JSON at the end, and everything else to standard error")
    parser.add_argument("--record", type=_file, metavar="FILE", help="add a line for each run to this file")
    return parser


def _table(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos table", description="Makes tables of recorded runs, in Markdown.")
    parser.add_argument("file", type=Path)
    file = parser.parse_args(arguments).file
    try:
        rows = read(file)
    except (OSError, ValueError) as error:
        print(f"{file} cannot be read as recorded runs: {error}", file=sys.stderr)
        return 2
    print(markdown(rows))
    return 0


def _runs(given: argparse.Namespace) -> int:
    console = Console(stderr=given.json, highlight=False)
    seed = random.SystemRandom().randrange(1, 1_000_000) if given.seed is None else given.seed
    home = given.folder or Path(tempfile.mkdtemp(prefix="baton-chaos-"))
    home.mkdir(parents=True, exist_ok=True)
    # what libraries have to say of the faults is no news for who looks at the run
    logging.basicConfig(filename=home / "libraries.log", level=logging.WARNING)
    rows: list[Row] = []
    kept: dict[int, str] = {}
    with tempfile.TemporaryDirectory(prefix="baton-chaos-stack-") as stack, _Stage(Path(stack), home) as stage:
        for number in range(seed, seed + given.runs):
            rows.append(_run(stage, number, home / f"seed-{number}", given, console))
            if given.keep or rows[-1]["violations"]:
                kept[number] = str(home / f"seed-{number}")
    if not kept and given.folder is None:
        shutil.rmtree(home, ignore_errors=True)
    show(rows, kept, console)
    if given.json:
        print(json.dumps(rows))
    return 1 if any(one["violations"] for one in rows) else 0


class _Stage(ExitStack):
    """What all runs of a call share: the servers, and what makes processes."""

    def __init__(self, stack: Path, home: Path) -> None:
        super().__init__()
        self.births = self.enter_context(Births(home / "nursery.log"))
        self.ground = self.enter_context(Ground(stack, SLOTS, EXTRAS))


def _run(stage: _Stage, seed: int, folder: Path, given: argparse.Namespace, console: Console) -> Row:
    """One run; its files are removed when nothing is broken and nobody wants them."""
    profile = PROFILES[given.profile]
    seconds = given.seconds or profile.seconds
    console.print(f"seed {seed}, {seconds:g} s, profile {profile.name}", style="bold")
    shutil.rmtree(folder, ignore_errors=True)
    run = Run(stage.ground, stage.births, seed, seconds, profile, folder, lambda line: console.print(line, markup=False, soft_wrap=True))
    try:
        done = row(run.go())
    finally:
        if not given.keep:
            remove_everything_of(run.deployment.prefix, stage.ground.addresses)
    console.print(f"seed {seed}: {len(done['violations']) or 'no'} violations, {done['took']:.0f} s")
    if given.record:
        record(given.record, [done])
    if not done["violations"] and not given.keep:
        shutil.rmtree(folder, ignore_errors=True)
    return done


if __name__ == "__main__":
    faulthandler.enable()  # the clients' libraries are not all Python: if one ends the process, this says where
    sys.exit(main())
