"""Kafka's jars: downloaded once into the user's cache, each checked against its pinned hash."""

import fcntl
import hashlib
import os
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from jgo.maven import MavenContext

from stack.errors import StackError

PINS = Path(__file__).with_name("kafka-jars.txt")
_DOWNLOADS_AT_ONCE = 8
_TIMEOUT_SECONDS = 60


class Pin(NamedTuple):
    """One jar: Maven coordinates and the SHA-256 of the file, in hex."""

    group: str
    artifact: str
    version: str
    sha256: str


def kafka_jars() -> Path:
    """The folder that holds every jar of the broker; filled first when it is missing (44 MB).

    Raises StackError when a jar cannot be had or is not the pinned one.
    """
    text = PINS.read_text()
    folder = cache_folder() / f"kafka-jars-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "kafka-jars.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _fill(folder, read_pins(text))
    return folder


def cache_folder() -> Path:
    """Where downloads are kept: $BATON_CACHE, else ~/.cache/baton."""
    return Path(os.environ.get("BATON_CACHE") or Path.home() / ".cache" / "baton")


def read_pins(text: str) -> list[Pin]:
    """The pins of a file of lines `group:artifact:version sha256:HEX`; empty lines and # comments are passed over."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [Pin(*line.replace(" sha256", "").split(":")) for line in lines]


def _fill(folder: Path, pins: list[Pin]) -> None:
    print(f"Downloading Kafka, once: {len(pins)} jars, 44 MB, into {folder.parent}", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="downloading-") as scratch:
        repository, complete = Path(scratch) / "repository", Path(scratch) / "complete"
        complete.mkdir()
        context = MavenContext(repo_cache=repository, timeout=_TIMEOUT_SECONDS)
        with ThreadPoolExecutor(_DOWNLOADS_AT_ONCE) as pool:
            for jar in pool.map(lambda pin: _download(context, pin), pins):
                shutil.move(jar, complete / jar.name)
        # Renamed as a whole: a folder of this name is complete, whatever interrupts the download.
        complete.rename(folder)


def _download(context: MavenContext, pin: Pin) -> Path:
    name = f"{pin.group}:{pin.artifact}:{pin.version}"
    try:
        jar = Path(context.project(pin.group, pin.artifact).at_version(pin.version).artifact().resolve())
    # jgo passes on whatever its HTTP client raises; each of them means the same to the person at the terminal.
    except (OSError, RuntimeError) as error:
        raise StackError(f"Could not download {name} from Maven Central: {error}") from error
    found = hashlib.sha256(jar.read_bytes()).hexdigest()
    if found != pin.sha256:
        raise StackError(f"The download of {name} is not the pinned one: its SHA-256 is {found}, {PINS.name} says {pin.sha256}.")
    return jar
