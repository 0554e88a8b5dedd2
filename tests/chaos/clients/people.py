"""The people of a run: colleagues with their roles and tokens, the customer's people, and how both are made known before it begins."""

import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx
from pymongo import MongoClient

from chassis.tokens import issue
from tests.chaos.world import World

CHIEF, MANAGER, CSM = "chief", "manager", "csm"
ROLES: Mapping[str, list[str]] = {CHIEF: ["operator"], MANAGER: ["sales_manager"], CSM: ["csm"]}
CONTACTS = tuple(f"contact-{n}" for n in range(8))
CONTACT_ROLES = ("decision_maker", "champion", "influencer", "procurement")
DEADLINE = 60.0
"""Seconds within which everybody must be known everywhere; nothing is disturbed yet."""
COPIES = {"deals": "colleagues", "onboarding": "colleagues", "feedback": "customers", "notifications": "customers"}


def token(world: World, who: str) -> str:
    """A bearer token of one of the colleagues."""
    return "Bearer " + issue(world.jwt_key, who, ROLES[who], "baton", timedelta(hours=2))


def introduce(world: World) -> None:
    """Record everybody, and wait until every service that needs them knows them: text is sealed under their keys.

    Raises:
        TimeoutError: they are not known in time.
    """
    deadline = time.monotonic() + DEADLINE
    for who, roles in ROLES.items():
        _put(
            world,
            "notifications",
            who,
            {"name": who, "email": f"{who}@baton.example", "roles": [r for r in roles if r != "operator"]},
            deadline,
        )
    for contact in CONTACTS:
        _put(world, "deals", contact, {"name": contact, "email": f"{contact}@customer.example"}, deadline)
    _await_copies(world, deadline)


def _put(world: World, service: str, person: str, told: dict[str, Any], deadline: float) -> None:
    headers = {"Authorization": token(world, CHIEF)}
    while True:
        try:
            url = f"{world.services[service].urls[0]}/people/{person}"
            answer = httpx.put(url, json=told, headers=headers, timeout=10, trust_env=False)
            if answer.status_code == httpx.codes.OK:
                return
            reason = answer.text
        except httpx.TransportError as error:
            reason = repr(error)
        _pause(deadline, f"{person} could not be recorded at {service}: {reason}")


def _await_copies(world: World, deadline: float) -> None:
    """No route of onboarding's shows whom it knows: its database is asked."""
    client: MongoClient[dict[str, Any]] = MongoClient(world.mongo)
    try:
        for service, collection in COPIES.items():
            wanted = list(ROLES if collection == "colleagues" else CONTACTS)
            known = client[world.services[service].database][collection]
            while known.count_documents({"_id": {"$in": wanted}}) < len(wanted):
                _pause(deadline, f"{service} does not know all {collection}")
    finally:
        client.close()


def _pause(deadline: float, what: str) -> None:
    if time.monotonic() > deadline:
        raise TimeoutError(what)
    time.sleep(0.05)
