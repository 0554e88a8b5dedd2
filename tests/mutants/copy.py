"""A copy of the sources, in which one bug after the other is planted and taken out again."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.mutants.mutant import Mutant, PatchError

ROOT = Path(__file__).parents[2]


class Copy:
    """The tracked files, and those about to be, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True)
        for name in filter(lambda name: (ROOT / name).is_file(), listed.stdout.splitlines()):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)

    @contextmanager
    def with_bug(self, mutant: Mutant) -> Iterator[Path]:
        """The copy with the bug in it.

        Raises:
            PatchError: the sources have changed where the bug was planted.
        """
        self._apply(mutant)
        try:
            yield self.folder
        finally:
            self._apply(mutant, "--reverse")

    def _apply(self, mutant: Mutant, *options: str) -> None:
        done = subprocess.run(["git", "apply", *options, str(mutant.patch)], cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise PatchError(f"{mutant.patch.name} does not fit the sources any more: {done.stderr.strip()}")
