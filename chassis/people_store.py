"""Looking people up for queries and for messages to them; never for a decision, which gets them in its context."""

from collections.abc import Iterable

from chassis.mongo import Database
from chassis.people import PEOPLE
from chassis.stored import Stored
from contracts.people import PersonDetails


async def find_people(database: Database, ids: Iterable[str]) -> dict[str, PersonDetails]:
    """The records of those persons that this service knows, customers' people and colleagues alike."""
    wanted, known = list(set(ids)), dict[str, PersonDetails]()
    if not wanted:
        return known
    for kind in PEOPLE:
        async for document in database[kind.collection].find({"_id": {"$in": wanted}}):
            state = Stored.read(kind, document).state
            if isinstance(state, PersonDetails):
                known[document["_id"]] = state
    return known
