"""The directory's snapshot, loaded whole: account teams, and who of the colleagues has which role in which department."""

from chassis.mongo import Database, Session
from chassis.people import COLLEAGUES
from services.notifications.domain import Directory
from services.notifications.store.aggregates import TEAM


async def load_directory(db: Database, session: Session | None = None) -> Directory:
    """The directory as the database has it."""
    teams = {document["_id"]: document["state"]["members"] async for document in db[TEAM.collection].find({}, session=session)}
    by_role: dict[str, list[str]] = {}
    by_department: dict[str, list[str]] = {}
    departments: dict[str, str] = {}
    known: set[str] = set()
    shown = {"state.roles": 1, "state.department": 1}
    async for document in db[COLLEAGUES.collection].find({}, shown, session=session).sort("_id", 1):
        known.add(document["_id"])
        for role in document["state"]["roles"]:
            by_role.setdefault(role, []).append(document["_id"])
        if department := document["state"]["department"]:
            by_department.setdefault(department, []).append(document["_id"])
            departments[document["_id"]] = department
    return Directory(
        {account: {role: tuple(people) for role, people in members.items()} for account, members in teams.items()},
        {role: tuple(people) for role, people in by_role.items()},
        {department: tuple(people) for department, people in by_department.items()},
        departments,
        frozenset(known),
    )
