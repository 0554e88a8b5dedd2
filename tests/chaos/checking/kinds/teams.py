"""Account teams: one client writes each role, with a person whom nobody named before, so the last word on it is known."""

from collections.abc import Iterator

from tests.chaos.checking.evidence import Evidence
from tests.chaos.checking.models.history import Said, commands
from tests.chaos.checking.violation import Broken, Violation

SERVICE = "notifications"


def judge(evidence: Evidence) -> Iterator[Violation]:
    """Each role is filled by the last command about it, and each command has changed the team once."""
    if SERVICE not in evidence.run.services:
        return
    documents = evidence.run.services[SERVICE].all("teams")
    for account, some in commands(evidence, SERVICE).items():
        said = [one for one in some if one.command.name == "AssignAccountTeam"]
        if not said:
            continue
        document = documents.get(account)
        members = document["state"]["members"] if document else {}
        last: dict[str, Said] = {}
        for one in sorted(said, key=_turn):
            last |= dict.fromkeys(one.command.body["members"], one)
        for role, one in last.items():
            if members.get(role) != one.command.body["members"][role]:
                what = f"the team of {account} has {members.get(role)} as {role}, and must have {one.command.body['members'][role]}"
                yield Violation(Broken.STATE, what, (one.id,))
        if document and document["applied"] != len(said):
            what = f"the team of {account} was changed {document['applied']} times, and by {len(said)} commands"
            yield Violation(Broken.STATE, what, (account, *(one.id for one in said[-3:])))


def _turn(said: Said) -> tuple[int, float]:
    """Commands of one client over one way: by offset, or by when they were asked for first."""
    return (said.place[2], 0.0) if said.place else (0, said.sent_at)
