"""What a win says, fact by fact: short texts about things, ids of people, and the customer's own words as they are sealed."""

from collections.abc import Callable, Mapping

from contracts.deals import DealClosedWon
from contracts.notifications import Substance
from contracts.values import Money
from services.notifications.policy import Fact, Group, Need, Words

WHOLE = ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF")
THOUSANDTHS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
MINOR_DIGITS = dict.fromkeys(WHOLE, 0) | dict.fromkeys(THOUSANDTHS, 3)
"""Decimal digits of a currency's minor unit where there are not two (ISO 4217)."""
LONGEST = 300
"""Characters of a fact; a longer one is cut."""


def amount(money: Money) -> str:
    """An amount in its currency's major unit, such as `4,821.00 USD`."""
    digits = MINOR_DIGITS.get(money.currency, 2)
    return f"{money.amount_minor / 10**digits:,.{digits}f} {money.currency}"


def _renewal(won: DealClosedWon) -> str | None:
    if won.terms is None:
        return None
    notice = f", {won.terms.notice_days} days' notice" if won.terms.notice_days else ""
    return ("renews by itself" if won.terms.auto_renews else "does not renew by itself") + notice


def _contact_roles(won: DealClosedWon) -> str | None:
    roles = ", ".join(dict.fromkeys(contact.role for contact in won.contacts))
    return f"{len(won.contacts)}: {roles}" if won.contacts else None


def _package(won: DealClosedWon) -> str:
    if won.package_version is None:
        return "none handed in"
    score = "not scored" if won.package_score is None else f"{won.package_score} of 100"
    return f"version {won.package_version}, {score}"


FACTS: Mapping[Fact, Callable[[DealClosedWon], str | None]] = {
    Fact.ACCOUNT: lambda won: won.account.name,
    Fact.SECTOR: lambda won: won.account.sector,
    Fact.REGION: lambda won: won.account.region,
    Fact.PRODUCT: lambda won: won.product,
    Fact.PRICE: lambda won: amount(won.price) if won.price else None,
    Fact.CLOSED_ON: lambda won: won.closed_on.isoformat(),
    Fact.STARTS_ON: lambda won: won.terms.starts_on.isoformat() if won.terms else None,
    Fact.TERM: lambda won: f"{won.terms.months} months" if won.terms else None,
    Fact.BILLING: lambda won: won.terms.billing if won.terms else None,
    Fact.RENEWAL: _renewal,
    Fact.CONFIRMED: lambda won: ", ".join(confirmation.condition for confirmation in won.confirmations) or None,
    Fact.WAIVED: lambda won: ", ".join(waiver.condition for waiver in won.waivers) or None,
    Fact.CONTACT_ROLES: _contact_roles,
    Fact.PACKAGE: _package,
    Fact.CYCLE: lambda won: str(won.cycle),
}
PEOPLE: Mapping[Group, Callable[[DealClosedWon], tuple[str, ...]]] = {
    Group.OWNER: lambda won: (won.owner_id,),
    Group.TEAM: lambda won: tuple(member.person_id for member in won.team),
    Group.CONTACTS: lambda won: tuple(contact.person_id for contact in won.contacts),
    Group.WAIVED_BY: lambda won: tuple(dict.fromkeys(waiver.by for waiver in won.waivers)),
}


def needed(won: DealClosedWon, needs: Mapping[str, Need]) -> dict[str, Substance]:
    """What each department needs of a win, as far as the win has it."""
    facts = {fact: text[:LONGEST] for fact, find in FACTS.items() if (text := find(won))}
    people = {group: ids for group, find in PEOPLE.items() if (ids := find(won))}
    words = {Words.BUYING_REASON: won.buying_reason, Words.SUCCESS_DEFINITION: won.success_definition, Words.NOTES: won.notes}
    return {
        department: Substance(
            facts={str(fact): facts[fact] for fact in need.facts if fact in facts},
            people={str(group): people[group] for group in need.people if group in people},
            sealed={str(word): said for word in need.words if (said := words[word])},
        )
        for department, need in needs.items()
    }
