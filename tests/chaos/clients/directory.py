"""Whoever keeps the directory: account teams, role by role. One client writes a role, so that the last word on it is known."""

from tests.chaos.clients.client import Client
from tests.chaos.clients.operations import Ask

ACCOUNTS = 4


class Directory(Client):
    """Fills one role of every account, on the topic; the name of the client is the role."""

    pause = 0.25
    over_http = 0.0

    def act(self) -> None:
        """Somebody whom nobody named before fills the role of an account."""
        account = f"account-{self.draw.randrange(ACCOUNTS)}"
        members = {self.name.replace("-", "_"): [f"{self.name}.{self._asked}"]}
        body = {"account_id": account, "members": members}
        self.ask(Ask("notifications", "AssignAccountTeam", account, body), over_http=self.over_http)


class DirectoryOverHttp(Directory):
    """The same over HTTP."""

    over_http = 1.0
