"""What a service that is started from a home finds in its environment."""

import os
from collections.abc import Mapping
from pathlib import Path

from contracts.topics import DEFAULT_PREFIX
from ops.errors import OpsError
from ops.home import HOST
from ops.system import NAMES


def prefix() -> str:
    """The prefix of topics, databases and consumer groups."""
    return os.environ.get("BATON_PREFIX", DEFAULT_PREFIX)


def audience() -> str:
    """The audience that tokens must name."""
    return os.environ.get("BATON_JWT_AUDIENCE", "baton")


def common_environment(addresses: Mapping[str, str], keys: Mapping[str, str]) -> dict[str, str]:
    """What all services share: ours on top of the operator's own, but for a policy, which would reach all of them."""
    smtp_host, smtp_port = addresses["smtp"].rsplit(":", 1)
    inherited = {name: value for name, value in os.environ.items() if name != "BATON_POLICY"}
    return inherited | {
        "BATON_KAFKA": addresses["kafka"],
        "BATON_MONGO": addresses["mongo"],
        "BATON_PREFIX": prefix(),
        "BATON_JWT_KEY": keys["jwt"],
        "BATON_JWT_AUDIENCE": audience(),
        "BATON_LINK_KEY": keys["link"],
        "BATON_SMTP_HOST": smtp_host,
        "BATON_SMTP_PORT": smtp_port,
        "BATON_HTTP_HOST": HOST,
        "PYTHONUNBUFFERED": "1",
    }


def service_environment(common: Mapping[str, str], url: str, policy: Path | None) -> dict[str, str]:
    """What one service finds. `policy`: the file that takes the place of its own."""
    own = {"BATON_HTTP_PORT": url.rsplit(":", 1)[1], "BATON_PUBLIC_URL": os.environ.get("BATON_PUBLIC_URL", url)}
    if policy:
        own["BATON_POLICY"] = str(policy)
    return {**common, **own}


def policies_in(folder: Path | None) -> dict[str, Path]:
    """The policy files of a folder, by service: `deals.yaml` is that of deals.

    Raises:
        OpsError: there is no such folder, or a file in it is named after no service.
    """
    if folder is None:
        return {}
    if not folder.is_dir():
        raise OpsError(f"There is no folder {folder} to take policies from.")
    files = {file.stem: file.absolute() for file in sorted(folder.glob("*.yaml"))}
    if strangers := [name for name in files if name not in NAMES]:
        raise OpsError(f"{files[strangers[0]]} is named after no service; a policy file is called {' or '.join(NAMES)}.yaml.")
    return files
