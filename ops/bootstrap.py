"""`python -m ops.bootstrap [SERVICE ...]`: makes topics, collections and indexes of the services, all four when none is named."""

import asyncio
import importlib
import sys
from collections.abc import Sequence

from chassis.bootstrap import BootstrapError, bootstrap
from chassis.service import Service
from chassis.settings import Settings, SettingsError, load_settings
from ops.errors import sentence
from ops.system import NAMES


def services(names: Sequence[str]) -> list[Service]:
    """The declarations of the services, by name: operators' tools know no business, so they are looked up when asked for."""
    return [importlib.import_module(f"services.{name}.app").SERVICE for name in names]


def main(names: Sequence[str]) -> int:
    """Make what is missing and say what there is. Returns the exit code."""
    if unknown := [name for name in names if name not in NAMES]:
        print(f"There is no service {unknown[0]!r}; there are {', '.join(NAMES)}.", file=sys.stderr)
        return 2
    try:
        for line in asyncio.run(bootstrap(services(names or NAMES), load_settings(Settings))):
            print(line)
    except (BootstrapError, SettingsError) as error:
        print(error, file=sys.stderr)
        return 1
    except Exception as error:  # no broker, no database: a sentence, as everywhere
        print(f"The bootstrap step failed: {sentence(error)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
