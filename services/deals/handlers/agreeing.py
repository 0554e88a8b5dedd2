"""What is learnt and agreed during the sale: the customer's people, why they buy, terms and price."""

from chassis.context import Context
from chassis.decision import Decision, Invalid, PersonUnknown
from contracts.deals import AddContact, RecordBuyingReason, SetTerms
from contracts.people import ColleagueRecorded
from services.deals.domain import Deal, facts
from services.deals.handlers.permission import known, permit, sealed
from services.deals.policy import DealsPolicy


def add_contact(deal: Deal | None, command: AddContact, context: Context[DealsPolicy]) -> Decision[Deal] | None:
    """One of the customer's people takes part, in a role.

    Raises:
        PersonUnknown: nobody recorded the person.
        Invalid: the person is a colleague.
        DealIsClosed: the deal is lost.
        TooManyContacts: the policy's limit is reached.
    """
    permit(context, context.policy.permissions.add_contact)
    deal = known(deal, command.deal_id)
    person = context.people.get(command.contact.person_id)
    if person is None:
        raise PersonUnknown(f"no person {command.contact.person_id!r} is recorded: record the person first", field="contact.person_id")
    if isinstance(person, ColleagueRecorded):
        raise Invalid(f"{person.person_id!r} is a colleague; contacts are the customer's people", field="contact.person_id")
    added = deal.add_contact(command.contact, context.policy.contacts_at_most)
    return None if added is deal else Decision(added, events=[facts.contact_added(added)])


def record_buying_reason(deal: Deal | None, command: RecordBuyingReason, context: Context[DealsPolicy]) -> Decision[Deal] | None:
    """Why the customer buys and what success means to them (R4), sealed under the key of the person who writes it.

    Raises:
        Invalid: neither is given.
        Forbidden: nobody in particular writes it.
        DealIsClosed: the deal is lost.
    """
    permit(context, context.policy.permissions.record_buying_reason)
    deal = known(deal, command.deal_id)
    if command.buying_reason is None and command.success_definition is None:
        raise Invalid("neither a buying reason nor a definition of success is given", field="buying_reason")
    explained = deal.explain(sealed(context, command.buying_reason), sealed(context, command.success_definition))
    return Decision(explained, events=[facts.explained(explained)])


def set_terms(deal: Deal | None, command: SetTerms, context: Context[DealsPolicy]) -> Decision[Deal] | None:
    """Terms, price or product as agreed. On a won deal it is a correction; the close is not told again.

    Raises:
        Invalid: none of them is given.
        DealIsClosed: the deal is lost.
    """
    permit(context, context.policy.permissions.set_terms)
    deal = known(deal, command.deal_id)
    if command.terms is None and command.price is None and command.product is None:
        raise Invalid("neither terms nor a price nor a product is given", field="terms")
    agreed = deal.agree(command.terms, command.price, command.product)
    return None if agreed is deal else Decision(agreed, events=[facts.terms_set(agreed)])
