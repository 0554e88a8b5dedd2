"""The directory's snapshot, loaded whole: account teams, and who of the colleagues has which role in which department."""

from collections.abc import Mapping
from typing import Any

from chassis.aggregate import Aggregate
from chassis.mongo import Database, Session
from chassis.people import COLLEAGUES
from chassis.stored import F, Unreadable, field
from services.notifications.domain import Directory
from services.notifications.store.aggregates import TEAM


async def load_directory(db: Database, session: Session | None = None) -> Directory:
    """The directory as the database has it.

    Raises:
        Unreadable: a document of it is not what it should be.
    """
    teams = {document["_id"]: _said(TEAM, document, "members", dict) async for document in db[TEAM.collection].find({}, session=session)}
    by_role: dict[str, list[str]] = {}
    by_department: dict[str, list[str]] = {}
    departments: dict[str, str] = {}
    known: set[str] = set()
    shown = {"state.roles": 1, "state.department": 1}
    async for document in db[COLLEAGUES.collection].find({}, shown, session=session).sort("_id", 1):
        known.add(document["_id"])
        for role in _said(COLLEAGUES, document, "roles", list):
            by_role.setdefault(role, []).append(document["_id"])
        if department := document["state"].get("department"):
            by_department.setdefault(department, []).append(document["_id"])
            departments[document["_id"]] = department
    return Directory(
        {account: {role: tuple(people) for role, people in members.items()} for account, members in teams.items()},
        {role: tuple(people) for role, people in by_role.items()},
        {department: tuple(people) for department, people in by_department.items()},
        departments,
        frozenset(known),
    )


def _said(kind: Aggregate[Any], document: Mapping[str, Any], name: str, wanted: type[F]) -> F:
    try:
        return field(field(document, "state", dict), name, wanted)
    except Unreadable as error:
        raise Unreadable(f"{kind.collection} {document['_id']!r} cannot be read: {error}") from None
