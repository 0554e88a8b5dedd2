"""The people of the demo: colleagues with their roles, and one person of each customer's."""

from collections.abc import Iterable
from dataclasses import dataclass

from ops.importing.names import slug


@dataclass(frozen=True)
class Colleague:
    """Somebody who acts in the demo, with the roles that their token names."""

    name: str
    roles: tuple[str, ...]
    department: str

    @property
    def person_id(self) -> str:
        """Their id."""
        return slug(self.name)

    def line(self) -> dict[str, object]:
        """As the directory takes it."""
        address = f"{self.person_id}@baton.example"
        who = {"type": "RecordColleague", "person_id": self.person_id, "name": self.name, "email": address}
        return {**who, "roles": list(self.roles), "department": self.department}


REP = Colleague("Sam Rivera", ("sales_rep",), "sales")
MANAGER = Colleague("Dana Reyes", ("sales_manager",), "sales")
ENGINEER = Colleague("Iris Holm", ("sales_engineer",), "presales")
LAWYER = Colleague("Noor Said", ("legal",), "legal")
CONTROLLER = Colleague("Petra Blum", ("finance",), "finance")
CSM = Colleague("Cleo Marsh", ("csm",), "customer_success")
EXECUTIVE = Colleague("Tom Okafor", ("cs_executive",), "customer_success")
ONBOARDER = Colleague("Ravi Menon", ("onboarding_rep",), "professional_services")
ONBOARDING_MANAGER = Colleague("Ulla Berg", ("onboarding_manager",), "professional_services")
CAST = (REP, MANAGER, ENGINEER, LAWYER, CONTROLLER, CSM, EXECUTIVE, ONBOARDER, ONBOARDING_MANAGER)


def in_role(role: str) -> Colleague:
    """Who acts in a role."""
    return next(colleague for colleague in CAST if role in colleague.roles)


@dataclass(frozen=True)
class Customer:
    """The customer's person who decides, and is asked in the end."""

    account_id: str

    @property
    def person_id(self) -> str:
        """Their id."""
        return f"buyer-{slug(self.account_id)}"

    def told(self) -> dict[str, str]:
        """As deals takes it."""
        return {"name": f"The buyer of {self.account_id}", "email": f"{self.person_id}@customer.example", "account_id": self.account_id}


def customers(account_ids: Iterable[str]) -> dict[str, Customer]:
    """A person of each account's, by account."""
    return {account: Customer(account) for account in sorted(set(account_ids))}
