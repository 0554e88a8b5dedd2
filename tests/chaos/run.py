"""One run: services and clients started, disturbed for a while, healed, settled, stopped, checked."""

import asyncio
import json
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

import httpx

from chassis.bootstrap import bootstrap
from chassis.service import Service, topic_names
from chassis.settings import Settings
from stack.errors import StackError
from tests.chaos import checking, clients
from tests.chaos.archive import archive
from tests.chaos.checking import Broken, Excuse, Violation
from tests.chaos.ground import Ground
from tests.chaos.nemesis import Arena, Nemesis, Profile, draw
from tests.chaos.running import Births, Keeper
from tests.chaos.running.deployment import JWT_KEY, PARTITIONS, SERVICES, SESSION, Deployment
from tests.chaos.running.keeper import Died
from tests.chaos.settling import Settling
from tests.chaos.watching import Watch
from tests.chaos.world import ServicePlace, World

READY = 120.0
"""Seconds that the services may take to be ready for the first time."""
Say = Callable[[str], None]


@dataclass
class Result:
    """What became of a run. `faults` and `skipped`: by kind; `operations`: by way and what the client was told.

    `excuses`: dead letters that are no violations, because faults explain them. `looks`: how often offsets were compared with fences.
    `deepest`: the most records that waited in an outbox for the broker to come back. `settled_after`, `took`: seconds.
    """

    seed: int
    profile: str
    seconds: float
    folder: Path
    faults: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    operations: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)
    excuses: list[Excuse] = field(default_factory=list)
    died: list[Died] = field(default_factory=list)
    looks: int = 0
    deepest: int = 0
    settled_after: float = 0.0
    took: float = 0.0


class Run:
    """One run on ground that is there. `folder`: of the run, for everything that is written down."""

    def __init__(self, ground: Ground, births: Births, seed: int, seconds: float, profile: Profile, folder: Path, say: Say) -> None:
        self._ground, self._profile, self._folder, self._say = ground, profile, folder, say
        self._schedule = draw(seed, seconds, profile)
        self.result = Result(seed, profile.name, seconds, folder)
        logs = folder / "logs"
        logs.mkdir(parents=True)
        self.deployment = Deployment(ground, births, f"chaos{seed}x", logs)
        self._services: dict[str, Service] = {name: import_module(f"services.{name}.app").SERVICE for name in SERVICES}

    def go(self) -> Result:
        """Do all of it. What is wrong is in the outcome's violations, each with the ids that show it.

        Raises:
            StackError: a server does not come back.
        """
        began = time.monotonic()
        try:
            self._go()
        except StackError:
            raise
        except Exception as error:  # of the clients, mostly: the run shows nothing then, and must not pass for one that showed all
            (self._folder / "failure.txt").write_text(traceback.format_exc())
            self._violate(Broken.RUN, [repr(error)])
        self.result.took = time.monotonic() - began
        return self.result

    def _go(self) -> None:
        self._bootstrap()
        with Keeper(self.deployment.slots()) as keeper:
            world = self._ready(keeper)
            with Watch(world, self._reads()) as watch:
                self._disturbed(world, keeper)
                self._settle(world, keeper)
                self._stop(keeper)
            self._judge(watch)
            self.result.died = keeper.died
            self._violate(Broken.ENDED, (f"{died.slot} with {died.code}: {died.words[-400:]}" for died in keeper.died))
        self._keep_mail()
        self._check()
        log = self._folder / "clients.jsonl"
        self.result.operations = operations(log)
        self._violate(Broken.RUN, (f"the client {name} never tried anything" for name in clients.idle(log, self.result.seconds)))
        if self.result.violations:
            archive(world, self._folder / "archive")

    # ---- its parts --------------------------------------------------------------------------------------------

    def _bootstrap(self) -> None:
        addresses = self._ground.addresses
        where = {"kafka": addresses.kafka, "mongo": addresses.mongo, "prefix": self.deployment.prefix, "partitions": PARTITIONS}
        settings = Settings.model_validate({**where, "session_timeout": SESSION})
        asyncio.run(bootstrap(list(self._services.values()), settings))

    def _ready(self, keeper: Keeper) -> World:
        """Wait until all services are ready; returns the record of the run."""
        began = time.monotonic()
        world = self._world()
        world.write(self._folder)
        with self._settling(world, keeper) as settling:
            if hangs := settling.wait(READY):
                raise RuntimeError(f"the services did not become ready: {'; '.join(hangs[:5])}")
        self._say(f"ready after {time.monotonic() - began:.1f} s")
        return world

    def _disturbed(self, world: World, keeper: Keeper) -> None:
        """Work and be disturbed; returns when all is healed and the clients have come to their end."""
        workload = clients.start(world, world.seed, self._folder / "clients.jsonl")
        arena = Arena(self._ground, keeper, workload, self.deployment.extras)
        nemesis = Nemesis(arena, self._folder / "faults.jsonl", self._say)
        nemesis.run(self._schedule, self.result.seconds)
        self._say(f"{self.result.seconds:6.2f} s  healed")
        began = time.monotonic()
        self._violate(Broken.UNSETTLED, workload.stop())
        self._say(f"quiet after {time.monotonic() - began:.1f} s")
        self.result.faults, self.result.skipped, self.result.deepest = nemesis.done, nemesis.skipped, arena.deepest
        self._violate(Broken.NEMESIS, nemesis.failed)
        self._violate(Broken.DISORDER, arena.wrongs)

    def _settle(self, world: World, keeper: Keeper) -> None:
        began = time.monotonic()
        with self._settling(world, keeper) as settling:
            self._violate(Broken.UNSETTLED, settling.wait())
            last = settling.last
        self.result.settled_after = time.monotonic() - began
        self._say(f"settled after {self.result.settled_after:.1f} s; waited for last: {last}")

    def _stop(self, keeper: Keeper) -> None:
        began = time.monotonic()
        self._violate(Broken.DISORDER, keeper.finish())
        self._say(f"stopped after {time.monotonic() - began:.1f} s")

    def _judge(self, watch: Watch) -> None:
        """A watch that saw nothing is a violation too."""
        self.result.looks = watch.looks
        self._say(f"offsets compared with fences {watch.looks} times; a server did not answer {watch.blind} times")
        self._violate(Broken.FENCE, map(str, watch.found.values()))
        self._violate(Broken.RUN, filter(None, [watch.shortcoming()]))

    def _check(self) -> None:
        """A checker that fails is a violation too: nobody knows then that there is none."""
        began = time.monotonic()
        try:
            verdict = checking.check(self._folder)
            self.result.violations += verdict.violations
            self.result.excuses += verdict.excuses
        except Exception as error:
            (self._folder / "failure.txt").write_text(traceback.format_exc())
            self._violate(Broken.CHECKER, [repr(error)])
        self._say(f"checked after {time.monotonic() - began:.1f} s")

    def _settling(self, world: World, keeper: Keeper) -> Settling:
        return Settling(world, self._reads(), lambda: {slot.name: slot.unready() for slot in keeper.slots})

    def _reads(self) -> dict[str, list[str]]:
        """The topics that each service subscribes to, by name on the broker."""
        prefix = self.deployment.prefix
        return {name: sorted(topic_names(service.subscribed, prefix)) for name, service in self._services.items()}

    def _world(self) -> World:
        addresses, prefix = self._ground.addresses, self.deployment.prefix
        places = {
            name: ServicePlace(self.deployment.urls(name), service.database(prefix), service.group(prefix))
            for name, service in self._services.items()
        }
        return World(
            self.result.seed,
            self.result.seconds,
            prefix,
            PARTITIONS,
            addresses.kafka,
            addresses.mongo,
            JWT_KEY,
            places,
            bool(self._schedule),
            addresses.mail,
        )

    def _keep_mail(self) -> None:
        """What the mail catcher got in this run; it forgets it then."""
        with httpx.Client(base_url=self._ground.addresses.mail, trust_env=False, timeout=30) as client:
            mails = client.get("/messages", params={"limit": 1_000_000}).json()
            (self._folder / "mail.jsonl").write_text("".join(json.dumps(mail) + "\n" for mail in mails))
            client.delete("/messages").raise_for_status()

    def _violate(self, kind: str, whats: Iterable[str]) -> None:
        self.result.violations += [Violation(kind, what) for what in whats]


def operations(log: Path) -> Counter[str]:
    """How many tries of the clients came to what, by way: `http acknowledged` and so on."""
    counted: Counter[str] = Counter()
    with log.open() as lines:
        for line in lines:
            operation = json.loads(line)
            counted[f"{operation['way']} {operation['told']}"] += 1
    return counted
