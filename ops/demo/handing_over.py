"""Scenes of a handover: packages returned and accepted, steps done by those whose part they are, kick-offs booked and held."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from ops.asking import asking
from ops.demo.cast import CSM, ENGINEER, ONBOARDING_MANAGER, Customer, in_role
from ops.demo.selling import full_package, submission
from ops.demo.stage import Stage

RETURNED = 5
"""Packages that the receiver gives back."""


async def accept_all(stage: Stage, live: Sequence[Any], won: Sequence[str], buyers: dict[str, Customer]) -> None:
    """Some packages go back to sales and come again, better; then all are accepted. Raises: OpsError."""
    returned = live[:RETURNED]
    reason = {"reason": "Who signs off the go-live is not said.", "sections": ["stakeholders"]}
    await stage.do("onboarding", CSM, [{"type": "ReturnHandover", "deal_id": deal["deal_id"], **reason} for deal in returned])
    await stage.do("deals", ENGINEER, [submission(deal, full_package(deal, buyers)) for deal in returned])
    ids = {deal["deal_id"] for deal in returned}

    async def back() -> bool:
        there = await stage.all_of("onboarding", "/handovers", state="returned")
        return not ids & {handover["deal_id"] for handover in there}

    await stage.until("Returned packages are open again", back)
    stage.tell(f"{len(returned)} packages are returned with a reason, made better, and are open again")
    accepted = await stage.do("onboarding", CSM, [{"type": "AcceptHandover", "deal_id": id} for id in won])
    stage.tell(f"{accepted} packages are accepted by {CSM.name}")


async def do_steps(stage: Stage, won: Sequence[str]) -> int:
    """Every step of the template, for every deal, by the first of those who may; returns how many steps there are. Raises: OpsError."""
    async with asking(stage.system, "onboarding") as onboarding:
        steps = (await onboarding.get("/template"))["steps"]
    for role, mine in groupby(steps, key=lambda step: str(step["may_complete"][0])):
        names = [step["step"] for step in mine]
        commands = [{"type": "CompleteStep", "deal_id": id, "step": name, "role": role} for name in names for id in won]
        done = await stage.do("onboarding", in_role(role), commands)
        stage.tell(f"{done:>5} steps by {in_role(role).name} ({role}): {', '.join(names)}")
    return len(steps)


async def kick_off(stage: Stage, won: Sequence[str]) -> None:
    """Kick-offs are booked, and held. Raises: OpsError."""
    at = datetime.now(UTC) + timedelta(minutes=5)
    await stage.do("onboarding", ONBOARDING_MANAGER, [{"type": "BookKickoff", "deal_id": id, "at": at.isoformat()} for id in won])
    held = datetime.now(UTC)
    notes = {"held_at": held.isoformat(), "notes": "All were there."}
    await stage.do("onboarding", ONBOARDING_MANAGER, [{"type": "HoldKickoff", "deal_id": id, **notes} for id in won])
    stage.tell(f"{len(won)} kick-offs are booked and held")
