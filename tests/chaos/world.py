"""The record of a run: where everything is, who takes part, and whether it is disturbed; `world.json` in the run's folder."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "world.json"


@dataclass(frozen=True)
class ServicePlace:
    """One service of the run. `urls`: of its instances; `database`: of MongoDB; `group`: of consumers."""

    urls: tuple[str, ...]
    database: str
    group: str


@dataclass(frozen=True)
class World:
    """What clients and the checker know of a run.

    `kafka` ("host:port") and `mongo` (a connection string) lead straight to the servers, past every proxy. `jwt_key`: of bearer
    tokens (HS256). `mail`: the mail catcher's address.
    """

    seed: int
    seconds: float
    prefix: str
    partitions: int
    kafka: str
    mongo: str
    jwt_key: str
    services: dict[str, ServicePlace]
    faults_injected: bool
    mail: str = ""

    def write(self, folder: Path) -> None:
        """Keep the record in the run's folder."""
        (folder / FILE).write_text(json.dumps(asdict(self), indent=2) + "\n")

    @classmethod
    def read(cls, folder: Path) -> "World":
        """The record of a run's folder."""
        known = json.loads((folder / FILE).read_text())
        services = {
            name: ServicePlace(tuple(place["urls"]), place["database"], place["group"]) for name, place in known["services"].items()
        }
        return cls(**{**known, "services": services})
