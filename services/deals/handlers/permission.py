"""Who may do what: roles against the policy, and waivers against the person who gives them."""

from collections.abc import Iterable, Mapping

from chassis.context import Context
from chassis.decision import Forbidden, Invalid
from chassis.tokens import OPERATOR
from contracts.deals import Waiver, WaiverRequest
from contracts.values import SealedText
from services.deals.domain import Deal, DealUnknown
from services.deals.policy import DealsPolicy


def permit(context: Context[DealsPolicy], roles: frozenset[str]) -> None:
    """Let the caller pass if their token has one of the roles. A command that comes without a token is taken as its source claims.

    Raises:
        Forbidden: the token has none of them.
    """
    if context.actor.verified:
        _demand_role(context, roles)


def known(deal: Deal | None, deal_id: str) -> Deal:
    """The deal. Raises: DealUnknown."""
    if deal is None:
        raise DealUnknown(f"there is no deal {deal_id!r}", field="deal_id")
    return deal


def sealed(context: Context[DealsPolicy], text: str | None) -> SealedText | None:
    """Free text under the key of the person who asks; None stays None.

    Raises:
        Forbidden: nobody in particular asks, so there is no key to seal it under.
        PersonUnknown: no record of the person has reached this service.
    """
    return None if text is None else context.seal(context.named_person(), text)


def sealed_all(context: Context[DealsPolicy], texts: Iterable[str]) -> tuple[SealedText, ...]:
    """As `sealed`, each of them."""
    return tuple(context.seal(context.named_person(), text) for text in texts)


def granted(context: Context[DealsPolicy], requests: tuple[WaiverRequest, ...]) -> tuple[Waiver, ...]:
    """The waivers that are asked for, each by a named person and with its reason sealed under that person's key.

    Raises:
        Forbidden: no token came along; its roles may not waive; or it is another person's name and not an operator who asks.
        Invalid: a condition is waived twice.
        PersonUnknown: no record of the person who waives has reached this service.
    """
    if not requests:
        return ()
    caller = context.named_person()
    _demand_role(context, context.policy.waiver_roles)
    if len({request.condition for request in requests}) < len(requests):
        raise Invalid("a condition is waived twice", field="waivers")
    if OPERATOR not in context.actor.roles and any(request.by not in (None, caller) for request in requests):
        raise Forbidden("only an operator may waive in another person's name", field="waivers")
    told = dict.fromkeys((request.by or caller, request.reason) for request in requests)
    reasons = {(by, reason): context.seal(by, reason) for by, reason in told}  # an import gives one reason for all four
    return tuple(_waiver(context, request, request.by or caller, reasons) for request in requests)


def _waiver(context: Context[DealsPolicy], request: WaiverRequest, by: str, reasons: Mapping[tuple[str, str], SealedText]) -> Waiver:
    return Waiver(condition=request.condition, by=by, reason=reasons[by, request.reason], at=context.now)


def _demand_role(context: Context[DealsPolicy], roles: frozenset[str]) -> None:
    if context.actor.roles.isdisjoint(roles | {OPERATOR}):
        raise Forbidden(f"this needs one of the roles {', '.join(sorted(roles))}")
