"""The handover package: handed in version by version, and scored by onboarding."""

from chassis.context import Context
from chassis.decision import Decision, Row
from contracts.deals import Package, PackageContent, Promise, PromiseRequest, SubmitPackage
from contracts.onboarding import PackageScored
from services.deals.domain import Deal, PackageScore, facts
from services.deals.domain.rows import PACKAGES
from services.deals.handlers.permission import known, permit, sealed, sealed_all
from services.deals.policy import DealsPolicy


def submit_package(deal: Deal | None, command: SubmitPackage, context: Context[DealsPolicy]) -> Decision[Deal]:
    """The next version of the package, its text sealed under the key of the person who hands it in.

    Raises:
        Forbidden: it has text, and nobody in particular hands it in.
        DealIsClosed: the deal is lost.
    """
    permit(context, context.policy.permissions.submit_package)
    handed_in = known(deal, command.deal_id).hand_in_package()
    package = _sealed_package(handed_in, command.package, context)
    event = facts.submitted(handed_in, package, context.actor.id)
    content = event.model_dump(mode="json", include={"deal_id", "package_version", "package", "submitted_by"})
    row = Row(PACKAGES, f"{handed_in.deal_id}:{handed_in.package_version}", content | {"submitted_at": context.now.isoformat()})
    return Decision(handed_in, events=[event], rows=[row])


def record_score(deal: Deal | None, scored: PackageScored, context: Context[DealsPolicy]) -> Decision[Deal] | None:
    """What onboarding says of a version; an older version's score is nothing to do, one ahead of the deal is kept for its time."""
    deal = known(deal, scored.deal_id)
    gaps = tuple(dict.fromkeys(gap.section for gap in scored.gaps))
    score = PackageScore(version=scored.package_version, score=scored.score, threshold=scored.threshold, gaps=gaps)
    graded = deal.take_score(score)
    return None if graded == deal else Decision(graded)


def _sealed_package(deal: Deal, content: PackageContent, context: Context[DealsPolicy]) -> Package:
    return Package(
        pain_points=sealed_all(context, content.pain_points),
        goals=sealed_all(context, content.goals),
        stakeholders=content.stakeholders,
        expectations=sealed_all(context, content.expectations),
        buying_reason=deal.buying_reason,
        success_definition=deal.success_definition,
        roi_analysis=sealed(context, content.roi_analysis),
        requests=sealed_all(context, content.requests),
        promises=tuple(_sealed_promise(promise, context) for promise in content.promises),
        perceptions=sealed(context, content.perceptions),
        solution_document=content.solution_document,
    )


def _sealed_promise(promise: PromiseRequest, context: Context[DealsPolicy]) -> Promise:
    text = context.seal(context.named_person(), promise.text)
    return Promise(kind=promise.kind, text=text, owner_id=promise.owner_id, due_on=promise.due_on)
