"""A running system as the commands see it: where its parts answer, and how to ask them; found in a home or in the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from contracts.topics import DEFAULT_PREFIX, SERVICES
from ops.errors import OpsError
from ops.home import DEFAULT, Home
from ops.processes import Process

NAMES = tuple(service.service for service in SERVICES)
OPERATOR = "baton"
"""The subject of tokens that the command line issues for itself."""


@dataclass(frozen=True)
class Options:
    """What was said on the command line of where the system is. `urls`: by service."""

    home: Path | None = None
    kafka: str | None = None
    mongo: str | None = None
    prefix: str | None = None
    urls: Mapping[str, str] = field(default_factory=dict)
    token: str | None = None
    debug: bool = False

    @property
    def the_home(self) -> Home:
        """The home that was named, or the default one of the current folder."""
        return Home(self.home or Path(os.environ.get("BATON_HOME") or DEFAULT))


@dataclass(frozen=True)
class System:
    """Where a system answers. `pids`: of services that were started from a home. `key`: of development tokens."""

    kafka: str
    mongo: str
    prefix: str
    urls: Mapping[str, str]
    pids: Mapping[str, int | None]
    key: str | None = None
    token: str | None = None
    audience: str = "baton"
    mail: str | None = None

    def bearer(self, subject: str = OPERATOR, roles: tuple[str, ...] = ("operator",), lives: timedelta = timedelta(hours=12)) -> str:
        """A token for the services: the one that was given, or one of our own.

        Raises:
            OpsError: there is neither a token nor a key to make one with.
        """
        if self.token and subject == OPERATOR:
            return self.token
        if not self.key:
            raise OpsError("There is no token: set BATON_TOKEN, or BATON_JWT_KEY to issue one with.")
        from chassis.tokens import issue  # half a second, which only who asks the services waits for

        return issue(self.key, subject, list(roles), self.audience, lives)

    def url(self, service: str) -> str:
        """The address of a service.

        Raises:
            OpsError: it is not known.
        """
        if service not in self.urls:
            raise OpsError(f"The address of {service} is not known: set BATON_{service.upper()}_URL or give --{service}-url.")
        return self.urls[service]


def services_named(service: str | None) -> tuple[str, ...]:
    """The service of that name alone; all of them when None.

    Raises:
        OpsError: there is no such service.
    """
    if service is not None and service not in NAMES:
        raise OpsError(f"There is no service {service!r}; there are {', '.join(NAMES)}.")
    return (service,) if service else NAMES


def find_system(options: Options) -> System:
    """The system that the options, the home or the environment name, in this order.

    Raises:
        OpsError: there is none.
    """
    environment = _environment(options)
    outside = {"kafka", "mongo", "urls"} & {name for name, value in environment.items() if value}
    named_home = options.home or os.environ.get("BATON_HOME")
    if outside and not named_home:
        return _outside(environment)
    return _in_home(options.the_home, options)


def _environment(options: Options) -> dict[str, object]:
    urls = {name: url for name in NAMES if (url := options.urls.get(name) or os.environ.get(f"BATON_{name.upper()}_URL"))}
    return {
        "kafka": options.kafka or os.environ.get("BATON_KAFKA"),
        "mongo": options.mongo or os.environ.get("BATON_MONGO"),
        "prefix": options.prefix or os.environ.get("BATON_PREFIX") or DEFAULT_PREFIX,
        "urls": urls,
    }


def _outside(environment: dict[str, object]) -> System:
    urls = environment["urls"]
    assert isinstance(urls, dict)
    return System(
        kafka=str(environment["kafka"] or "127.0.0.1:9092"),
        mongo=str(environment["mongo"] or "mongodb://127.0.0.1:27017/?replicaSet=rs0"),
        prefix=str(environment["prefix"]),
        urls=urls,
        pids=dict.fromkeys(NAMES),
        key=os.environ.get("BATON_JWT_KEY"),
        token=os.environ.get("BATON_TOKEN"),
        audience=os.environ.get("BATON_JWT_AUDIENCE", "baton"),
    )


def _in_home(home: Home, options: Options) -> System:
    record = home.record()
    if record is None or not record.get("addresses") or not home.runs:
        raise OpsError(f"No system runs in {home.path}; start one with: baton up --home {home.path}")
    services, addresses = record["services"], record["addresses"]
    processes = {name: Process.read(services[name].get("process")) for name in services}
    return System(
        kafka=options.kafka or addresses["kafka"],
        mongo=options.mongo or addresses["mongo"],
        prefix=options.prefix or record["prefix"],
        urls={name: services[name]["url"] for name in services} | dict(options.urls),
        pids={name: process.pid if process else None for name, process in processes.items()},
        key=home.keys()["jwt"],
        token=options.token,
        audience=record["audience"],
        mail=addresses.get("mail"),
    )
