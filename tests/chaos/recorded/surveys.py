"""Ways to break what a survey tells: each rule of who may be asked, reminded, answered for and raised, and how it ends.

For each: words of the violation, an id that must show it, and the events that are told too many.
"""

from typing import Any

from tests.chaos.recorded.breaks import Break
from tests.chaos.recorded.recording import DONE, TEAM, Recording

Told = tuple[str, dict[str, Any]]
INVITED: Told = ("SurveyInvited", {"respondent_id": "p", "reminder": False})
REMINDED: Told = ("SurveyInvited", {"respondent_id": "p", "reminder": True})
GOOD: Told = ("FeedbackCollected", {"respondent_id": "p", "score": 9})
BAD: Told = ("FeedbackCollected", {"respondent_id": "p", "score": 2})
RAISED: Told = ("DetractorRaised", {"respondent_id": "p", "score": 2})
ENDED: Told = ("SurveyEnded", {"because": "expired", "answered": 0})
SKIPPED: Told = ("SurveySkipped", {"because": "no_contact"})
AGAIN: Told = ("SurveyScheduled", {})


def tell(*events: Told) -> Break:
    """The survey goes on to tell these, one after the other, each because of a message of its own."""

    def told(recording: Recording) -> None:
        for number, (name, fields) in enumerate(events, 2):
            body = {"deal_id": DONE, "account_id": TEAM, "cycle": 1, "survey_id": "s", **fields}
            recording.told("feedback.events", DONE, name, body, f"cause-{number}", number)

    return told


BROKEN: dict[str, tuple[str, str, Break]] = {
    "a survey scheduled twice": ("it was scheduled twice", "cause-2", tell(AGAIN)),
    "somebody asked after the end": ("p was asked when it had ended", "cause-3", tell(ENDED, INVITED)),
    "somebody invited twice": ("p was invited twice", "cause-3", tell(INVITED, INVITED)),
    "somebody reminded of nothing": ("p was reminded twice, or of nothing", "cause-2", tell(REMINDED)),
    "somebody reminded twice": ("p was reminded twice, or of nothing", "cause-4", tell(INVITED, REMINDED, REMINDED)),
    "somebody reminded who had answered": ("p was reminded, and had answered", "cause-4", tell(INVITED, GOOD, REMINDED)),
    "somebody answering who was not asked": ("p answered, and was not asked", "cause-2", tell(GOOD)),
    "somebody answering twice": ("p answered twice", "cause-4", tell(INVITED, GOOD, BAD)),
    "somebody answering after the end": ("p answered when it had ended", "cause-4", tell(INVITED, ENDED, GOOD)),
    "a detractor who is none": ("p was raised as a detractor, and is none", "cause-4", tell(INVITED, GOOD, RAISED)),
    "a detractor raised twice": ("p was raised twice", "cause-5", tell(INVITED, BAD, RAISED, RAISED)),
    "a survey that ends twice": ("it ended twice", "cause-3", tell(ENDED, ENDED)),
    "a survey that ends with an answer too few": ("1 answered, and 0 are told of", "cause-4", tell(INVITED, GOOD, ENDED)),
    "a survey that is skipped when it had begun": ("it was skipped when it had begun or ended", "cause-3", tell(INVITED, SKIPPED)),
    "a detractor who is not raised": ("['p'] answered as detractors, and were not raised", DONE, tell(INVITED, BAD)),
    "an answer that is told and not kept": ("it holds the answers {}, and told {'p': 9}", DONE, tell(INVITED, GOOD)),
    "an answer that no score is reckoned from": ("the score is reckoned from {}", DONE, tell(INVITED, GOOD)),
    "an invitation that is told and not kept": ("it has invited [], and told ['p']", DONE, tell(INVITED)),
}
