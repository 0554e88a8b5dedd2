"""Whom a role or a department means for one deal: the places of the policy, one after the other, until one names somebody."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from contracts.notifications import Audience
from services.notifications.domain import DEPARTMENT_PREFIX, Directory, KnownDeal
from services.notifications.policy import NotificationsPolicy, Place

Found = tuple[tuple[str, Audience], ...]


@dataclass(frozen=True)
class Addressing:
    """Finds recipients for one deal of one account."""

    policy: NotificationsPolicy
    directory: Directory
    deal: KnownDeal | None
    account_id: str

    def find(self, name: str) -> Found:
        """Recipient ids of those who fill a role or make up a department; empty where nobody could be found.

        Who is not recorded as a colleague, such as one who was erased, counts only where no place names anybody else.
        """
        named: Found = ()
        for place in self.policy.look_in:
            if found := self._look(place, name):
                if reachable := tuple(one for one in found if self._is_reachable(*one)):
                    return reachable
                named = named or found
        return named

    def _is_reachable(self, recipient_id: str, audience: Audience) -> bool:
        return audience is Audience.DEPARTMENT or recipient_id in self.directory.known

    def _look(self, place: Place, name: str) -> Found:
        match place:
            case Place.DEAL_TEAM:
                return self._filling(self.deal.team if self.deal else {}, name)
            case Place.ACCOUNT_TEAM:
                return self._filling(self.directory.teams.get(self.account_id, {}), name)
            case Place.COLLEAGUES:
                people = {*self.directory.by_role.get(name, ()), *self.directory.by_department.get(name, ())}
                return _colleagues(sorted(people)) if len(people) <= self.policy.colleagues_at_most else ()
            case Place.MAILBOX:
                department = self.policy.roles.get(name, name)
                return ((DEPARTMENT_PREFIX + department, Audience.DEPARTMENT),) if department in self.policy.mailboxes else ()

    def _filling(self, team: Mapping[str, tuple[str, ...]], name: str) -> Found:
        roles = (name, *self.policy.roles_of.get(name, ()))
        return _colleagues(dict.fromkeys(person for role in roles if role in team for person in team[role]))


def _colleagues(people: Iterable[str]) -> Found:
    return tuple([(person, Audience.COLLEAGUE) for person in people])
