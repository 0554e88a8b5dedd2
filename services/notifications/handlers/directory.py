"""The directory: colleagues recorded and erased, account teams assigned, by those whom the policy lets do it."""

from typing import Any

from chassis import people
from chassis.context import Context
from chassis.decision import Decision
from chassis.people import ErasePerson, RecordColleague
from contracts.notifications import AssignAccountTeam
from contracts.people import ColleagueRecorded
from services.notifications.domain import Team
from services.notifications.handlers.permission import permit
from services.notifications.policy import NotificationsPolicy


def record_colleague(
    colleague: ColleagueRecorded | None, command: RecordColleague, context: Context[NotificationsPolicy]
) -> Decision[ColleagueRecorded] | None:
    """A colleague as told; the sealing key stays the one they had."""
    permit(context, context.policy.permissions.record_colleagues)
    return people.record_colleague(colleague, command, context)


def erase_colleague(
    colleague: ColleagueRecorded | None, command: ErasePerson, context: Context[NotificationsPolicy]
) -> Decision[Any] | None:
    """Erase a colleague here and, by the tombstone, everywhere."""
    permit(context, context.policy.permissions.erase_colleagues)
    return people.erase_colleague(colleague, command, context)


def assign_account_team(team: Team | None, command: AssignAccountTeam, context: Context[NotificationsPolicy]) -> Decision[Team] | None:
    """The roles that the command names are filled as it says; the others stay."""
    permit(context, context.policy.permissions.assign_teams)
    assigned = (team or Team(account_id=command.account_id)).assign(command.members)
    return None if assigned == team or (team is None and not assigned.members) else Decision(assigned)
