"""Where a running stack answers."""

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Addresses:
    """The four addresses of a stack.

    `kafka` and `smtp` are "host:port"; `mongo` is a connection string that names the replica set (or asks for a direct
    connection); `mail` is the base URL of the mail catcher's JSON pages.
    """

    kafka: str
    mongo: str
    smtp: str
    mail: str

    def as_json(self) -> str:
        """One line of JSON with the four names above as keys."""
        return json.dumps(asdict(self))
