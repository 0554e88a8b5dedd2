"""Recipients of notifications: they choose how they hear, and say what they have read, over HTTP and on the topic."""

import random
from collections.abc import Mapping

import httpx

from tests.chaos.clients.asking import Caller
from tests.chaos.clients.client import Client
from tests.chaos.clients.operations import Ask, OperationLog
from tests.chaos.clients.people import CHIEF, CSM, MANAGER, token
from tests.chaos.world import World

SERVICE = "notifications"
ROUTES: Mapping[str, str] = {"SetPreferences": "PUT /people/{person_id}/preferences", "MarkRead": "POST /inbox/read"}
DEPARTMENTS = ("sales", "customer_success", "finance", "product", "professional_services")
CHANNELS = (["inbox"], ["email"], ["inbox", "email"])
LOOK, SOME = 100, 10
LONGEST_DIGEST = 7 * 24 * 60
"""Minutes."""


class InboxCaller(Caller):
    """Asks over the routes of an inbox."""

    routes = ROUTES


class Recipient(Client):
    """Changes the preferences of two people, one over HTTP and one on the topic; reads the inboxes of departments.

    Nobody is ever told the same twice to choose: every choice changes something, and the last one is known. The people chosen for hear
    of nothing in these runs, so that who hears does not depend on when a choice was taken.
    """

    pause = 0.4

    def __init__(self, world: World, name: str, log: OperationLog) -> None:
        super().__init__(world, name, log)
        self.caller = InboxCaller(world, name, log, random.Random(f"{world.seed}:instances of {name}"))
        self._http = httpx.Client(timeout=5.0, trust_env=False)
        self._chosen = 0

    def run(self) -> None:
        """As every client; its connections are closed behind it."""
        super().run()
        self._http.close()

    def act(self) -> None:
        """A choice, or some of an inbox that has been read; now and then the same once more."""
        chance, over_http = self.draw.random(), self.draw.random() < 0.5
        asks = [self._choice(MANAGER if over_http else CSM)] if chance < 0.4 else self._read(over_http)
        for ask in asks:
            id_ = self.next_id()
            for _ in range(1 + (self.draw.random() < 0.1)):
                if over_http:
                    self.caller.ask(ask, id_)
                else:
                    self.publish([self.record(ask, id_)])

    def _choice(self, person: str) -> Ask:
        self._chosen += 1
        body = {"person_id": person, "channels": self.draw.choice(CHANNELS), "digest_every_minutes": self._chosen % LONGEST_DIGEST + 1}
        return Ask(SERVICE, "SetPreferences", person, body, person)

    def _read(self, over_http: bool) -> list[Ask]:
        """Some of what is unread in an inbox, by id; nothing if none can be seen that holds something."""
        for department in self.draw.sample(DEPARTMENTS, len(DEPARTMENTS)):
            inbox = f"department:{department}"
            if unread := self._unread(inbox):
                ids = self.draw.sample(unread, min(len(unread), self.draw.randint(1, SOME)))
                return [Ask(SERVICE, "MarkRead", inbox, {"of" if over_http else "person_id": inbox, "notification_ids": ids}, CHIEF)]
        return []

    def _unread(self, inbox: str) -> list[str]:
        url = self.draw.choice(self.world.services[SERVICE].urls) + "/inbox"
        try:
            wanted = {"of": inbox, "unread": "true", "limit": str(LOOK)}
            answer = self._http.get(url, params=wanted, headers={"Authorization": token(self.world, CHIEF)})
            return sorted(item["id"] for item in answer.raise_for_status().json()["items"])
        except (httpx.HTTPError, ValueError):
            return []
