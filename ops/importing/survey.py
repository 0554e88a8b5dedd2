"""A first pass over the export: how many rows there are, which colleagues they name, and who makes up each account's team."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ops.importing.names import slug
from ops.importing.rows import Row, Waiving


@dataclass
class Colleague:
    """Somebody whom the export names. `roles`: those in which rows name them."""

    name: str
    roles: set[str] = field(default_factory=set)
    email: str | None = None

    def shape(self) -> dict[str, Any]:
        """As the directory takes it."""
        line = {"type": "RecordColleague", "person_id": slug(self.name), "name": self.name, "roles": sorted(self.roles)}
        return line | ({"email": self.email} if self.email else {})


@dataclass
class Survey:
    """What the pass found. `teams`: by account's id, names of people by role, in the order in which rows name them."""

    rows: int = 0
    colleagues: dict[str, Colleague] = field(default_factory=dict)
    teams: dict[str, dict[str, dict[str, None]]] = field(default_factory=dict)
    needs_waiver: bool = False

    def note(self, row: Row) -> None:
        """Take a row into account; one that is not taken names nobody."""
        self.rows += 1
        if row.command is None:
            return
        self.needs_waiver = self.needs_waiver or bool(row.command.waivers)
        for role, name in row.colleagues.items():
            colleague = self.colleagues.setdefault(slug(name), Colleague(name))
            colleague.roles |= {role} - {""}
            colleague.email = colleague.email or row.emails.get(role)
        team = self.teams.setdefault(row.command.account.account_id, {}) if row.account_team else {}
        for role, name in row.account_team.items():
            team.setdefault(role, {})[slug(name)] = None

    def add(self, waiving: Waiving) -> None:
        """The person who waives is a colleague too."""
        self.colleagues.setdefault(waiving.person_id, Colleague(waiving.name))

    def team_lines(self) -> list[dict[str, Any]]:
        """The accounts' teams as the directory takes them."""
        return [
            {"type": "AssignAccountTeam", "account_id": account, "members": {role: list(people) for role, people in team.items()}}
            for account, team in self.teams.items()
        ]


def survey(rows: Iterable[Row], waiving: Waiving | None) -> Survey:
    """What the rows hold together."""
    found = Survey()
    for row in rows:
        found.note(row)
    if waiving:
        found.add(waiving)
    return found
