"""Account teams over HTTP: who fills which role for an account."""

from fastapi import APIRouter

from chassis.http import Caller, Database, Problem, commands
from contracts.notifications import AssignAccountTeam
from contracts.values import Id
from services.notifications.http.views import TeamView
from services.notifications.store.queries import find_team

router = APIRouter(tags=["directory"])
commands(router, {"PUT /accounts/{account_id}/team": AssignAccountTeam})


@router.get("/accounts/{account_id}/team")
async def read_team(account_id: Id, db: Database, caller: Caller) -> TeamView:
    """An account's team, by role."""
    team = await find_team(db, account_id)
    if team is None:
        raise Problem(404, "team_unknown", f"no team is assigned to the account {account_id!r}", field="account_id")
    return TeamView.model_validate(team)
