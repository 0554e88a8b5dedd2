"""Ways to break details of a recorded run: deals against their rules, a team's count, timers that stand otherwise than their aggregate.

For each: words of the violation, an id that must show it, and the smallest change that does it.
"""

from tests.chaos.recorded.breaks import Break, document, drop, forget
from tests.chaos.recorded.recording import DEAL, TEAM, WON, Recording


def _refused(recording: Recording) -> None:
    recording.command("deals.commands", "no-deal", "SetTerms", {"deal_id": "no-deal", "product": "P"}, "asked")
    told = {"deal_id": "no-deal", "command": "SetTerms", "code": "deal_exists"}
    recording.told("deals.events", "no-deal", "DealCommandRefused", told, "asked")


def _wrong_way_round(recording: Recording) -> None:
    for id_ in ("first", "second"):
        recording.command("deals.commands", DEAL, "SetTerms", {"deal_id": DEAL, "product": id_}, id_)
    for number, id_ in enumerate(("second", "first"), 3):
        recording.told("deals.events", DEAL, "DealTermsSet", {"deal_id": DEAL, "product": id_}, id_, number)


def _score_unknown(recording: Recording) -> None:
    recording.command("deals.commands", DEAL, "SubmitPackage", {"deal_id": DEAL, "package": {}}, "package")
    about = {"deal_id": DEAL, "account_id": TEAM, "cycle": 1, "package_version": 1}
    recording.told("deals.events", DEAL, "PackageSubmitted", {**about, "package": {}}, "package", 3)
    scored = {**about, "score": 0, "threshold": 50}
    recording.told("onboarding.events", DEAL, "PackageScored", scored, "PackageSubmitted-deal-1--package", 1)


BROKEN: dict[str, tuple[str, str, Break]] = {
    "a deal that is gone": ("deal deal-1 does not exist, against the rules", DEAL, lambda r: forget(r, "deals", "deals", DEAL)),
    "a deal that is not there and refuses otherwise": ("SetTerms was refused, and not by the rules", "asked", _refused),
    "two commands of a partition the wrong way round": ("acted the wrong way round", "second", _wrong_way_round),
    "a deal that does not know its score": ("does not know the score of version 1", DEAL, _score_unknown),
    "a team changed once too often": (
        "was changed 2 times, and by 1 commands",
        "assign",
        lambda r: document(r, "notifications", "teams", TEAM).update(applied=2),
    ),
    "a timer in another setting": (
        "stands in setting 5",
        "kickoff_booking",
        lambda r: document(r, "onboarding", "timers", f"handovers|{WON}|kickoff_booking").update(generation=5),
    ),
    "something overdue whose timer never fired": ("its timer never fired", WON, lambda r: drop(r, "StepDue")),
}
